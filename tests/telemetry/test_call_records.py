"""The operational record: nothing waits for it, nothing is lost silently, and both databases say the same of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from gateway.core.call_ledger import CallFilter, CallStatistics
from gateway.core.call_record import CallRecord, NotSent
from gateway.core.errors import StoreUnavailable
from gateway.core.outcome import Fault, Outcome
from gateway.store import call_records
from gateway.store.call_ledger import DatabaseCallLedger
from gateway.store.call_records import BATCH, CAPACITY, PAUSE, CallRecorder, call_recorder
from gateway.store.database import Database
from tests.services.fakes import ManualClock
from tests.telemetry.records import START, call

KEEP = timedelta(days=30)
ALL = CallFilter(since=START - timedelta(days=60), until=START + timedelta(days=60))


def recorder(database: Database, capacity: int = CAPACITY) -> CallRecorder:
    return CallRecorder(database, ManualClock(), KEEP, capacity=capacity)


async def written(database: Database, *records: CallRecord) -> DatabaseCallLedger:
    made = recorder(database)
    for record in records:
        made.record(record)
    await made.flush()
    return DatabaseCallLedger(database)


class Absent(Database):
    """A database that is not there until it is told to be."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.kind = real.kind
        self.is_there = False
        self.tries = 0
        self.committed = asyncio.Event()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        self.tries += 1
        if not self.is_there:
            raise StoreUnavailable("the database cannot be reached")
        async with self.real.writing() as connection:
            yield connection
        self.committed.set()


async def test_a_call_comes_back_as_it_was(any_database: Database) -> None:
    plain = call()
    held = call(
        at=1, sent_at=None, received=None, status=None, outcome=Outcome.UNAVAILABLE, fault=Fault.THEIRS, code=None,
        served_from=None, not_sent=NotSent.PAUSED,
    )  # fmt: skip
    ledger = await written(any_database, plain, held)
    assert [recorded.record for recorded in await ledger.calls(ALL, 10)] == [held, plain]


async def test_the_newest_come_first_and_pages_join_without_gaps(any_database: Database) -> None:
    ledger = await written(any_database, *(call(at=second % 7) for second in range(20)))
    whole = await ledger.calls(ALL, 100)
    first = await ledger.calls(ALL, 8)
    second = await ledger.calls(ALL, 100, first[-1].place)
    assert [*first, *second] == list(whole)
    assert [one.record.asked_at for one in whole] == sorted((one.record.asked_at for one in whole), reverse=True)
    assert len({one.place for one in whole}) == 20


async def test_only_what_was_asked_for_is_told(any_database: Database) -> None:
    ledger = await written(
        any_database, call(at=0), call(at=10), call(at=20, system="tax"), call(at=30, application="hall")
    )

    async def found(**changes: object) -> list[int]:
        which = msgspec.structs.replace(ALL, **changes)
        return [(one.record.asked_at - START).seconds for one in await ledger.calls(which, 10)]

    assert await found(since=START + timedelta(seconds=10)) == [30, 20, 10]
    assert await found(until=START + timedelta(seconds=20)) == [10, 0]
    assert await found(systems=frozenset({"tax", "unknown"})) == [20]
    assert await found(systems=frozenset()) == []
    assert await found(application="hall") == [30]


async def test_more_lines_than_a_batch_are_all_written(any_database: Database) -> None:
    made = recorder(any_database)
    for _ in range(BATCH + 3):
        made.record(call())
    assert made.state().pending == BATCH + 3
    await made.flush()
    assert (made.state().pending, made.state().written, made.state().dropped) == (0, BATCH + 3, 0)
    assert len(await DatabaseCallLedger(any_database).calls(ALL, 10_000)) == BATCH + 3


async def test_a_full_queue_loses_lines_at_once_and_says_how_many(any_database: Database) -> None:
    made = recorder(any_database, capacity=2)
    for _ in range(5):
        made.record(call())
    assert (made.state().pending, made.state().dropped) == (2, 3)
    with capture_logs() as logs:
        await made.flush()
        await made.flush()
    assert [(line["event"], line["dropped"]) for line in logs] == [("calls.dropped", 3)]
    made.record(call())
    await made.flush()
    assert made.state().written == 3


async def test_lines_wait_for_a_database_that_is_away_and_are_written_once(any_database: Database) -> None:
    absent = Absent(any_database)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if seconds == PAUSE:
            absent.is_there = True
        await asyncio.sleep(0)

    made = CallRecorder(absent, ManualClock(), KEEP, sleep=sleep)
    with capture_logs() as logs:
        task = asyncio.create_task(made.keep_writing())
        made.record(call())
        async with asyncio.timeout(60):
            await absent.committed.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert pauses.count(PAUSE) == 1
    assert [line["event"] for line in logs] == ["calls.unwritten"]
    assert len(await DatabaseCallLedger(any_database).calls(ALL, 10)) == 1


async def test_a_batch_whose_commit_was_in_doubt_does_not_come_twice(any_database: Database) -> None:
    """The commit is carried out and its acknowledgement is lost."""

    class Doubtful(Absent):
        @asynccontextmanager
        async def writing(self) -> AsyncIterator[AsyncConnection]:
            async with self.real.writing() as connection:
                yield connection
            if not self.is_there:
                raise StoreUnavailable("the connection to the database broke")

    doubtful = Doubtful(any_database)
    made = recorder(doubtful)
    made.record(call())
    with pytest.raises(StoreUnavailable):
        await made.flush()
    assert made.state().pending == 1
    doubtful.is_there = True
    await made.flush()
    assert len(await DatabaseCallLedger(any_database).calls(ALL, 10)) == 1


async def test_lines_that_no_database_takes_do_not_stop_those_behind_them(any_database: Database) -> None:
    made = recorder(any_database)
    made.record(call(version=2**80))
    with capture_logs() as logs:
        await made.flush()
        made.record(call())
        await made.flush()
    assert [line["event"] for line in logs] == ["calls.defect", "calls.dropped"]
    assert (made.state().written, made.state().dropped) == (1, 1)


async def test_what_is_older_than_it_is_kept_is_swept(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_records, "_SWEPT", 2)
    day = 86_400
    ledger = await written(any_database, *(call(at=-30 * day - second) for second in range(1, 6)), call(at=-30 * day))
    assert await recorder(any_database).sweep() == 5
    assert [one.record.asked_at for one in await ledger.calls(ALL, 10)] == [START - KEEP]


async def test_sweeping_goes_on_after_the_database_was_away(any_database: Database) -> None:
    absent = Absent(any_database)
    await written(any_database, call(at=-31 * 86_400))

    async def sleep(seconds: float) -> None:
        if absent.tries > 1:
            raise asyncio.CancelledError
        absent.is_there = True

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await CallRecorder(absent, ManualClock(), KEEP, sleep=sleep).keep_sweeping()
    assert [line["event"] for line in logs] == ["calls.unswept", "calls.swept"]


async def test_the_last_lines_are_written_when_the_gateway_ends(any_database: Database) -> None:
    async with call_recorder(any_database, ManualClock(), KEEP) as made:
        made.record(call())
    assert len(await DatabaseCallLedger(any_database).calls(ALL, 10)) == 1


async def test_an_end_without_a_database_is_told_and_ends(any_database: Database) -> None:
    with capture_logs() as logs:
        async with call_recorder(Absent(any_database), ManualClock(), KEEP) as made:
            made.record(call())
    assert ("calls.unwritten", 1) in [(line["event"], line.get("waiting")) for line in logs]


async def test_statistics_say_how_calls_went(any_database: Database) -> None:
    """Percentiles are of the nearest rank; the deviation is of all values."""
    taken = (10.0, 20.0, 30.0, 40.0)
    good = [call(at=at, taken_ms=taken[at], request_bytes=100) for at in range(4)]
    empty = call(at=5, outcome=Outcome.NOT_FOUND, taken_ms=50.0, request_bytes=100, received=None)
    late = call(at=6, outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, taken_ms=60.0, request_bytes=100, received=None)
    held = call(at=7, outcome=Outcome.UNAVAILABLE, fault=Fault.THEIRS, received=None, not_sent=NotSent.PAUSED)
    other = call(at=8, operation="get", received=None, outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK)
    ledger = await written(any_database, *good, empty, late, held, other)
    get, listed = await ledger.statistics(ALL)
    assert (get.operation, get.last_success, get.reply_bytes) == ("get", None, None)
    assert listed.calls == 7
    assert listed.succeeded == 5
    assert listed.outcomes == {
        Outcome.NOT_FOUND: 1, Outcome.OK: 4, Outcome.TIMED_OUT: 1, Outcome.UNAVAILABLE: 1,
    }  # fmt: skip
    assert listed.last_success == empty.answered_at
    assert listed.last_failure == held.answered_at
    spread = listed.milliseconds
    assert spread is not None
    assert (spread.least, spread.average, spread.most, spread.p50, spread.p95) == (10, 35, 60, 30, 60)
    assert spread.deviation == pytest.approx(17.0783, abs=1e-3)
    assert listed.request_bytes is not None
    assert (listed.request_bytes.average, listed.request_bytes.deviation) == (100, 0)
    assert listed.reply_bytes is not None
    assert listed.reply_bytes.average == 4_000


async def test_a_span_without_calls_has_no_statistics(any_database: Database) -> None:
    ledger = await written(any_database, call())
    empty: list[CallStatistics] = []
    which = msgspec.structs.replace(ALL, since=START + timedelta(seconds=1))
    assert list(await ledger.statistics(which)) == empty
