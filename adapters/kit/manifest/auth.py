"""How calls prove who we are, and how replies prove who answers."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.expressions import COMBINATION, PathText, SettingRef, Strict
from adapters.kit.manifest.measures import CodeText, OperationName, Seconds
from adapters.kit.manifest.signing import Into, ReplySignature, Signature

INTO_PATTERN = r"^(query|header)\.[A-Za-z][A-Za-z0-9_-]*$"
STYLE_PATTERN = r"^(session|basic|wsse|static|sign\.[A-Za-z][A-Za-z0-9]*)$"
WORD = r"^[a-z][A-Za-z0-9]*$"
StyleName = Annotated[str, StringConstraints(pattern=STYLE_PATTERN, max_length=60)]
SecretName = Annotated[str, StringConstraints(pattern=WORD, max_length=40)]
SignatureName = Annotated[str, StringConstraints(pattern=WORD, max_length=40)]
Status = Annotated[int, Field(ge=400, le=499)]


class Expired(Strict):
    """How a reply says that the session is over: by a code in its body, by its HTTP status, or by either."""

    at: PathText | None = Field(default=None, description="path of the code")
    codes: tuple[CodeText, ...] = Field(default=(), alias="in", description="the codes that mean: log in again")
    status: tuple[Status, ...] = Field(default=(), description="the HTTP statuses that mean it, such as 401")

    @model_validator(mode="after")
    def _says_something(self) -> "Expired":
        if (self.at is None) != (not self.codes) or not (self.codes or self.status):
            message = "say at and in, or status, or both"
            raise PydanticCustomError(COMBINATION, message)
        return self


class SessionAuth(Strict):
    """A login call gives a token or secrets for the later calls; single-flight, renewed when they expire.

    Requests, ``static`` and ``sign`` refer to them as ``session.token`` and ``session.<name>``.
    """

    login: OperationName = Field(description="name of the login operation")
    token: PathText | None = Field(default=None, description="path of the token in its reply")
    into: Annotated[str, StringConstraints(pattern=INTO_PATTERN, max_length=80)] | None = Field(
        default=None, description="where later calls carry the token: query.<name> or header.<name>"
    )
    prefix: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description='what stands before the token there, such as "Bearer "'
    )
    secrets: dict[SecretName, PathText] = Field(
        default_factory=dict, description="further values of its reply that are kept: name → path"
    )
    expired: Expired = Field(description="how replies say that it has ended")
    max_age: Seconds = Field(
        default=1800.0, alias="maxAge", description="longest use of one login", json_schema_extra={"default": "30m"}
    )
    expires_in: PathText | None = Field(
        default=None, alias="expiresIn", description="path of the seconds that it holds, where the reply says so"
    )

    @model_validator(mode="after")
    def _gives_something(self) -> "SessionAuth":
        if (self.token is None and not self.secrets) or (self.into is not None and self.token is None):
            message = "a login gives a token or secrets; into places the token"
            raise PydanticCustomError(COMBINATION, message)
        if (self.prefix is not None and self.into is None) or "token" in self.secrets:
            message = "prefix goes with into; token is no name of a secret"
            raise PydanticCustomError(COMBINATION, message)
        return self


class WsseAuth(Strict):
    """WS-Security UsernameToken."""

    username: SettingRef = Field(description="the account, a named setting")
    password: SettingRef = Field(description="the password, a named setting")
    password_type: Literal["text", "digest"] = Field(
        default="digest", alias="passwordType", description="whether the password or its digest is sent"
    )
    timestamp: bool = Field(default=False, description="whether a timestamp is sent beside it")


class BasicAuth(Strict):
    """HTTP Basic."""

    username: SettingRef = Field(description="the account, a named setting")
    password: SettingRef = Field(description="the password, a named setting")


class StaticAuth(Strict):
    """Constants and settings that every call carries.

    Places are ``header.<name>``, ``query.<name>``, ``body.<path>`` (merged into the request) and
    ``soapHeader.<element>`` (a block of its own, without a namespace unless ``@xmlns`` names one).
    """

    into: Into = Field(description="place → value")


class Auth(Strict):
    """How calls prove who we are; nothing on a trusted line.

    A call uses ``session`` (or else ``basic``, or else ``wsse``), ``static`` and the one signature; ``default`` says
    it otherwise for all operations and ``operation.auth`` for one. A login uses what its ``auth`` says.
    """

    session: SessionAuth | None = Field(default=None, description="a login call gives a token or secrets")
    wsse: WsseAuth | None = Field(default=None, description="WS-Security UsernameToken (SOAP)")
    basic: BasicAuth | None = Field(default=None, description="HTTP Basic")
    static: StaticAuth | None = Field(default=None, description="constants and settings that every call carries")
    sign: dict[SignatureName, Signature] = Field(default_factory=dict, description="signatures of requests, by name")
    reply: ReplySignature | None = Field(default=None, description="the signature that every reply must carry")
    default: tuple[StyleName, ...] | None = Field(
        default=None, description="what an operation uses that does not say it: such as [session, static, sign.call]"
    )

    @model_validator(mode="after")
    def _one_style(self) -> "Auth":
        if self.basic is not None and self.wsse is not None:
            message = "name basic or wsse, not both"
            raise PydanticCustomError(COMBINATION, message)
        if len(self.sign) > 1 and self.default is None:
            message = "with several signatures, default says which one is used"
            raise PydanticCustomError(COMBINATION, message)
        return self

    @property
    def usual(self) -> tuple[str, ...]:
        """The styles of an operation that names none itself."""
        if self.default is not None:
            return self.default
        proofs = {"session": self.session, "basic": self.basic, "wsse": self.wsse}
        first = next((name for name, style in proofs.items() if style is not None), None)
        named = (first, "static" if self.static is not None else None, *(f"sign.{name}" for name in self.sign))
        return tuple(name for name in named if name is not None)
