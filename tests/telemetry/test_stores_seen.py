"""What the ops port shows of the database and the audit is what they do."""

from gateway.core.audit.catalogue import kinds
from gateway.core.audit.events import Event
from gateway.core.telemetry import NoMeter
from gateway.store.audit.writer import audit_writer
from gateway.store.database import Database
from tests.services.fakes import START, ManualClock


async def test_connections_are_counted_where_there_is_a_pool(any_database: Database) -> None:
    if any_database.kind == "sqlite":
        assert any_database.pool() is None
        return
    async with any_database.reading() as first, any_database.reading() as second:
        assert first is not second
        inside = any_database.pool()
    after = any_database.pool()
    assert inside is not None
    assert after is not None
    assert (inside.used, after.used, after.idle, after.limit) == (2, 0, 2, 10)


async def test_the_audits_batches_are_counted(any_database: Database) -> None:
    batches: list[int] = []

    class Counting(NoMeter):
        def audit_written(self, events: int, seconds: float) -> None:
            assert seconds >= 0
            batches.append(events)

    async with audit_writer(any_database, ManualClock(), alone=True, meter=Counting()) as writer:
        begun = sum(batches)
        assert begun >= 1
        await writer.record(Event(id="0" * 32, kind=kinds()[0].code, at=START))
        assert sum(batches) == begun + 1
        assert writer.waiting == 0
