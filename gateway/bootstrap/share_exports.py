"""Exports of shared records, put together: the use cases, and the worker that fetches and writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from gateway.bootstrap.records import Records
from gateway.bootstrap.shared_records import SharedParts, SharedUse
from gateway.core.clock import Clock
from gateway.services.create_upload import FileLimits
from gateway.services.lend_result import LendResult
from gateway.services.sharing.exports.day_quota import DayQuota
from gateway.services.sharing.exports.export_desk import ExportDesk
from gateway.services.sharing.exports.export_shared import ExportShared
from gateway.services.sharing.exports.fetch_page import FetchPage
from gateway.services.sharing.exports.find_exports import FindExports
from gateway.services.sharing.exports.run_exports import RunExports
from gateway.services.sharing.exports.write_export import WriteExport
from gateway.services.sharing.fetch_shared import FetchShared
from gateway.services.tasks.handler import Handler, Post
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import Worker, working
from gateway.settings import Settings
from gateway.store.sharing.exports import SqlExports
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.spreadsheets.streaming import table_stream
from schema.context import ExportCases, UseCases

HANDS: Final = 2
"""Exports of one process at a time: queries go before them."""


def build_exports(
    parts: SharedParts, shared: SharedUse, records: Records, limits: FileLimits, clock: Clock
) -> ExportCases:
    """Every use case of exports."""
    grants = SqlGrants(records.database, parts.cipher)
    desk = ExportDesk(
        exports=SqlExports(records.database, parts.cipher),
        grants=grants,
        quota=DayQuota(grants, parts.purse, clock),
        receipts=SqlReceipts(records.database),
        press=shared.press,
        trail=records.trail,
        references=records.references,
        clock=clock,
        audit=records.audit,
    )
    lend = LendResult(records.files, clock, limits, records.audit)
    return ExportCases(ask=ExportShared(desk, shared.decide, records.tasks), find=FindExports(desk, lend))


def build_runner(desk: ExportDesk, fetch: FetchShared, records: Records, leases: Leases) -> Handler:
    """The handler of their tasks."""
    page = FetchPage(fetch, desk.exports, desk.clock)
    return RunExports(desk, leases, page, WriteExport(desk, records.files, table_stream))


@asynccontextmanager
async def exporting(settings: Settings, clock: Clock, records: Records, cases: UseCases) -> AsyncIterator[None]:
    """The worker of exports, unless this process is to do no work; what is in hand is ended or handed back."""
    if not settings.workers:
        yield
        return
    leases = Leases(records.tasks, clock)
    runner = build_runner(cases.exports.ask.desk, cases.fetch_shared, records, leases)
    async with working(Worker(leases, [Post(handler=runner, hands=HANDS)], clock)):
        yield
