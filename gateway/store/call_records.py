"""Keeps the operational record. Calls never wait for it: where it cannot keep up it loses lines, and says how many."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.core.call_record import CallRecord
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import StoreUnavailable
from gateway.core.telemetry import RecordState
from gateway.store.database import Database
from gateway.store.tables.calls import calls, place_at

CAPACITY: Final = 20_000
"""Lines that may wait: some minutes of a busy gateway, about 20 MB."""

BATCH: Final = 500
GATHERING: Final = 1.0
"""Seconds in which lines gather, so that a busy gateway writes once a second and a quiet one not at all."""

PAUSE: Final = 5.0
"""Seconds before a database that was not there is tried again."""

PATIENCE: Final = 5.0
"""Seconds that the last lines have when the gateway ends."""

SWEEP: Final = 3_600.0
_SWEPT = 5_000
_MOST_PER_MICROSECOND = 0x100000

_log = structlog.get_logger("calls")
Sleep = Callable[[float], Awaitable[None]]


class CallRecorder:
    """A RecordCall that writes its lines to the database, in batches and in the background.

    Args:
        database: where to.
        clock: tells what is old.
        keep: for how long lines are kept.
        capacity: how many lines may wait.
        sleep: waits.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keep: timedelta,
        *,
        capacity: int = CAPACITY,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep
        self._capacity = capacity
        self._sleep = sleep
        self._waiting: deque[dict[str, Any]] = deque()
        self._arrived = asyncio.Event()
        self._replica = secrets.token_hex(4)
        self._number = 0
        self._written = 0
        self._dropped = 0
        self._told = 0

    def record(self, record: CallRecord) -> None:
        """Take a line; if too many wait it is lost, and counted."""
        if len(self._waiting) >= self._capacity:
            self._dropped += 1
            return
        self._number = (self._number + 1) % _MOST_PER_MICROSECOND
        place = f"{place_at(record.asked_at)}-{self._replica}-{self._number:05x}"
        self._waiting.append(_row(place, record))
        self._arrived.set()

    def state(self) -> RecordState:
        """How many lines wait, were written and were lost."""
        return RecordState(len(self._waiting), self._written, self._dropped)

    async def flush(self) -> None:
        """Write every line that waits.

        Raises:
            StoreUnavailable: the database cannot be reached; what is not written waits on.
        """
        while self._waiting:
            batch = list(islice(self._waiting, BATCH))
            try:
                await self._write(batch)
                self._written += len(batch)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - lines that no database takes must not stop those behind them
                _log.error("calls.defect", trace=trace(error))
                self._dropped += len(batch)
            for _ in batch:
                self._waiting.popleft()
        if self._dropped > self._told:
            _log.warning("calls.dropped", dropped=self._dropped - self._told)
            self._told = self._dropped

    async def _write(self, batch: Sequence[dict[str, Any]]) -> None:
        dialect = sqlite if self._database.kind == "sqlite" else postgresql
        async with self._database.writing() as connection:
            # a batch whose commit was in doubt comes again; its places are taken already
            await connection.execute(dialect.insert(calls).on_conflict_do_nothing(), batch)

    async def keep_writing(self) -> None:
        """Write what arrives, until cancelled."""
        while True:
            await self._arrived.wait()
            await self._sleep(GATHERING)
            self._arrived.clear()
            try:
                await self.flush()
            except StoreUnavailable as error:
                _log.error("calls.unwritten", waiting=len(self._waiting), reason=str(error))
                self._arrived.set()
                await self._sleep(PAUSE)

    async def sweep(self) -> int:
        """Remove the lines that are older than they are kept; returns how many.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        limit = place_at(self._clock.now() - self._keep)
        old = select(calls.c.place).where(calls.c.place < limit).limit(_SWEPT)
        removed = 0
        while True:
            async with self._database.writing() as connection:
                found = await connection.execute(delete(calls).where(calls.c.place.in_(old)))
            removed += found.rowcount
            if found.rowcount < _SWEPT:
                return removed

    async def keep_sweeping(self) -> None:
        """Sweep now and every SWEEP, until cancelled."""
        while True:
            try:
                removed = await self.sweep()
                if removed:
                    _log.info("calls.swept", removed=removed)
            except StoreUnavailable as error:
                _log.error("calls.unswept", reason=str(error))
            await self._sleep(SWEEP)


@asynccontextmanager
async def call_recorder(database: Database, clock: Clock, keep: timedelta) -> AsyncIterator[CallRecorder]:
    """A recorder at work until the block ends; then the last lines are written, if that can be done soon."""
    recorder = CallRecorder(database, clock, keep)
    tasks = [
        asyncio.create_task(recorder.keep_writing(), name="call records"),
        asyncio.create_task(recorder.keep_sweeping(), name="sweep of call records"),
    ]
    try:
        yield recorder
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(PATIENCE):
                await recorder.flush()
        except (StoreUnavailable, TimeoutError) as error:
            _log.error("calls.unwritten", waiting=recorder.state().pending, reason=type(error).__name__)


def _row(place: str, record: CallRecord) -> dict[str, Any]:
    return {
        "place": place,
        "asked_at": record.asked_at,
        "sent_at": record.sent_at,
        "answered_at": record.answered_at,
        "request_id": record.request_id,
        "application": record.application,
        "system": record.system,
        "version": record.version,
        "operation": record.operation,
        "kind": record.kind.value,
        "attempt": record.attempt,
        "queued_ms": record.queued_ms,
        "taken_ms": record.taken_ms,
        "request_bytes": record.request_bytes,
        "reply_bytes": record.received.bytes if record.received else None,
        "reply_sha256": record.received.sha256 if record.received else None,
        "status": record.status,
        "outcome": record.outcome.value,
        "fault": record.fault.value if record.fault else None,
        "code": record.code,
        "served_from": record.served_from.value if record.served_from else None,
        "breaker": record.breaker.value,
        "not_sent": record.not_sent.value if record.not_sent else None,
    }
