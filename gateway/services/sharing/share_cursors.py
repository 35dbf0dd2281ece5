"""Cursors of shared records: opaque, and of use only to whom they were given, for the question that they continue."""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.canonical import canonical
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.ports import IdSealer

_KIND: Final = "shared records"
LONGEST_CURSOR: Final = 8_000


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    bound: bytes
    place: str


class ShareCursors:
    """Seals cursors and opens them again."""

    def __init__(self, sealer: IdSealer) -> None:
        self._sealer = sealer

    def seal(self, place: str | None, bound: bytes) -> str | None:
        """The cursor of a place that the source named, for the question that is ``bound``; none at the end."""
        return None if place is None else self._sealer.seal(msgspec.msgpack.encode(_Sealed(bound, place)), _KIND)

    def open(self, cursor: str | None, bound: bytes) -> str | None:
        """The place of a cursor; None without one.

        Raises:
            Refusal: BAD_INPUT, it was not made here, for somebody else or for another question.
        """
        if cursor is None:
            return None
        plain = self._sealer.open(cursor, _KIND) if len(cursor) <= LONGEST_CURSOR else None
        sealed = None if plain is None else msgspec.msgpack.decode(plain, type=_Sealed)
        if sealed is None or sealed.bound != bound:
            raise Refusal(problems.CURSOR_INVALID, "after")
        return sealed.place


def binding(call: Call, use: str, grant: str, parameters: Mapping[str, str], fields: frozenset[str]) -> bytes:
    """What a cursor is bound to: caller, use, grant, parameters and fields."""
    person = call.caller.person
    parts = {
        "application": call.caller.application.code,
        "person": person.subject if person else None,
        "use": use,
        "grant": grant,
        "parameters": dict(parameters),
        "fields": sorted(fields),
    }
    return hashlib.sha256(canonical(parts)).digest()
