"""How an export has ended, and that nothing of it is left to do."""

from gateway.core.problems import Problem
from gateway.core.sharing.exports import Export, ExportState
from gateway.services.sharing.exports.export_desk import KIND_EXPORT
from tests.sharing_export.office import Office


def numbers(export: Export) -> list[str]:
    return [trouble.number for trouble in export.troubles]


async def ended(office: Office, export: Export, state: ExportState, *troubles: Problem) -> Export:
    found = await office.found(export)
    assert (found.state, numbers(found)) == (state, [one.number for one in troubles])
    assert (await office.tasks.counts()).get(KIND_EXPORT) is None
    return found
