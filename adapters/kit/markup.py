"""Text as XML markup: escaped, and refused where XML has no way to carry it."""

import re

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(r"[&<>\r\"\n\t]")
_MARKS = "&<>\r"
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def text(value: str) -> str:
    """``value`` as the text of an element; raises SystemFailure (ours) for characters that XML does not have."""
    is_special = any(mark in value for mark in _MARKS)
    return _possible(value).translate(_TEXT) if is_special else _possible(value)


def attribute(value: str) -> str:
    """``value`` as an attribute between double quotes; raises SystemFailure (ours) as ``text``."""
    return _possible(value).translate(_ATTRIBUTE) if _SPECIAL.search(value) else _possible(value)


def _possible(value: str) -> str:
    if value.isascii() and value.isprintable():  # a document in base64 is told at a glance
        return value
    if _IMPOSSIBLE.search(value):
        raise SystemFailure(
            Outcome.GATEWAY_ERROR, Fault.OURS, "a value of the request has a character that XML cannot carry"
        )
    return value
