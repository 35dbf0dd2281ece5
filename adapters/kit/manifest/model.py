"""The manifest's shape: what a department may write, and the defaults for what it leaves out."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.auth import Auth, StyleName
from adapters.kit.manifest.expressions import (
    COMBINATION,
    FaceAt,
    FieldName,
    HoldersAt,
    PathText,
    RequestValue,
    ResponseValue,
    SettingRef,
    Strict,
    TableName,
    Word,
)
from adapters.kit.manifest.measures import Bytes, CodeText, HolderType, OperationName, Seconds
from adapters.kit.manifest.probes import Probe, Subject
from adapters.kit.manifest.replies import CaseAt, FileAt, HolderAt, Paging, Unwrap
from adapters.kit.manifest.sealing import SIGN, SealingAt, SealLogAt, SealMode
from adapters.kit.manifest.sharing import CorrectionAt, ExchangeAt, ListedAt, RecordAt, ResourceAt
from gateway.core.outcome import Outcome

URL_PATH_PATTERN: Final = r"^/([A-Za-z0-9._~/-]|\{[A-Za-z0-9_-]+\})*$"
FILE_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
Canonical = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FileName = Annotated[str, StringConstraints(pattern=FILE_PATTERN, max_length=100)]
TitleText = Annotated[str, StringConstraints(min_length=1, max_length=100)]
RowName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+$", max_length=40)]
OutcomeName = Annotated[Outcome, Field(strict=False)]
PortMethod = Literal[
    "LicenceSource.list",
    "LicenceSource.get",
    "LicenceSource.file",
    "CaseSystem.status",
    "IdentityProvider.verifyScan",
    "SealService.sign",
    "SealService.query",
    "SealService.log",
    "ShareSource.query",
    "ShareExchange.request",
    "ShareExchange.status",
    "ShareExchange.list",
    "ShareExchange.withdraw",
    "ShareExchange.catalogue",
    "ShareExchange.correct",
    "ShareExchange.correction",
    "ShareExchange.withdrawCorrection",
]


class Title(Strict):
    """A name in both languages."""

    zh: TitleText = Field(description="the name in Chinese")
    en: TitleText = Field(description="the name in English")


class Owner(Strict):
    """The department that answers for the system. ``contact`` is a desk, not a person's number."""

    name: TitleText = Field(description="the department's name")
    credit_code: Annotated[str, StringConstraints(max_length=40)] = Field(
        alias="creditCode", description="its unified social credit code"
    )
    contact: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="a desk that answers, no person's number"
    )


class SystemSection(Strict):
    """Who the system is. ``code`` is stable and prefixes its settings."""

    code: Word = Field(description="stable name: small letters, digits, hyphens; also the name of its folder")
    title: Title = Field(description="its name in both languages")
    level: Literal["nation", "province", "city", "county", "township", "village", "zone"] = Field(
        description="whose system it is"
    )
    regions: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)] = Field(
        description="GB/T 2260 codes of the regions it speaks for, 6 or 12 digits in quotes"
    )
    owner: Owner = Field(description="the department that answers for it")


class Offers(Strict):
    """What the system could serve; what it may serve is the hub office's assignment."""

    holder_types: Annotated[tuple[HolderType, ...], Field(min_length=1)] = Field(
        alias="holderTypes", description="identity document types it can be asked with"
    )
    licence_types: Annotated[tuple[CodeText, ...], Field(min_length=1, max_length=1000)] = Field(
        alias="licenceTypes", description='licence types it holds; "*" for all'
    )


class SoapProtocol(Strict):
    """A SOAP service described by a WSDL that is shipped beside the manifest."""

    wsdl: FileName = Field(description="file name of the WSDL, in the manifest's folder")
    version: Literal["1.1", "1.2", "auto"] = Field(default="auto", description="SOAP version; auto takes the binding's")
    service: TitleText | None = Field(default=None, description="name of the service, where the WSDL has several")
    port: TitleText | None = Field(default=None, description="name of the port, where the service has several")


class RestProtocol(Strict):
    """A service of plain HTTP requests with replies in JSON or XML, whose paths start from its root element."""

    format: Literal["json", "xml"] = Field(default="json", description="what replies are")


class Charset(Strict):
    """Encodings on the wire. ``sniff`` believes bytes over labels."""

    request: Literal["UTF-8", "GB18030"] = Field(default="UTF-8", description="encoding of what is sent")
    response: Literal["sniff", "UTF-8", "GB18030"] = Field(default="sniff", description="encoding of what comes back")


class Protocol(Strict):
    """How the system is spoken to: exactly one of ``soap`` and ``rest``, at an address that operations fill."""

    soap: SoapProtocol | None = Field(default=None, description="spoken to with SOAP")
    rest: RestProtocol | None = Field(default=None, description="spoken to with plain HTTP")
    endpoint: SettingRef = Field(description="the address, a named setting")
    charset: Charset = Field(default=Charset(), description="encodings on the wire")
    unwrap: tuple[Unwrap, ...] = Field(
        default=(), max_length=8, description="documents inside values of every reply, decoded in place in this order"
    )

    @model_validator(mode="after")
    def _one_protocol(self) -> "Protocol":
        if (self.soap is None) == (self.rest is None):
            message = "name exactly one protocol: soap or rest"
            raise PydanticCustomError(COMBINATION, message)
        return self


class Rate(Strict):
    """How fast calls may follow one another, where the department limits it."""

    per_second: Annotated[int, Field(ge=1, le=10_000)] = Field(alias="perSecond", description="calls a second")
    burst: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=1, description="calls that may come at once after a pause"
    )


class Limits(Strict):
    """Bounds on every call: seconds to wait, calls at once, in line and a second, bytes and rows of a reply."""

    deadline: Seconds = Field(
        default=5.0, description="longest wait for one call, at most 60s", json_schema_extra={"default": "5s"}
    )
    concurrency: Annotated[int, Field(ge=1, le=512)] = Field(default=16, description="calls at the same time")
    queue: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=256, description="calls that may wait for a place; further ones are refused at once"
    )
    rate: Rate | None = Field(default=None, description="calls a second, if the department limits them")
    reply_bytes: Bytes = Field(
        default=10_000_000,
        alias="replyBytes",
        description="largest reply, at most 50MB",
        json_schema_extra={"default": "10MB"},
    )
    rows: Annotated[int, Field(ge=1, le=10_000)] = Field(default=1_000, description="most rows of one reply")
    document_bytes: Bytes = Field(
        default=50_000_000,
        alias="documentBytes",
        description="largest document that is sent to be sealed, and that comes back sealed; at most 50MB",
        json_schema_extra={"default": "50MB"},
    )

    @property
    def longest_document_reply(self) -> int:
        """Bytes of the longest reply with a document in it: in base64, with lines of it and what stands around."""
        return max(self.reply_bytes, self.document_bytes // 2 * 3)


class Success(Strict):
    """Where the body says whether it went well, and where its code and text are."""

    at: PathText = Field(description="path of the value that decides")
    values: tuple[CodeText, ...] = Field(default=(), alias="in", description="the values that mean success")
    equals: CodeText | None = Field(default=None, description="the one value that means success")
    code: PathText | None = Field(default=None, description="path of the system's own code")
    message: PathText | None = Field(default=None, description="path of the system's own text")

    @model_validator(mode="after")
    def _one_test(self) -> "Success":
        if (self.equals is None) == (not self.values):
            message = "say exactly one of equals and in"
            raise PydanticCustomError(COMBINATION, message)
        return self

    @property
    def accepted(self) -> frozenset[str]:
        """The values that mean success."""
        return frozenset(self.values or (self.equals or "",))


class RowSuccess(Success):
    """How each row says whether it is one: those that are none are left out; paths start from the row."""

    outcomes: dict[CodeText, OutcomeName] = Field(
        default_factory=dict, description="the row's code → what it means, before the operation's and system's tables"
    )


class Detail(Strict):
    """A second call per row, made only when one of the fields it gives is wanted.

    ``with`` names values of the row that the operation refers to as ``row.<name>``.
    """

    operation: OperationName = Field(description="name of the operation that is called for a row")
    each: dict[RowName, PathText] = Field(
        alias="with", description="name → path in the row; the operation's row.<name>"
    )
    gives: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="the response fields that are taken from it"
    )


class ResponseSection(Strict):
    """From reply to rows: ``each`` is the path of a row (one element or none included), the rest its fields."""

    unwrap: tuple[Unwrap, ...] | None = Field(
        default=None, max_length=8, description="documents inside values of the reply, instead of the system's unwrap"
    )
    each: PathText = Field(default=".", description="path of a row in the reply, such as data.list[]")
    row: RowSuccess | None = Field(default=None, description="how a single row says that it is none")
    identifier: ResponseValue | None = Field(default=None, description="licence identifier (GB/T 36904)")
    type: ResponseValue | None = Field(default=None, description="code of the licence type")
    type_name: ResponseValue | None = Field(default=None, alias="typeName", description="name of the licence type")
    number: ResponseValue | None = Field(default=None, description="the number printed on the licence")
    name: ResponseValue | None = Field(default=None, description="name of the licence")
    holders: HoldersAt | None = Field(default=None, description="whom it was issued to")
    issuer: ResponseValue | None = Field(default=None, description="credit code of the issuing body")
    issuer_name: ResponseValue | None = Field(default=None, alias="issuerName", description="name of the issuing body")
    issued_on: ResponseValue | None = Field(default=None, alias="issuedOn", description="day of issue")
    valid_from: ResponseValue | None = Field(default=None, alias="validFrom", description="first day of validity")
    valid_until: ResponseValue | None = Field(default=None, alias="validUntil", description="last day of validity")
    state: ResponseValue | None = Field(default=None, description="state of the licence, through a code table")
    state_reason: ResponseValue | None = Field(default=None, alias="stateReason", description="why it is in this state")
    face: FaceAt | None = Field(default=None, description="the printed fields")
    as_of: ResponseValue | None = Field(default=None, alias="asOf", description="the instant the system vouches for")
    case: CaseAt | None = Field(default=None, description="the status of a case (CaseSystem.status)")
    holder: HolderAt | None = Field(
        default=None, description="whom a scanned code stands for (IdentityProvider.verifyScan)"
    )
    file: FileAt | None = Field(default=None, description="a licence's file (LicenceSource.file)")
    sealing: SealingAt | None = Field(
        default=None, description="what became of a request to seal (SealService.sign and SealService.query)"
    )
    log: SealLogAt | None = Field(default=None, description="a line of a platform's own log (SealService.log)")
    record: Annotated[RecordAt, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="a record of a resource: information item → where it is (ShareSource.query)"
    )
    exchange: ExchangeAt | None = Field(
        default=None, description="how far a request is (ShareExchange.request and ShareExchange.status)"
    )
    correction: CorrectionAt | None = Field(
        default=None, description="how far a dispute is (ShareExchange.correct and ShareExchange.correction)"
    )
    listed: ListedAt | None = Field(default=None, description="a line of an exchange's list (ShareExchange.list)")
    resource: ResourceAt | None = Field(
        default=None, description="a resource of an exchange's catalogue (ShareExchange.catalogue)"
    )
    detail: Detail | None = Field(default=None, description="a second call per row")
    more: PathText | None = Field(
        default=None, description="path of the number of rows the system has, to see a silent cut-off"
    )


class Http(Strict):
    """An HTTP request line and how its values travel."""

    method: Literal["GET", "POST"] = Field(description="a GET carries its values in the query")
    path: Annotated[str, StringConstraints(pattern=URL_PATH_PATTERN, max_length=200)] = Field(
        description="path below the endpoint; {name} is the request's field of that name"
    )
    body: Literal["json", "form", "rawForm", "multipart"] = Field(
        default="json", description="how a POST carries its values; rawForm escapes nothing, multipart takes files"
    )


class Operation(Strict):
    """One declared call. In a SOAP system its name is the WSDL operation's unless ``soap`` says another."""

    serves: PortMethod | None = Field(default=None, description="the port method that it answers")
    safe: bool = Field(default=False, description="whether it only reads, so that it may be repeated and shared")
    modes: Annotated[tuple[SealMode, ...], Field(max_length=2)] = Field(
        default=(), description="what is sent to be sealed: digests, whole documents, or either (SealService.sign)"
    )
    idempotent: bool | Literal["query-first"] | None = Field(
        default=None,
        description="whether what is sent with the same key is done once however often it is sent; query-first: no, "
        "but what became of a key can be asked (SealService.sign, ShareExchange.request, ShareExchange.correct)",
    )
    http: Http | None = Field(default=None, description="the HTTP request (rest systems)")
    soap: OperationName | None = Field(default=None, description="name in the WSDL, where it differs (soap systems)")
    auth: tuple[StyleName, ...] | None = Field(
        default=None, description="what it proves itself with, such as [basic] or [static, sign.appKey]; [] for nothing"
    )
    request: dict[FieldName, RequestValue] = Field(
        default_factory=dict, description="request field → a reference or an expression"
    )
    response: ResponseSection | None = Field(default=None, description="how its reply becomes rows")
    paging: Paging | None = Field(default=None, description="how the pages of a long reply are asked for")
    success: Success | None = Field(default=None, description="its own success rule, instead of the system's")
    outcomes: dict[CodeText, OutcomeName] = Field(
        default_factory=dict, description="the system's code → what it means, before the system's table"
    )


class Manifest(Strict):
    """One system, whole."""

    manifest: Literal[1] = Field(description="version of the manifest language")
    system: SystemSection = Field(description="who the system is")
    offers: Offers = Field(description="what it could serve")
    protocol: Protocol = Field(description="how it is spoken to")
    auth: Auth = Field(default=Auth(), description="how calls prove who we are")
    limits: Limits = Field(default=Limits(), description="bounds on every call")
    success: Success | None = Field(default=None, description="where the body says whether it went well")
    outcomes: dict[CodeText, OutcomeName] = Field(default_factory=dict, description="the system's code → what it means")
    credential_codes: Annotated[tuple[CodeText, ...], Field(max_length=100)] = Field(
        default=(),
        alias="credentialCodes",
        description="codes of DENIED that refuse our credentials; all others refuse one person, item or case",
    )
    codes: dict[TableName, dict[CodeText, Canonical]] = Field(
        default_factory=dict, description="code tables: the system's code → the canonical word"
    )
    operations: Annotated[dict[OperationName, Operation], Field(min_length=1, max_length=200)] = Field(
        description="the declared calls, by name"
    )
    subjects: Annotated[dict[Word, Subject], Field(max_length=20)] = Field(
        default_factory=dict, description="test subjects that the owner lets be asked for, by name; nobody real"
    )
    probe: Probe | None = Field(default=None, description="the call by which the gateway sees how the system fares")

    @property
    def slow(self) -> float:
        """Seconds from which on an answer is slow."""
        own = self.probe.slow if self.probe is not None else None
        return self.limits.deadline / 2 if own is None else own

    def sealing(self, mode: SealMode) -> str | None:
        """The name of the operation that seals what is sent in this mode."""
        signs = (name for name, operation in self.operations.items() if operation.serves == SIGN)
        return next((name for name in signs if mode in self.operations[name].modes), None)

    def serving(self, port: str) -> tuple[str, Operation] | None:
        """The operation that serves a port method, with its name."""
        return next(((name, op) for name, op in self.operations.items() if op.serves == port), None)

    def styles(self, name: str) -> tuple[str, ...]:
        """What an operation proves itself with: its own word, nothing for a login, else the usual."""
        own = self.operations[name].auth
        if own is not None:
            return own
        login = self.auth.session is not None and self.auth.session.login == name
        return () if login else self.auth.usual

    def unwraps(self, operation: Operation) -> tuple[Unwrap, ...]:
        """The documents inside an operation's replies: its own steps, else the system's."""
        own = operation.response.unwrap if operation.response is not None else None
        return self.protocol.unwrap if own is None else own

    def outcome_of(self, operation: Operation, code: str) -> Outcome | None:
        """What the system's own code means, by the operation's table and then the system's."""
        return operation.outcomes.get(code) or self.outcomes.get(code)

    def refuses_one(self, operation: Operation, code: str | None) -> bool:
        """Whether the system's own code refuses one person, item or case by a rule, and not our credentials."""
        if code is None or code in self.credential_codes:
            return False
        return self.outcome_of(operation, code) is Outcome.DENIED
