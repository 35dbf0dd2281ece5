"""Events and helpers for tests of the audit."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from gateway.core.audit.chain import Chain, entry_hash, read_header
from gateway.core.audit.events import Actor, Event, Heard, UseReference
from gateway.core.audit.merkle import Tree
from gateway.core.outcome import Outcome
from gateway.core.use import UseBasis
from gateway.store.audit.chaining import read_chain
from gateway.store.audit.writer import AuditWriter
from gateway.store.database import Database
from gateway.store.tables.audit import chains, entries, pending

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
_numbers = count(1)


class AuditClock:
    """Stands still until it is told to step."""

    def __init__(self, start: datetime = NOON) -> None:
        self.at = start
        self.passed = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.passed

    def step(self, **span: float) -> None:
        self.at += timedelta(**span)
        self.passed += timedelta(**span).total_seconds()


def an_event(kind: str = "licences.fetched", **changed: Any) -> Event:
    """An event of its own id."""
    usual: dict[str, Any] = {
        "id": f"{next(_numbers):032x}",
        "kind": kind,
        "at": NOON,
        "application": "portal",
        "actor": Actor(role="officer", subject="o-1", body="11420000011043217X", body_name="示例机构"),
        "use": UseReference(reference="ab" * 16, basis=UseBasis.STATUTORY, item="11420000-0001", case="BJ-1"),
        "subject": "cd" * 16,
        "systems": (Heard(system="city", outcome=Outcome.OK, rows=1, bytes=10, sha256=("00" * 32,)),),
        "shown": ("name", "state"),
        "count": 1,
    }
    return Event(**usual | changed)


async def verify_chains(database: Database) -> list[str]:
    """Every chain in the database fits together; the ids of all events in it, each once."""
    found: list[str] = []
    async with database.reading() as connection:
        for row in list(await connection.execute(select(chains).where(chains.c.pruned_at.is_(None)))):
            chain = Chain.begin(read_header(row.header.encode()))
            assert chain.name == row.name
            links = list(
                await connection.execute(select(entries).where(entries.c.chain == row.name).order_by(entries.c.number))
            )
            head = chain.head
            for number, link in enumerate(links, 1):
                assert link.number == number
                head = entry_hash(head, link.record.encode())
                assert head.hex() == link.hash
                found.append(link.event)
            assert (row.length, row.head) == (len(links), head.hex())
            peaks = [bytes.fromhex(link.hash) for link in links]
            assert read_chain(row).tree.root() == Tree(peaks).root
    assert len(found) == len(set(found))
    return found


async def waiting(database: Database) -> list[str]:
    """The ids of events that are not chained yet."""
    async with database.reading() as connection:
        return list(await connection.scalars(select(pending.c.event)))


async def hold_and_commit(database: Database, writer: AuditWriter, event: Event) -> None:
    """What a business transaction does."""
    async with database.writing() as connection:
        await writer.within(event)(connection)
