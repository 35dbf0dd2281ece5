"""Import the catalogue of an exchange: its sound resources in one transaction, and what is wrong with the others."""

import msgspec

from gateway.core import problems
from gateway.core.audit.events import Ending
from gateway.core.audit.share_kinds import CATALOGUE_IMPORTED
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.errors import Refusal
from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import ExchangeCatalogue, ShareExchanges
from gateway.core.sharing.importing_exchange import ExchangeFinding, import_exchange
from gateway.services.sharing.catalogue.keep_catalogue import CatalogueKeeper
from gateway.services.sharing.desk import ShareDesk

MOST_FINDINGS = 200
"""Findings, and numbers of unreadable resources, that are told."""


class ExchangeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue adds and changes; ``left_out`` resources are not imported, for what the findings say.

    Attributes:
        unreadable: numbers, or else places from 1, of those that could not even be read.
    """

    added: int
    changed: int
    unchanged: int
    left_out: int
    findings: tuple[ExchangeFinding, ...]
    unreadable: tuple[str, ...]


class ImportExchange:
    """Imports for the hub office, which says what decides on resources and serves them."""

    def __init__(self, desk: ShareDesk, exchanges: ShareExchanges) -> None:
        self._desk = desk
        self._exchanges = exchanges
        self._keeper = CatalogueKeeper(desk.resources, desk.relations, desk.log)

    async def __call__(self, system: str, call: Call, *, dry_run: bool) -> ExchangeReport:
        """What came of it; nothing is kept of a dry run.

        Raises:
            Refusal: FORBIDDEN for all but the hub office, CONFLICT if the exchange is not there or has no catalogue,
                or if somebody else changed ours meanwhile.
        """
        desk = self._desk
        async with desk.audit.noting(CATALOGUE_IMPORTED, call) as note:
            if call.caller.person is None:
                raise Refusal(problems.PERSON_MISSING)
            if call.caller.person.role is not Role.HUB:
                raise Refusal(problems.EXCHANGE_IMPORT_FORBIDDEN)
            catalogue = await self._read(system, call)
            note.says(table="EXCHANGE", what="try" if dry_run else "import", system=system)
            found = await desk.resources.find_all(sorted({one.code for one in catalogue.resources}))
            existing = {one.code: one for one in found}
            imported = import_exchange(system, catalogue.resources, existing)
            added = sum(1 for one in imported.resources if one.code not in existing)
            report = ExchangeReport(
                added=added,
                changed=len(imported.resources) - added,
                unchanged=imported.unchanged,
                left_out=len(catalogue.resources) - len(imported.resources) - imported.unchanged,
                findings=imported.findings[:MOST_FINDINGS],
                unreadable=catalogue.unreadable[:MOST_FINDINGS],
            )
            note.counts(len(imported.resources))
            note.says(added=added, changed=report.changed, unchanged=report.unchanged, findings=len(imported.findings))
            is_to_keep = bool(imported.resources) and not dry_run
            if is_to_keep and not await self._keeper.keep(imported.resources, note.event(Ending.DONE), note.within()):
                raise Refusal(problems.CATALOGUE_CHANGED)
            return report

    async def _read(self, system: str, call: Call) -> ExchangeCatalogue:
        exchange = self._exchanges.share_exchange(system)
        if exchange is None:
            raise Refusal(problems.EXCHANGE_UNKNOWN, "input.system", system=system[:100])
        catalogue = await exchange.catalogue(call)
        if catalogue.outcome is Outcome.NOT_ASKED:
            raise Refusal(problems.EXCHANGE_NO_CATALOGUE, "input.system", system=system)
        if catalogue.outcome is not Outcome.OK:
            raise Refusal(problems.SHARE_EXCHANGE_SILENT, "input.system", system=system)
        return catalogue
