"""Public ids of licences: opaque, stable, and without anything personal in them."""

import msgspec

from gateway.core.licence import LicenceKey
from gateway.core.ports import IdSealer

_KIND = "licence"


class LicenceIds:
    """Seals licence keys into ids and opens them again."""

    def __init__(self, sealer: IdSealer) -> None:
        self.sealer = sealer

    def seal(self, key: LicenceKey) -> str:
        """The id of the licence; the same licence always has the same id."""
        return self.sealer.seal(msgspec.msgpack.encode((key.identifier, key.system, key.number)), _KIND)

    def open(self, licence_id: str) -> LicenceKey | None:
        """The key that the id names, or None if the id was not made here."""
        plain = self.sealer.open(licence_id, _KIND)
        if plain is None:
            return None
        identifier, system, number = msgspec.msgpack.decode(plain, type=tuple[str | None, str | None, str | None])
        return LicenceKey(identifier=identifier, system=system, number=number)
