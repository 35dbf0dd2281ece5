"""Identity documents: a type and a number that is checked as the type allows."""

import re
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.identifiers import citizen_id, credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.spelling import find_misspelling
from gateway.core.text import Text


class DocumentType(StrEnum):
    """The types that holders are named by."""

    RESIDENT_CARD = "111"
    PASSPORT = "414"
    TAIWAN_PERMIT = "511"
    CREDIT_CODE = "001"
    OTHER = "999"


TYPE_UNKNOWN: Final = Text(
    "未知的证件类型：应为 111、414、511、001 或 999",
    "the document type is not known: 111, 414, 511, 001 or 999 is expected",
)
NUMBER: Final = Text(
    "证件号码不对：应为 1 至 40 个半角可见字符或汉字",
    "the document number is wrong: 1 to 40 visible ASCII characters or Chinese characters are expected",
)

_CHINESE: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_NUMBER = re.compile(rf"[!-~{_CHINESE}]{{1,40}}")
_MASKED_OR_OLD = re.compile(r"[*#?]|[Xx]{3}|\A[0-9]{15}\Z")


class DocumentTypeUnknown(IdentifierInvalid):
    """A document type that is none of ``DocumentType``."""


class Document(msgspec.Struct, frozen=True):
    """A checked identity document; ``number`` is in the spelling that systems are asked with."""

    type: DocumentType
    number: str

    def __repr__(self) -> str:
        """The type only: a person in a log line or a traceback stays unnamed."""
        return f"Document(type={self.type.value!r})"


def parse_document(document_type: str, number: str, today: date | None = None) -> Document:
    """The document that the two texts name.

    111 is checked as a citizen id (15-digit numbers included) and 001 as a credit code; of the other types no check
    is known: 1 to 40 visible ASCII or Chinese characters, letter case kept.

    Raises:
        DocumentTypeUnknown: the type is none of ``DocumentType``.
        IdentifierInvalid: the number does not fit the type.
    """
    try:
        kind = DocumentType(document_type)
    except ValueError:
        raise DocumentTypeUnknown(TYPE_UNKNOWN) from None  # the cause would quote the input
    if kind is DocumentType.RESIDENT_CARD:
        return Document(kind, citizen_id.parse(number, today).number)
    if kind is DocumentType.CREDIT_CODE:
        return Document(kind, credit_code.parse(number))
    if _NUMBER.fullmatch(number) is None:
        raise IdentifierInvalid(find_misspelling(number) or NUMBER)
    return Document(kind, number)


def looks_whole(number: str) -> bool:
    """Whether a number from a system can be told from other numbers; never raises.

    False for text that is no document number at all (blanks or full-width characters inside, empty), for one that
    was masked (``*``, ``#``, ``?``, three X in a row) and for 15 digits, which may stand for an 18-character number.
    A wrong check digit does not count: such a number is somebody's, if badly written.
    """
    return _NUMBER.fullmatch(number) is not None and _MASKED_OR_OLD.search(number) is None
