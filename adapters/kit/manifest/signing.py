"""Signatures of requests and replies, said as a list of values that are computed one after another."""

from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.expressions import (
    COMBINATION,
    DateForm,
    Joined,
    JoiningText,
    KeyValue,
    RequestValue,
    SettingRef,
    Strict,
)

VALUE_NAME_PATTERN = r"^[a-z][A-Za-z0-9]*$"
HEADER_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*$"
ValueName = Annotated[str, StringConstraints(pattern=VALUE_NAME_PATTERN, max_length=40)]
HeaderName = Annotated[str, StringConstraints(pattern=HEADER_PATTERN, max_length=80)]
Written = Literal["hex", "HEX", "base64"]
Digest = Literal["md5", "sha1", "sha256", "sm3"]
Keyed = Literal["sha1", "sha256", "sm3"]
Parts = Annotated[tuple[RequestValue, ...], Field(min_length=1, max_length=40)]
_OF = "what is taken together, in this order: earlier values, body, session.<name>, settings, constants"


class NowValue(Strict):
    """The moment of the call: ``{now: epoch}``, ``{now: epochMillis}``, ``{now: yyyyMMddHHmmss}``."""

    now: DateForm = Field(description="its form; local time of China")


class RandomValue(Strict):
    """Hexadecimal digits that nobody can guess: ``{random: 16}``."""

    random: Annotated[int, Field(ge=8, le=64)] = Field(description="how many")


class DigestValue(Strict):
    """``{digest: sha256, of: [timestamp, {setting: demo/token}, nonce], as: hex}``."""

    digest: Digest = Field(description="the algorithm")
    of: Parts = Field(description=_OF)
    by: JoiningText = Field(default="", description="what is written between them")
    written: Written = Field(default="hex", alias="as", description="how the digest is written")


class HmacValue(Strict):
    """``{hmac: sha256, key: session.secret, of: [timestamp, body], as: base64}``."""

    hmac: Keyed = Field(description="the algorithm")
    key: KeyValue = Field(description="the key: a setting, session.<name>, or an earlier value")
    of: Parts = Field(description=_OF)
    by: JoiningText = Field(default="", description="what is written between them")
    written: Written = Field(default="hex", alias="as", description="how the code is written")


class Sm2Value(Strict):
    """``{sm2: {setting: demo/sign-key}, of: [timestamp, body], as: base64, form: der}``."""

    sm2: SettingRef = Field(description="the setting of our private key, hex or PEM")
    of: Parts = Field(description=_OF)
    by: JoiningText = Field(default="", description="what is written between them")
    written: Written = Field(default="base64", alias="as", description="how the signature is written")
    form: Literal["der", "raw"] = Field(default="der", description="ASN.1, or r and s in 64 bytes")


SIGN_FORMS: dict[str, type[Strict]] = {
    "now": NowValue,
    "random": RandomValue,
    "digest": DigestValue,
    "hmac": HmacValue,
    "sm2": Sm2Value,
    "join": Joined,
}
"""The key that tells what a value of a signature is."""


def sign_form(value: object) -> str | None:
    """Which form a value of a signature has, as its tag; None for anything else."""
    if isinstance(value, dict):
        return next((f"<{name}>" for name in SIGN_FORMS if name in value), None)
    return next((f"<{name}>" for name, kind in SIGN_FORMS.items() if isinstance(value, kind)), None)


if TYPE_CHECKING:  # mypy and pydantic read the union alike, only the tags are pydantic's
    SignValue = NowValue | RandomValue | DigestValue | HmacValue | Sm2Value | Joined
else:
    SignValue = Annotated[
        Union[
            Annotated[NowValue, Tag("<now>")],
            Annotated[RandomValue, Tag("<random>")],
            Annotated[DigestValue, Tag("<digest>")],
            Annotated[HmacValue, Tag("<hmac>")],
            Annotated[Sm2Value, Tag("<sm2>")],
            Annotated[Joined, Tag("<join>")],
        ],
        Discriminator(sign_form),
    ]


PLACE_PATTERN = (
    r"^(header\.[A-Za-z][A-Za-z0-9_-]*|query\.[^\s<>&=#?]+|body(\.[^\s<>.]+)+"
    r"|soapHeader\.([^\W\d][\w-]*:)?[^\W\d][\w.-]*)$"
)
Place = Annotated[str, StringConstraints(pattern=PLACE_PATTERN, max_length=120)]
Into = Annotated[dict[Place, RequestValue], Field(min_length=1, max_length=40)]


class ReplySignature(Strict):
    """The signature of a reply, proven before anything in its body is believed: exactly one of digest, hmac and sm2.

    A login's reply is exempt where the proof needs what that login gives.
    """

    header: HeaderName = Field(description="the header that holds it")
    digest: Digest | None = Field(default=None, description="a digest with a secret among its parts")
    hmac: Keyed | None = Field(default=None, description="a keyed code")
    key: KeyValue | None = Field(default=None, description="with hmac: a setting, or session.<name>")
    sm2: SettingRef | None = Field(default=None, description="the setting of their public key, hex or PEM")
    form: Literal["der", "raw"] | None = Field(default=None, description="with sm2: der if nothing is said")
    of: Parts = Field(description="what was signed: header.<name>, body, session.<name>, settings, constants")
    by: JoiningText = Field(default="", description="what is written between them")
    written: Literal["hex", "base64"] = Field(default="hex", alias="as", description="how it is written")

    @model_validator(mode="after")
    def _one_way(self) -> "ReplySignature":
        if sum(way is not None for way in (self.digest, self.hmac, self.sm2)) != 1:
            message = "a reply is proven in exactly one way: digest, hmac or sm2"
            raise PydanticCustomError(COMBINATION, message)
        if "body" not in self.of:
            message = "a reply's signature covers its body: name body in of"
            raise PydanticCustomError(COMBINATION, message)
        if (self.hmac is None) != (self.key is None) or (self.form is not None and self.sm2 is None):
            message = "key goes with hmac, and hmac with key; form goes with sm2"
            raise PydanticCustomError(COMBINATION, message)
        return self


class Signature(Strict):
    """Values computed in order, afresh for every attempt, and where they go.

    A value may use those before it, ``session.<name>``, ``request.<path>`` (a field as built) and ``body`` (the bytes
    as sent; then the signature goes into headers or the query).
    """

    values: Annotated[dict[ValueName, SignValue], Field(min_length=1, max_length=40)] = Field(
        description="name → what it is"
    )
    into: Into = Field(description="place → a value's name, or any expression over the names")
    reply: ReplySignature | None = Field(
        default=None, description="the signature of replies to what is signed so, instead of auth.reply"
    )
