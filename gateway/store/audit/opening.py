"""The audit of a running gateway: writing while the block lasts, checkpoints beside it, a last one when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.telemetry import AuditMeter
from gateway.store.audit.checkpoints import Checkpoints, Sealing
from gateway.store.audit.writer import AuditWriter, audit_writer
from gateway.store.database import Database

_log = structlog.get_logger("audit")


@asynccontextmanager
async def opened_audit(
    database: Database, clock: Clock, sealing: Sealing | None, meter: AuditMeter | None = None
) -> AsyncIterator[AuditWriter]:
    """A writer until the block ends. Without ``sealing`` there are chains but no checkpoints that prove them.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    if sealing is None:
        _log.warning("audit.unsigned", remedy="set YIWANG_AUDIT_KEY")
        async with audit_writer(database, clock, alone=database.kind == "sqlite", meter=meter) as writer:
            yield writer
        return
    checkpoints = Checkpoints(database, clock, sealing)
    await checkpoints.look_back()
    async with audit_writer(database, clock, alone=database.kind == "sqlite", meter=meter) as writer:
        making = asyncio.create_task(checkpoints.run(), name="checkpoints")
        try:
            yield writer
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
    with suppress(StoreUnavailable, OSError):  # the next start makes it
        await checkpoints.make(now=True)
