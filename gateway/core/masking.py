"""Desensitised display of names and numbers: 张*三, 110105********002X, 138****1234."""

from gateway.core.identifiers import citizen_id, credit_code
from gateway.core.identifiers.documents import DocumentType
from gateway.core.identifiers.spelling import mask_all, mask_middle

_SHORT_NAME = 2
_MOBILE = 11


def mask_name(name: str) -> str:
    """First and last character, a star for each between; of a name of two characters the first only."""
    if len(name) <= _SHORT_NAME:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_number(document_type: str | None, number: str) -> str:
    """An identity document's number with its middle hidden; of unknown types the last four characters remain."""
    if document_type == DocumentType.RESIDENT_CARD:
        return citizen_id.mask(number)
    if document_type == DocumentType.CREDIT_CODE:
        return credit_code.mask(number)
    shown = number[-4:] if len(number) > 8 else ""  # noqa: PLR2004 - half of a short number would give it away
    return "*" * (len(number) - len(shown)) + shown


def mask_phone(number: str) -> str:
    """A mobile number with its middle hidden; a number of any other form is hidden altogether."""
    if len(number) == _MOBILE and number.isdecimal():
        return mask_middle(number, head=3, tail=4)
    return mask_all(number)
