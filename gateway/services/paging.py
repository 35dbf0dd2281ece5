"""Pages of ordered lists that the gateway itself holds: keyset cursors, nothing to keep between pages."""

import base64
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal

T = TypeVar("T")
MOST_IN_A_PAGE = 200
_LONGEST_CURSOR = 400
_PREFIX = "after:"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A run of an ordered list with each node's cursor."""

    nodes: list[T]
    cursors: list[str]
    has_next: bool
    total: int


def page(items: Sequence[T], key: Callable[[T], str], first: int, after: str | None) -> Page[T]:
    """The ``first`` items whose key comes after the cursor; ``items`` are ordered by ``key``.

    Raises:
        Refusal: BAD_INPUT for a page size out of range or a cursor that is none.
    """
    last_seen = open_page(first, after)
    rest = [item for item in items if last_seen is None or key(item) > last_seen]
    return cut_page(rest, key, first, len(items))


def open_page(first: int, after: str | None) -> str | None:
    """The key that the cursor names, for a list that is cut where it is kept. Raises as ``page``."""
    if not 1 <= first <= MOST_IN_A_PAGE:
        raise Refusal(problems.LIMIT_OUT_OF_RANGE, "first", low=1, high=MOST_IN_A_PAGE)
    return None if after is None else _open_cursor(after)


def read_place(key: str) -> tuple[datetime, str]:
    """The instant and the name that a key of the form ``<instant> <name>`` holds.

    Raises:
        Refusal: BAD_INPUT, a cursor of ours has no other form.
    """
    moment, _, name = key.partition(" ")
    with contextlib.suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(moment)
        if at.tzinfo is not None and name:
            return at.astimezone(UTC), name
    raise Refusal(problems.CURSOR_INVALID, "after")


def cut_page(rest: Sequence[T], key: Callable[[T], str], first: int, total: int) -> Page[T]:
    """The ``first`` of the items after the cursor, of which one more shows that there is a next page."""
    nodes = list(rest[:first])
    return Page(nodes, [_cursor(key(node)) for node in nodes], len(rest) > first, total)


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(f"{_PREFIX}{key}".encode()).decode().rstrip("=")


def _open_cursor(cursor: str) -> str:
    text = ""
    if len(cursor) <= _LONGEST_CURSOR:
        with contextlib.suppress(ValueError):  # binascii's and the decoder's errors are ValueErrors
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    if not text.startswith(_PREFIX):
        raise Refusal(problems.CURSOR_INVALID, "after")
    return text.removeprefix(_PREFIX)
