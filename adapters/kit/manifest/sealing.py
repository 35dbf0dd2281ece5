"""How a manifest speaks of sealing: what a platform answers to a request to seal, and a line of its own log."""

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.expressions import COMBINATION, PathText, ResponseValue, SettingRef, Strict

SIGN: Final = "SealService.sign"
QUERY: Final = "SealService.query"
LOG: Final = "SealService.log"
GIVES_DOCUMENTS: Final = frozenset({SIGN, QUERY})
"""What is answered with whole documents."""

SealMode = Literal["digest", "document"]


class SealState(StrEnum):
    """What a platform says of a request. UNKNOWN is a word that the manifest's table does not know."""

    DONE = "DONE"
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN = "UNKNOWN"


class SealingAt(Strict):
    """What became of a request to seal; paths start from the row.

    A document comes in base64 (``document``) or from an address (``documentUrl``); where both are there, by either.
    """

    state: ResponseValue = Field(
        description="DONE, PENDING, REFUSED or UNKNOWN_KEY, through a code table or as a constant"
    )
    key: ResponseValue | None = Field(default=None, description="our key, which is compared with the one asked for")
    number: ResponseValue | None = Field(default=None, description="the platform's own number for the request")
    document: PathText | None = Field(default=None, description="path of the sealed document in base64")
    document_url: PathText | None = Field(
        default=None, alias="documentUrl", description="path of its address, absolute or below the endpoint's host"
    )
    rewrite: SettingRef | None = Field(
        default=None, description="with documentUrl: the setting of the host:port (or origin) to fetch from instead"
    )
    signature: PathText | None = Field(default=None, description="path of the signature of a digest")
    signature_as: Literal["base64", "hex"] = Field(
        default="base64", alias="signatureAs", description="how the signature is written"
    )
    retry_after: ResponseValue | None = Field(
        default=None, alias="retryAfter", description="seconds after which to ask again"
    )

    @model_validator(mode="after")
    def _address_to_rewrite(self) -> "SealingAt":
        if self.rewrite is not None and self.document_url is None:
            message = "only an address is rewritten"
            raise PydanticCustomError(COMBINATION, message)
        return self


class SealLogAt(Strict):
    """A line of a platform's own log: what it sealed for us; paths start from the row."""

    number: ResponseValue = Field(description="the platform's own number for the sealing")
    seal: ResponseValue = Field(description="the platform's number of the seal")
    at: ResponseValue = Field(description="when it sealed")
    key: ResponseValue | None = Field(default=None, description="our key, if it keeps it")
    before: ResponseValue | None = Field(
        default=None, description="digest of what it was given, in hexadecimal digits; of documents their SHA-256"
    )
    after: ResponseValue | None = Field(
        default=None, description="digest of what it gave, in hexadecimal digits; of documents their SHA-256"
    )
