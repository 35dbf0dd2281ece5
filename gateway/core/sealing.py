"""The port of what seals personal data at rest, and what it is bound to."""

from typing import Protocol

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where sealed bytes stand. They open nowhere else, so nobody can move them to another row."""

    table: str
    row: bytes
    column: str


class Cipher(Protocol):
    """Seals under its first key, opens under all it was given."""

    def seal(self, plain: bytes, place: Place) -> bytes:
        """The plain bytes, unreadable and bound to their place."""
        ...

    def open(self, sealed: bytes, place: Place) -> bytes:
        """The plain bytes; raises PayloadUnreadable for another place, unknown keys and changed bytes."""
        ...

    def blind(self, *parts: str) -> bytes:
        """32 bytes by which rows of the same parts are found, and from which nobody without the key finds the parts."""
        ...

    def blinds(self, *parts: str) -> tuple[bytes, ...]:
        """The same under every key, that of ``blind`` first: rows of before a change of keys have an older one."""
        ...
