"""Requests of this family: a JSON object of pinyin fields; numbers may be strings, unknown fields are ignored."""

from typing import Any

import msgspec

from adapters.sandbox.estate.replies import Refused
from adapters.sandbox.world.model import ORGANISATION, RESIDENT

DOCUMENT_TYPES = {
    RESIDENT: "1",
    "511": "2",
    "414": "3",
    ORGANISATION: "7",
    "999": "99",
}
"""This family's codes of identity document types, by the canonical ones."""

SIZE_MOST = 50
"""Rows that may be asked for at once; more is a bad parameter."""

_SIZE = 20
_OFFSET_MOST = 1_000_000
_TEXT_MOST = 200


def read_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request; raises Refused 4."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(4) from None


def text(body: dict[str, Any], name: str) -> str:
    """A text, empty if it is missing; raises Refused 4 if it is none."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _TEXT_MOST:
        raise Refused(4)
    return value.strip()


def required(body: dict[str, Any], name: str) -> str:
    """A text that must not be empty; raises Refused 5."""
    value = text(body, name)
    if not value:
        raise Refused(5)
    return value


def document_type(body: dict[str, Any]) -> str:
    """The canonical type of ``ZJLX``; raises Refused 4 for a code that is not in the table."""
    code = required(body, "ZJLX")
    for canonical, own in DOCUMENT_TYPES.items():
        if own == code:
            return canonical
    raise Refused(4)


def window(body: dict[str, Any]) -> slice:
    """The rows that are asked for; raises Refused 4."""
    offset = _count(body.get("offset"), 0, 0, _OFFSET_MOST)
    return slice(offset, offset + _count(body.get("size"), _SIZE, 1, SIZE_MOST))


def _count(value: object, default: int, least: int, most: int) -> int:
    if value is None or value == "":
        return default
    try:
        number = msgspec.convert(value, int, strict=False)
    except msgspec.ValidationError:
        raise Refused(4) from None
    if not least <= number <= most:
        raise Refused(4)
    return number
