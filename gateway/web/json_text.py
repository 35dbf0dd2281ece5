"""JSON as callers send it: strict, and without keys that are there twice, which two readers may read differently."""

import json
from typing import Any, TypeVar

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text

T = TypeVar("T")

_NO_JSON = Text("不是有效的 JSON", "it is no JSON")
_NO_UTF8 = Text("不是 UTF-8 编码", "it is not UTF-8")
_HALF_PAIR = Text("含不成对的 UTF-16 代理项", "a text has half of a surrogate pair")
_TOO_DEEP = Text("嵌套过深", "it is nested too deep")
_TOO_LARGE = Text("数字超出范围", "a number is out of range")
_TWICE = Text("同一对象中有重复的键", "an object has a key twice")
_OUT_OF_RANGE = ("Number out of range", "Integer value out of range")
"""How the library begins to say so."""


class _KeyTwice(ValueError):
    """An object has a key twice."""


def decode(decoder: "msgspec.json.Decoder[T]", text: bytes | str, *, otherwise: Text) -> T:
    """What ``decoder`` makes of the text.

    Raises:
        Refusal: BAD_INPUT for what is no JSON, for repeated keys, and with ``otherwise`` for another shape.
    """
    try:
        value = decoder.decode(text)
        _once(text)
    except msgspec.ValidationError as error:
        reason = _TOO_LARGE if str(error).startswith(_OUT_OF_RANGE) else otherwise
        raise Refusal(problems.BODY_INVALID, reason=reason) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refusal(problems.BODY_INVALID, reason=_why_unread(text)) from error
    return value


def _why_unread(text: bytes | str) -> Text:
    try:
        _once(text)
    except UnicodeDecodeError:
        return _NO_UTF8
    except RecursionError:
        return _TOO_DEEP
    except _KeyTwice:
        return _TWICE
    except ValueError:
        return _NO_JSON
    return _HALF_PAIR  # the one thing of which this reader thinks nothing


def _once(text: bytes | str) -> None:
    """Read it again with the reader that sees every pair; the fast one above keeps the last of equal keys."""
    _SEES_PAIRS.decode(text if isinstance(text, str) else text.decode())


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) < len(pairs):
        raise _KeyTwice


def _constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are none of JSON's


_SEES_PAIRS = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=str, parse_int=str, parse_constant=_constant)
