"""Fetch one licence by the id that a list gave."""

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import citizen_id
from gateway.core.licence import KEY_FIELDS, Licence, LicenceKey
from gateway.core.merge import merge
from gateway.core.outcome import Completeness, SourceReport, completeness
from gateway.core.ports import LicenceDirectory, Row, UseStore
from gateway.core.use import Use, UseBasis
from gateway.services.asking import Asker
from gateway.services.licence_ids import LicenceIds
from gateway.services.require_use import require_use


class LicenceLookup(msgspec.Struct, frozen=True):
    """The licence or None, whether all who might have it answered, and a report per system."""

    licence: Licence | None
    completeness: Completeness
    sources: list[SourceReport]


class FetchLicence:
    """Asks every source that may know the licence."""

    def __init__(self, directory: LicenceDirectory, uses: UseStore, ids: LicenceIds, clock: Clock) -> None:
        self._directory = directory
        self._uses = uses
        self._ids = ids
        self._clock = clock
        self._asker = Asker(clock)

    async def __call__(self, use_id: str, licence_id: str, wanted: frozenset[str], call: Call) -> LicenceLookup:
        """The licence with the ``wanted`` ROW_FIELDS.

        Under a holder's use only the holder's own licence is found; anybody else's is as if it were not there.

        Raises:
            Refusal: FORBIDDEN without a use, BAD_INPUT for an id that was not given here.
        """
        use = await require_use(use_id, call, self._uses, self._clock)
        key = self._ids.open(licence_id)
        if key is None:
            raise Refusal(problems.LICENCE_ID_INVALID, "id")
        assigned = [
            source
            for source in self._directory.licence_sources(None)
            if key.system is None or source.source.system == key.system
        ]
        fields = wanted | KEY_FIELDS
        asked = await self._asker.ask_all(
            assigned,
            lambda source, until: source.get(key, fields, until),
            _Admission(key, *_holder(use, call)),
            call.under(use),
        )
        licences = merge(asked.contributions, wanted, china_date(self._clock.now()), self._ids.seal, call.language)
        return LicenceLookup(licences[0] if licences else None, completeness(asked.reports), asked.reports)


def _holder(use: Use, call: Call) -> tuple[bool, str | None]:
    person = call.caller.person
    return use.basis is UseBasis.HOLDER, person.number if person else None


class _Admission(msgspec.Struct, frozen=True):
    """Lets in the licence that was asked for, under a holder's use only if it names the holder."""

    key: LicenceKey
    own_only: bool
    number: str | None

    def __call__(self, row: Row) -> bool:
        if self.key.identifier is not None and not self.key.names(row.identifier):
            return False
        if self.key.identifier is None and row.number != self.key.number:
            return False
        if not self.own_only:
            return True
        own = citizen_id.upgrade(self.number or "")
        return any(holder.number and citizen_id.upgrade(holder.number) == own for holder in row.holders or ())
