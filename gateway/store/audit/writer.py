"""The group writer: whatever arrives while one transaction commits shares the next one."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core import problems
from gateway.core.audit.catalogue import EPOCH_BEGUN
from gateway.core.audit.events import Event
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.records import Also, Transaction
from gateway.core.telemetry import AuditMeter, NoMeter
from gateway.store.audit import epochs
from gateway.store.audit.chaining import MOST_AT_ONCE, ChainMoved, Known, Written, adopt, chain_events, hold
from gateway.store.database import Database
from gateway.store.tables.audit import entries, pending

MOST_WAITING = 5_000
"""Events that wait for their transaction; beyond this nothing more is answered until it is less."""

LOOK_SECONDS = 5.0
"""How often the writer tells that it lives, and looks for events that dead replicas left."""

_LOCKED_PAUSE = 0.05
_MOVES = 3

_log = structlog.get_logger("audit")


class _Waiting(msgspec.Struct):
    written: Written
    future: "asyncio.Future[None] | None"


class AuditWriter:
    """An AuditTrail on a database. ``commits`` counts the transactions that chained something."""

    def __init__(self, database: Database, clock: Clock, meter: AuditMeter | None = None) -> None:
        self._meter = meter or NoMeter()
        self._database = database
        self._clock = clock
        self.epoch = secrets.token_hex(16)
        self.commits = 0
        self._known = Known("", {})
        self._direct: deque[_Waiting] = deque()
        self._held: dict[str, asyncio.Future[None]] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._looked_at = clock.monotonic()

    @property
    def waiting(self) -> int:
        """How many events wait to be chained."""
        return len(self._direct) + len(self._held)

    async def record(self, event: Event) -> None:
        """Chain an event; when this returns it is committed.

        Raises:
            Refusal: INTERNAL, it cannot be recorded now, so what it is about must not happen.
        """
        future = asyncio.get_running_loop().create_future()
        self._accept(_Waiting(_written(event), future))
        await future

    def post(self, event: Event) -> None:
        """Chain an event without waiting for it; for what has no answer that could be held back."""
        with suppress(Refusal):
            self._accept(_Waiting(_written(event), None))

    def within(self, event: Event) -> Also:
        """Leave the event in the transaction of a change, so that neither is there without the other."""
        return self.within_all([event])

    def within_all(self, events: Sequence[Event]) -> Also:
        """Likewise many, in the time of one."""
        written = [_written(event) for event in events]

        async def also(transaction: Transaction) -> None:
            assert isinstance(transaction, AsyncConnection), "a transaction of this database"
            await hold(transaction, self.epoch, written)

        return also

    async def settled(self, event: Event) -> None:
        """Return when a held event, whose transaction is committed, is chained.

        Raises:
            Refusal: as ``record``.
        """
        future = self._held[event.id] = asyncio.get_running_loop().create_future()
        self._wake.set()
        try:
            await future
        finally:
            self._held.pop(event.id, None)

    async def run(self) -> None:
        """Write until it is told to stop."""
        while not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            await self.flush()
        await self.flush()

    async def flush(self) -> None:
        """Write all that waits, and tell that the epoch lives where that is due."""
        due = self._clock.monotonic() - self._looked_at >= LOOK_SECONDS
        while due or self._direct or self._held:
            batch = [self._direct.popleft() for _ in range(min(MOST_AT_ONCE, len(self._direct)))]
            asked = list(self._held)
            try:
                chained = set(await self._write([one.written for one in batch], look=due, held=due or bool(asked)))
                await self._settle(asked, chained)
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was; the writer goes on
                self._fail(batch, asked, error)
                return
            due = False
            for one in batch:
                if one.future is not None and not one.future.done():
                    one.future.set_result(None)
            if not self._direct and self._held and not chained:
                await asyncio.sleep(_LOCKED_PAUSE)  # another replica has them in a transaction that is not over

    def stop(self) -> None:
        """Let ``run`` write what waits, and end."""
        self._stopping = True
        self._wake.set()

    async def begin(self, *, alone: bool) -> None:
        """Begin the epoch and chain what dead replicas left; ``alone`` says that there are no living ones.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        now = self._clock.now()
        await self._database.stroke(lambda connection: epochs.begin(connection, self.epoch, now, alone=alone))
        begun = Event(id=secrets.token_hex(16), kind=EPOCH_BEGUN.code, at=now)
        await self._write([_written(begun)], look=True, held=True)
        while await self._write([], look=False, held=True):
            pass

    async def end(self) -> None:
        """Chain what still waits in the database and end the epoch; if that is away, others will find it over."""
        with suppress(StoreUnavailable):
            while await self._write([], look=False, held=True):
                pass
            await self._database.stroke(lambda connection: epochs.end(connection, self.epoch))

    async def _write(self, direct: Sequence[Written], *, look: bool, held: bool) -> list[str]:
        """Chain these events and, if ``held``, those that wait in the database, in one transaction."""

        def work(connection: Connection) -> tuple[list[str], Known]:
            now = self._clock.now()
            if look:
                epochs.touch(connection, self.epoch, now)
                if taken := adopt(connection, self.epoch, now):
                    _log.warning("audit.adopted", events=taken)
            known = Known(self._known.month, dict(self._known.chains))
            return chain_events(connection, self.epoch, known, direct, now, held=held), known

        started = self._clock.monotonic()
        for _ in range(_MOVES):
            try:
                chained, known = await self._database.stroke(work)
            except ChainMoved:
                self._known = Known("", {})
                continue
            except BaseException:
                self._known = Known("", {})  # whether it was committed is not known: read again
                raise
            self._known = known
            if look:
                self._looked_at = self._clock.monotonic()
            self.commits += bool(chained)
            if chained:
                self._meter.audit_written(len(chained), self._clock.monotonic() - started)
            return chained
        raise StoreUnavailable("the audit's chains are sealed as fast as they are begun")

    async def _settle(self, asked: Sequence[str], chained: set[str]) -> None:
        """Tell those whose held events are chained, by this replica or by one that adopted them."""
        missing = [event for event in asked if event not in chained]
        if missing:
            async with self._database.reading() as connection:
                found = set(await connection.scalars(select(entries.c.event).where(entries.c.event.in_(missing))))
                waits = set(await connection.scalars(select(pending.c.event).where(pending.c.event.in_(missing))))
            chained |= found
            missing = [event for event in missing if event not in chained | waits]
        for event in asked:
            if event not in chained and event not in missing:
                continue
            future = self._held.pop(event, None)
            if future is None or future.done():
                continue
            if event in chained:
                future.set_result(None)
            else:
                future.set_exception(LookupError("an event that nobody held"))

    def _accept(self, waiting: _Waiting) -> None:
        if len(self._direct) >= MOST_WAITING:
            _log.error("audit.full", waiting=len(self._direct))
            raise Refusal(problems.AUDIT_UNAVAILABLE)
        self._direct.append(waiting)
        self._wake.set()

    def _fail(self, batch: Sequence[_Waiting], asked: Sequence[str], error: Exception) -> None:
        """Nothing that waits may leave: neither what was in the transaction nor what waits behind it."""
        behind = [self._direct.popleft() for _ in range(len(self._direct))]
        lost = [*batch, *behind]
        _log.error("audit.unwritten", events=len(lost), trace=trace(error))
        futures = [one.future for one in lost] + [self._held.pop(event, None) for event in asked]
        for future in futures:
            if future is not None and not future.done():
                refusal = Refusal(problems.AUDIT_UNAVAILABLE)
                refusal.__cause__ = error
                future.set_exception(refusal)


@asynccontextmanager
async def audit_writer(
    database: Database, clock: Clock, *, alone: bool, meter: AuditMeter | None = None
) -> AsyncIterator[AuditWriter]:
    """A writer that writes until the block ends; then what waits is written first.

    Args:
        database: where.
        clock: tells when.
        meter: counts what is written.
        alone: no other process has an epoch: on SQLite, whoever serves from the file.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    writer = AuditWriter(database, clock, meter)
    await writer.begin(alone=alone)
    task = asyncio.create_task(writer.run(), name="audit")
    try:
        yield writer
    finally:
        writer.stop()
        await task
        await writer.end()


def _written(event: Event) -> Written:
    """The event, if it can be written at all: one that cannot must not spoil those with which it would be written."""
    return Written(event, event.record())
