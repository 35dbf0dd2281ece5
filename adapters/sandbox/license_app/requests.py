"""Requests of this family, read as leniently as the systems do: numbers may be strings, unknown fields are ignored."""

from typing import Any

import msgspec

from adapters.sandbox.license_app.envelope import Failure

PAGE_MOST = 100
"""Rows in a reply, however many were asked for: nothing but ``total_count`` says that some are missing."""

_TEXT_MOST = 200
_PAGE_INDEX_MOST = 10_000


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; fails with E1000."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Failure("E1000") from None


def text(body: dict[str, Any], name: str) -> str:
    """A text field, empty if it is missing, null or the word null; fails with E1000 if it is no text."""
    value = body.get(name)
    if value is None or value == "null":
        return ""
    if not isinstance(value, str) or len(value) > _TEXT_MOST:
        raise Failure("E1000")
    return value.strip()


def required(body: dict[str, Any], name: str) -> str:
    """A text field that must not be empty; fails with E1102."""
    value = text(body, name)
    if not value:
        raise Failure("E1102")
    return value


def page(body: dict[str, Any]) -> slice:
    """The rows that the request asks for: page numbers begin at 1; fails with E1103."""
    size = _count(body.get("page_size"), PAGE_MOST, 1_000_000)
    index = _count(body.get("page_index"), 1, _PAGE_INDEX_MOST)
    # the page is found by the size that was asked for, and only then cut: rows beyond it are never shown
    start = (index - 1) * size
    return slice(start, start + min(size, PAGE_MOST))


def _count(value: object, default: int, most: int) -> int:
    if value is None or value == "":
        return default
    try:
        number = msgspec.convert(value, int, strict=False)
    except msgspec.ValidationError:
        raise Failure("E1103") from None
    if not 1 <= number <= most:
        raise Failure("E1103")
    return number
