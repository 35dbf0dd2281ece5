"""Keyed references: the audit can say "the same person" and "the same use" without saying who, or which key.

Whoever has only the audit cannot try numbers out: the key is that of the gateway's records.
"""

from gateway.core.identifiers import citizen_id, credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import Holder
from gateway.core.sealing import Cipher

_DIGITS = 32


class References:
    """References under the cipher's first key; ``every_`` one under all its keys, to find what is older."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def of_holder(self, holder: Holder) -> str | None:
        """The reference of a holder by document, None without a number; an old number means the same person."""
        return self.every_of_holder(holder)[0] if holder.number else None

    def every_of_holder(self, holder: Holder) -> tuple[str, ...]:
        """All references under which the holder's events stand."""
        number = citizen_id.upgrade(holder.number or "")
        kind = "" if _speaks_for_itself(number) else holder.type or ""
        blinds = self._cipher.blinds("audit holder", kind, number.upper())
        return tuple(_written(blind) for blind in blinds)

    def of_use(self, use_id: str) -> str:
        """The reference of a use's id."""
        return _written(self._cipher.blind("audit use", use_id))

    def of_record(self, kind: str, key: str) -> str:
        """The reference of a record of ours, such as a mandate."""
        return _written(self._cipher.blind("audit record", kind, key))

    def every_of_record(self, kind: str, key: str) -> tuple[str, ...]:
        """All references under which such a record may stand."""
        return tuple(_written(blind) for blind in self._cipher.blinds("audit record", kind, key))


def _speaks_for_itself(number: str) -> bool:
    """Whether the number is of one kind of document only, whatever kind a system calls it."""
    for parse in (citizen_id.parse, credit_code.parse):
        try:
            parse(number)
        except IdentifierInvalid:
            continue
        return True
    return False


def _written(blind: bytes) -> str:
    return blind.hex()[:_DIGITS]
