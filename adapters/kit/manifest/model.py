"""The manifest's shape: what a department may write, and the defaults for what it leaves out."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from adapters.kit.manifest.expressions import (
    FaceAt,
    HoldersAt,
    PathText,
    RequestValue,
    ResponseValue,
    SettingRef,
    Strict,
    TableName,
    Word,
)
from gateway.core.licence import LicenceState
from gateway.core.outcome import Outcome

_DURATION = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = {"B": 1, "KB": 1_000, "MB": 1_000_000}


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d{1,6})(ms|s|m|h)", value) if isinstance(value, str) else None
    if match is None:
        message = 'a duration is a whole number with ms, s, m or h, such as "4s"'
        raise ValueError(message)
    return int(match[1]) * _DURATION[match[2]]


def _size(value: object) -> object:
    match = re.fullmatch(r"(\d{1,9})(B|KB|MB)", value) if isinstance(value, str) else None
    if match is None:
        message = 'a size is a whole number with B, KB or MB, such as "20MB"'
        raise ValueError(message)
    return int(match[1]) * _SIZE[match[2]]


Seconds = Annotated[float, BeforeValidator(_duration)]
Bytes = Annotated[int, BeforeValidator(_size)]
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]


class Title(Strict):
    """A name in both languages."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Owner(Strict):
    """The department that answers for the system. ``contact`` is a desk, not a person's number."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    credit_code: str = Field(alias="creditCode")
    contact: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SystemSection(Strict):
    """Who the system is. ``code`` is stable and prefixes its settings."""

    code: Word
    title: Title
    level: Literal["nation", "province", "city", "county", "township", "village", "zone"]
    regions: Annotated[tuple[str, ...], Field(min_length=1)]
    owner: Owner


class Offers(Strict):
    """What the system could serve; what it may serve is the hub office's assignment."""

    holder_types: Annotated[tuple[str, ...], Field(min_length=1)] = Field(alias="holderTypes")
    licence_types: Annotated[tuple[str, ...], Field(min_length=1)] = Field(alias="licenceTypes")


class SoapProtocol(Strict):
    """A SOAP service described by a WSDL that is shipped beside the manifest."""

    wsdl: FileName
    version: Literal["1.1", "1.2", "auto"] = "auto"
    service: str | None = None
    port: str | None = None


class RestProtocol(Strict):
    """A service of plain HTTP requests with JSON replies."""

    format: Literal["json"] = "json"


class Charset(Strict):
    """Encodings on the wire. ``sniff`` believes bytes over labels."""

    request: Literal["UTF-8", "GB18030"] = "UTF-8"
    response: Literal["sniff", "UTF-8", "GB18030"] = "sniff"


class Protocol(Strict):
    """How the system is spoken to: exactly one of ``soap`` and ``rest``, at an address that operations fill."""

    soap: SoapProtocol | None = None
    rest: RestProtocol | None = None
    endpoint: SettingRef
    charset: Charset = Charset()

    @model_validator(mode="after")
    def _one_protocol(self) -> "Protocol":
        if (self.soap is None) == (self.rest is None):
            message = "name exactly one protocol: soap or rest"
            raise ValueError(message)
        return self


class Expired(Strict):
    """How the body says that the session is over."""

    at: PathText
    codes: Annotated[tuple[CodeText, ...], Field(min_length=1)] = Field(alias="in")


class SessionAuth(Strict):
    """A login call gives a token that goes into every later call; single-flight, renewed when it expires."""

    login: str
    token: PathText
    into: Annotated[str, StringConstraints(pattern=r"^(query|header)\.[A-Za-z][A-Za-z0-9_-]*$")]
    expired: Expired
    max_age: Seconds = Field(default=1800.0, alias="maxAge")


class WsseAuth(Strict):
    """WS-Security UsernameToken."""

    username: SettingRef
    password: SettingRef
    password_type: Literal["text", "digest"] = Field(default="digest", alias="passwordType")
    timestamp: bool = False


class BasicAuth(Strict):
    """HTTP Basic."""

    username: SettingRef
    password: SettingRef


class Auth(Strict):
    """How calls prove who we are; one style, or none on a trusted line."""

    session: SessionAuth | None = None
    wsse: WsseAuth | None = None
    basic: BasicAuth | None = None

    @model_validator(mode="after")
    def _one_style(self) -> "Auth":
        styles = [style for style in (self.session, self.wsse, self.basic) if style is not None]
        if len(styles) > 1:
            message = "name one style: session, wsse or basic"
            raise ValueError(message)
        return self


class Limits(Strict):
    """Bounds on every call: seconds to wait, calls at once, bytes and rows of a reply."""

    deadline: Seconds = 5.0
    concurrency: Annotated[int, Field(ge=1, le=512)] = 16
    reply_bytes: Bytes = Field(default=10_000_000, alias="replyBytes")
    rows: Annotated[int, Field(ge=1, le=10_000)] = 1_000


class Success(Strict):
    """Where the body says whether it went well, and where its code and text are."""

    at: PathText
    values: tuple[CodeText, ...] = Field(default=(), alias="in")
    equals: CodeText | None = None
    code: PathText | None = None
    message: PathText | None = None

    @model_validator(mode="after")
    def _one_test(self) -> "Success":
        if (self.equals is None) == (not self.values):
            message = "say exactly one of equals and in"
            raise ValueError(message)
        return self

    @property
    def accepted(self) -> frozenset[str]:
        """The values that mean success."""
        return frozenset(self.values or (self.equals or "",))


class Detail(Strict):
    """A second call per row, made only when one of the fields it gives is wanted.

    ``each`` names values of the row that the operation refers to as ``row.<name>``.
    """

    operation: str
    each: dict[str, PathText] = Field(alias="with")
    gives: Annotated[tuple[str, ...], Field(min_length=1)]


class ResponseSection(Strict):
    """From reply to rows: ``each`` is the path of a row (one element or none included), the rest its fields."""

    each: PathText = "."
    identifier: ResponseValue | None = None
    type: ResponseValue | None = None
    type_name: ResponseValue | None = Field(default=None, alias="typeName")
    number: ResponseValue | None = None
    name: ResponseValue | None = None
    holders: HoldersAt | None = None
    issuer: ResponseValue | None = None
    issuer_name: ResponseValue | None = Field(default=None, alias="issuerName")
    issued_on: ResponseValue | None = Field(default=None, alias="issuedOn")
    valid_from: ResponseValue | None = Field(default=None, alias="validFrom")
    valid_until: ResponseValue | None = Field(default=None, alias="validUntil")
    state: ResponseValue | None = None
    state_reason: ResponseValue | None = Field(default=None, alias="stateReason")
    face: FaceAt | None = None
    as_of: ResponseValue | None = Field(default=None, alias="asOf")
    detail: Detail | None = None
    more: PathText | None = None
    """Path of the number of rows that the system has, to see a silent cut-off."""


class Http(Strict):
    """An HTTP request line and how its values travel."""

    method: Literal["GET", "POST"]
    path: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=200)]
    body: Literal["json", "form"] = "json"


class Operation(Strict):
    """One declared call. In a SOAP system its name is the WSDL operation's unless ``soap`` says another."""

    serves: Literal["LicenceSource.list", "LicenceSource.get"] | None = None
    safe: bool = False
    http: Http | None = None
    soap: str | None = None
    request: dict[str, RequestValue] = {}
    response: ResponseSection | None = None
    success: Success | None = None
    outcomes: dict[CodeText, Outcome] = {}


Canonical = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Manifest(Strict):
    """One system, whole."""

    manifest: Literal[1]
    system: SystemSection
    offers: Offers
    protocol: Protocol
    auth: Auth = Auth()
    limits: Limits = Limits()
    success: Success | None = None
    outcomes: dict[CodeText, Outcome] = {}
    codes: dict[TableName, dict[CodeText, Canonical]] = {}
    operations: Annotated[dict[str, Operation], Field(min_length=1)]

    def serving(self, port: str) -> tuple[str, Operation] | None:
        """The operation that serves a port method, with its name."""
        return next(((name, op) for name, op in self.operations.items() if op.serves == port), None)

    def outcome_of(self, operation: Operation, code: str) -> Outcome | None:
        """What the system's own code means, by the operation's table and then the system's."""
        return operation.outcomes.get(code) or self.outcomes.get(code)


STATE_TABLE = "state"
"""The code table whose values must be LicenceState names."""

CANONICAL_STATES = frozenset(LicenceState)
