"""Details: a second call for each row, made only when one of the fields it gives is wanted."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from adapters.kit.asking import Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.mapping import Scope
from gateway.core.errors import SystemFailure
from gateway.core.licence import Warned
from gateway.core.ports import Row


class Details:
    """Completes the rows of one system.

    Args:
        asking: makes the calls.
        operations: the system's operations by name.
    """

    def __init__(self, asking: Asking, operations: Mapping[str, BoundOperation]) -> None:
        self._asking = asking
        self._operations = operations

    async def complete(self, operation: BoundOperation, rows: Sequence[Row], scope: Scope) -> Sequence[Row]:
        """The rows of ``operation`` with their details; one whose call fails stays without, with a warning."""
        response = operation.bound.operation.response
        detail = response.detail if response else None
        if detail is None or not any(row.detail for row in rows):
            return rows
        second = self._operations[detail.operation]
        fields = frozenset(name for name in detail.gives if rows and hasattr(rows[0], name))
        # no more at a time than the system takes: one caller's rows alone must not fill the line before it
        places = asyncio.Semaphore(self._asking.manifest.limits.concurrency)

        async def complete(row: Row) -> Row:
            async with places:
                return await self._complete(second, row, fields, scope)

        # the row that was asked for is returned without its details rather than not at all
        return await asyncio.gather(*(complete(row) for row in rows))

    async def _complete(self, second: BoundOperation, row: Row, fields: frozenset[str], scope: Scope) -> Row:
        own = msgspec.structs.replace(scope, row=row.detail or {})
        try:
            reading = await self._asking.perform(second, own, fields, scope.call.deadline)
        except SystemFailure:
            reading = None
        found = reading.rows[0] if reading is not None and reading.accepted is not False and reading.rows else None
        if found is None:
            missing = tuple(Warned(name, "detail") for name in sorted(fields))
            return msgspec.structs.replace(row, warnings=row.warnings + missing)
        return msgspec.structs.replace(
            row,
            warnings=row.warnings + tuple(warned for warned in found.warnings if warned.field in fields),
            **{name: getattr(found, name) for name in fields},
        )
