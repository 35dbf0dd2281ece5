"""Canonical JSON (RFC 8785) of the values that audit records are made of: one byte string for one value.

Records hold texts, whole numbers, truth values, null, lists and objects. Fractions are refused: no record needs one,
and how they are written is what implementations disagree about.
"""

import json
from json.encoder import encode_basestring
from typing import Any, Final, cast

GREATEST: Final = 2**53 - 1
"""Whole numbers beyond this are not the same in every JSON reader."""

_DEEPEST = 16


class NotCanonical(ValueError):
    """A value that has no canonical form here, or bytes that are not one; quotes nothing of it."""


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """The canonical bytes.

    Raises:
        NotCanonical: a fraction, a whole number beyond GREATEST, a lone surrogate, a key that is no text, another type.
    """
    try:
        return _text(value, 0).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a text holds half of a surrogate pair") from None


def parse(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value of bytes that are exactly its canonical form.

    Raises:
        NotCanonical: they are not.
    """
    try:
        value = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, NotCanonical):
            raise
        raise NotCanonical("it is no JSON") from None
    if canonical(value) != data:
        raise NotCanonical("it is not in its canonical form")
    return value


def _text(value: object, depth: int) -> str:
    match value:
        case str():
            return encode_basestring(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            if abs(value) > GREATEST:
                raise NotCanonical("a whole number is too great")
            return str(value)
        case dict() | list() | tuple() if depth == _DEEPEST:
            raise NotCanonical("it is nested too deeply")
        case dict():
            deeper = depth + 1
            return f"{{{','.join([f'{encode_basestring(key)}:{_text(one, deeper)}' for key, one in _ordered(value)])}}}"
        case list() | tuple():
            return f"[{','.join(_text(one, depth + 1) for one in value)}]"
    raise NotCanonical("a value is of no kind that records hold")


def _ordered(value: dict[object, object]) -> list[tuple[str, object]]:
    try:
        is_plain = "".join(cast("dict[str, object]", value)).isascii()
    except TypeError:
        raise NotCanonical("a key is no text") from None
    members = cast("dict[str, object]", value).items()
    return sorted(members) if is_plain else sorted(members, key=_utf16)  # no two keys are the same


def _utf16(member: tuple[str, object]) -> bytes:
    """Members are ordered by the UTF-16 units of their keys, which differs from the order of characters past U+FFFF."""
    return member[0].encode("utf-16-be")


def _refuse(_: str) -> None:
    raise NotCanonical("a number is not whole")
