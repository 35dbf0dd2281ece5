"""What the gateway keeps: the database, what is in it, and the tasks that look after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from gateway.bootstrap.addresses import database_address
from gateway.bootstrap.keys import read_audit_signer, read_record_cipher
from gateway.bootstrap.timestamps import open_stamper
from gateway.core.audit.checkpoint import Timestamper
from gateway.core.audit.references import References
from gateway.core.clock import Clock
from gateway.core.telemetry import AuditMeter
from gateway.services.auditing import Auditing
from gateway.services.notice_board import LiveNotices
from gateway.settings import Settings
from gateway.store import schema
from gateway.store.audit.checkpoints import Sealing, sealing_of
from gateway.store.audit.opening import opened_audit
from gateway.store.audit.writer import AuditWriter
from gateway.store.database import Database, Options, database
from gateway.store.files import SqlFiles
from gateway.store.housekeeping import keep_house
from gateway.store.mandates import SqlMandates
from gateway.store.pre_applications import SqlPreApplications
from gateway.store.presentations import SqlPresentations
from gateway.store.seal_register import SqlSealRegister
from gateway.store.sealings import SqlSealings
from gateway.store.sharing.exports import SqlExports
from gateway.store.system_notices import SqlSystemNotices
from gateway.store.tasks import SqlTasks
from gateway.store.uses import SqlUses


class Records(msgspec.Struct, frozen=True):
    """The open database and what is kept in it."""

    database: Database
    trail: AuditWriter
    references: References
    audit: Auditing
    uses: SqlUses
    mandates: SqlMandates
    presentations: SqlPresentations
    applications: SqlPreApplications
    files: SqlFiles
    seals: SqlSealRegister
    sealings: SqlSealings
    tasks: SqlTasks


@asynccontextmanager
async def open_records(settings: Settings, clock: Clock, meter: AuditMeter) -> AsyncIterator[Records]:
    """The database with this program's schema, held for this process where it has to be, and kept tidy."""
    address = database_address(settings)
    cipher = read_record_cipher(settings)
    options = Options(serves=True, listens=settings.database_listen, connections=settings.database_connections)
    async with AsyncExitStack() as stack:
        sealing = _sealing(settings, await stack.enter_async_context(open_stamper(settings, clock)))
        opened = await stack.enter_async_context(database(address, clock, options))
        await schema.ensure(opened)
        trail = await stack.enter_async_context(opened_audit(opened, clock, sealing, meter))
        references = References(cipher)
        records = Records(
            opened,
            trail,
            references,
            Auditing(trail, references, clock),
            SqlUses(opened, cipher),
            SqlMandates(opened, cipher),
            SqlPresentations(opened, cipher),
            SqlPreApplications(opened, cipher),
            SqlFiles(opened, cipher),
            SqlSealRegister(opened, cipher, clock),
            SqlSealings(opened, cipher),
            SqlTasks(opened, clock),
        )
        swept = (
            records.uses,
            records.mandates,
            records.presentations,
            records.applications,
            records.files,
            records.tasks,
            SqlExports(opened, cipher),
        )
        keeping = asyncio.create_task(keep_house(swept, clock))
        try:
            yield records
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


@asynccontextmanager
async def open_notices(opened: Database, clock: Clock) -> AsyncIterator[tuple[SqlSystemNotices, LiveNotices]]:
    """The notices on systems, and this replica's copy of them, which is kept up until the block ends."""
    store = SqlSystemNotices(opened, clock)
    board = LiveNotices(store, clock)
    await board.load()
    tasks = [asyncio.create_task(board.follow()), asyncio.create_task(board.keep_time())]
    try:
        yield store, board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _sealing(settings: Settings, timestamper: Timestamper | None) -> Sealing | None:
    signer = read_audit_signer(settings)
    if signer is None:
        return None
    return sealing_of(signer, settings.audit_minutes, settings.audit_anchor, timestamper)
