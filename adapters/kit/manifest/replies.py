"""Parts of a manifest that say how replies are read beyond their plain paths."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from adapters.kit.manifest.expressions import COMBINATION, CodeAt, PathText, ResponseValue, SettingRef, Strict


class Decrypt(Strict):
    """A cipher of the national algorithms and the setting that holds our key: exactly one of ``sm2`` and ``sm4``."""

    sm2: SettingRef | None = Field(default=None, description="SM2; the setting holds our private key, hex or PEM")
    form: Literal["c1c3c2", "c1c2c3", "der"] | None = Field(
        default=None, description="with sm2: how the ciphertext is written; c1c3c2 if nothing is said"
    )
    sm4: SettingRef | None = Field(
        default=None, description="SM4; the setting holds the key, 32 hex digits or 16 characters"
    )
    mode: Literal["ECB", "CBC"] | None = Field(
        default=None, description="with sm4: how blocks are chained; ECB if nothing is said"
    )
    iv: SettingRef | None = Field(
        default=None, description="with CBC: the setting of the vector, 32 hex digits or 16 characters"
    )

    @model_validator(mode="after")
    def _one_cipher(self) -> "Decrypt":
        if (self.sm2 is None) == (self.sm4 is None):
            message = "name exactly one cipher: sm2 or sm4"
            raise PydanticCustomError(COMBINATION, message)
        if (self.mode == "CBC") != (self.iv is not None) or (self.mode and not self.sm4) or (self.form and self.sm4):
            message = "form goes with sm2, mode with sm4, iv with mode CBC and CBC with iv"
            raise PydanticCustomError(COMBINATION, message)
        return self


class Unwrap(Strict):
    """A document inside a value, put in its place before anything else is read.

    Further steps at the same path undo further layers; a value that is absent is left alone.
    """

    at: PathText = Field(
        description="path of the text, with [] at a list whose every row has one; paths go on below it, an XML "
        "document's from its root element"
    )
    encoding: Literal["hex", "base64"] | None = Field(default=None, description="how bytes are written in the text")
    decrypt: Decrypt | None = Field(default=None, description="how the bytes are encrypted; needs encoding")
    form: Literal["json", "xml", "text"] = Field(alias="as", description="what the document is")

    @model_validator(mode="after")
    def _bytes_to_decrypt(self) -> "Unwrap":
        if self.decrypt is not None and self.encoding is None:
            message = "a ciphertext in a text has an encoding"
            raise PydanticCustomError(COMBINATION, message)
        return self


class Paging(Strict):
    """A reply that comes in pages, asked for one after another within one deadline.

    The request places ``page.number``, ``page.offset``, ``page.size`` and ``page.token`` where the system wants them.
    Asking ends with the rows that ``response.more`` counts, a page that is not full, an empty or repeated one, a
    missing token, the wanted number of rows, or after 20 pages.
    """

    by: Literal["page", "offset", "token"] = Field(
        description="what tells pages apart: their number, the rows before them, or a token from the page before"
    )
    first: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="number or offset of the first page; 1 by page and 0 by offset if nothing is said"
    )
    size: Annotated[int, Field(ge=1, le=1_000)] = Field(default=100, description="rows of a full page")
    next: PathText | None = Field(default=None, description="by token: path of the token of the page that follows")

    @model_validator(mode="after")
    def _token_has_a_path(self) -> "Paging":
        if (self.by == "token") != (self.next is not None):
            message = "next goes with token"
            raise PydanticCustomError(COMBINATION, message)
        return self


class CaseAt(Strict):
    """The status of a case; paths start from the row."""

    number: ResponseValue = Field(description="its number, which is compared with the one asked for")
    item: ResponseValue = Field(description="code of the item that it is of")
    state: CodeAt = Field(description="how far it is, through a code table")
    applicant_type: ResponseValue | None = Field(
        default=None, alias="applicantType", description="type of the applicant's identity document"
    )
    applicant_number: ResponseValue | None = Field(
        default=None, alias="applicantNumber", description="number of the applicant's identity document"
    )
    body: ResponseValue | None = Field(default=None, description="credit code of the body that handles it")
    region: ResponseValue | None = Field(default=None, description="code of the region where it is handled")
    opened_at: ResponseValue | None = Field(default=None, alias="openedAt", description="when it was opened")
    closed_at: ResponseValue | None = Field(default=None, alias="closedAt", description="when it was closed")


class HolderAt(Strict):
    """Whom a scanned code stands for; paths start from the row."""

    type: ResponseValue = Field(description="type of the identity document, a canonical one or through a code table")
    number: ResponseValue = Field(description="number of the identity document")
    name: ResponseValue | None = Field(default=None, description="the holder's name")


class FileAt(Strict):
    """A licence's file: inline (``base64``) or at a temporary address (``url``); paths start from the row."""

    base64: PathText | None = Field(default=None, description="path of the file itself")
    url: PathText | None = Field(
        default=None, description="path of the file's address, absolute or below the endpoint's host"
    )
    rewrite: SettingRef | None = Field(
        default=None, description="with url: the setting of the host:port (or origin) to fetch from instead"
    )
    name: PathText | None = Field(default=None, description="path of the file's name")
    media_type: PathText | None = Field(default=None, alias="mediaType", description="path of its media type")

    @model_validator(mode="after")
    def _one_way(self) -> "FileAt":
        if (self.base64 is None) == (self.url is None) or (self.rewrite is not None and self.url is None):
            message = "a file is base64 or at a url; only a url is rewritten"
            raise PydanticCustomError(COMBINATION, message)
        return self
