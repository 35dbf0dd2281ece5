"""A licence source that a manifest describes."""

from collections.abc import Sequence

import msgspec

from adapters.kit.asking import Asking
from adapters.kit.details import Details
from adapters.kit.exchange import BoundOperation
from adapters.kit.fetching import FileFetcher
from adapters.kit.mapping import Scope
from gateway.core.call import Call
from gateway.core.licence import LicenceKey, LicenceQuery
from gateway.core.ports import Answer, FileAnswer, Row


class SourceOperations(msgspec.Struct, frozen=True):
    """The operations that serve a licence source, made ready; None for what the system cannot be asked."""

    list: BoundOperation | None
    get: BoundOperation | None
    file: BoundOperation | None


class ManifestLicenceSource:
    """A LicenceSource over one system's operations."""

    def __init__(self, asking: Asking, operations: SourceOperations, details: Details, files: FileFetcher) -> None:
        self.system = asking.system
        self._asking = asking
        self._operations = operations
        self._details = details
        self._files = files

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        """The holder's licences with the ``wanted`` ROW_FIELDS."""
        scope = msgspec.structs.replace(self._asking.scope(call), holder=query.holder, query=query)
        return await self._ask(self._operations.list, scope, wanted)

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        """One licence by its identifier or the system's own number."""
        return await self._ask(
            self._operations.get, msgspec.structs.replace(self._asking.scope(call), licence=key), wanted
        )

    async def file(self, key: LicenceKey, call: Call) -> FileAnswer:
        """The file of one licence by its identifier or the system's own number."""
        scope = msgspec.structs.replace(self._asking.scope(call), licence=key)
        return await self._files.fetch(self._operations.file, scope)

    async def _ask(self, operation: BoundOperation | None, scope: Scope, wanted: frozenset[str]) -> Answer:
        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            assert operation is not None, "rows come from an operation"
            return await self._details.complete(operation, rows, scope)

        return await self._asking.ask(operation, scope, wanted, finish)
