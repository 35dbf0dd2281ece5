"""JSON as callers send it: strict, and without keys that are there twice, which two readers may read differently."""

import json
from typing import Any, TypeVar

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text

T = TypeVar("T")

_NO_JSON = Text("不是有效的 JSON", "it is no JSON")
_TWICE = Text("同一对象中有重复的键", "an object has a key twice")


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
        raise Refusal(problems.BODY_INVALID, reason=otherwise) from error
    except _KeyTwice as error:
        raise Refusal(problems.BODY_INVALID, reason=_TWICE) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refusal(problems.BODY_INVALID, reason=_NO_JSON) from error
    return value


def _once(text: bytes | str) -> None:
    """Read it again with the reader that sees every pair; the fast one above keeps the last of equal keys."""
    _SEES_PAIRS.decode(text if isinstance(text, str) else text.decode())


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) < len(pairs):
        raise _KeyTwice


_SEES_PAIRS = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=str, parse_int=str)
