"""What keyboards and old programs do to identifiers, named so that whoever typed it can mend it.

Nothing but letter case is repaired: a full-width digit or a space inside a key usually means that the text came from
another field or was cut, and a system that stores it so would not find it under the repaired form.
"""

from typing import Final

from gateway.core.text import Text

FULL_WIDTH: Final = Text(
    "含有全角字符：应使用半角的数字和字母",
    "it has full-width characters: half-width digits and letters are expected",
)
SPACE: Final = Text(
    "含有空格或不可见字符：应去除",
    "it has spaces or invisible characters: none are expected",
)

_LOOKED_AT = 64
_FIRST_WIDE, _LAST_WIDE = "\uff01", "\uff5e"


def find_misspelling(raw: str) -> Text | None:
    """The reason for a space, an invisible or a full-width character near the start of ``raw``; None without one."""
    seen = raw[:_LOOKED_AT]
    if any(char.isspace() or not char.isprintable() for char in seen):
        return SPACE
    if any(_FIRST_WIDE <= char <= _LAST_WIDE for char in seen):
        return FULL_WIDTH
    return None


def mask_middle(text: str, *, head: int, tail: int) -> str:
    """``text`` with all but its first ``head`` and last ``tail`` characters as asterisks."""
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def mask_all(text: str) -> str:
    """Asterisks only, for text of unknown shape; at most 18, so that nothing can be inflated."""
    return "*" * min(len(text), 18)
