"""Chaining events inside one transaction: each goes to the end of its class's chain of this epoch and month.

What chains is written for a connection that waits, so that all of it can be one stroke in a thread.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.audit.catalogue import Retention, find_kind
from gateway.core.audit.chain import Chain, Header, Link, Predecessor
from gateway.core.audit.events import Event, read_event
from gateway.core.audit.merkle import Frontier
from gateway.store.audit.epochs import living
from gateway.store.tables.audit import chains, entries, pending

MOST_AT_ONCE = 200
"""Events in one transaction: enough to share its cost, few enough to end in milliseconds."""

MOST_IN_CHAIN = 100_000
"""Entries after which a chain is full and the next begins: proofs of an export are made from all hashes of a chain."""

_PEAK_DIGITS = 64
_ADVANCE = (  # made once, as making a statement takes longer than running it
    update(chains)
    .where(chains.c.name == bindparam("chain"), chains.c.length == bindparam("before"), chains.c.sealed_in.is_(None))
    .values(length=bindparam("after"), head=bindparam("newest"), peaks=bindparam("roots"))
)
_APPEND = insert(entries)
_HOLD = insert(pending)


class ChainMoved(Exception):
    """A chain is not where this process left it: it was sealed, because its owner had not been heard of for long."""


class Written(NamedTuple):
    """An event with its canonical JSON, which is made once."""

    event: Event
    record: bytes


class Known(msgspec.Struct):
    """The chains of one epoch as far as this process knows them."""

    month: str
    chains: dict[Retention, Chain]


def chain_events(
    connection: Connection, epoch: str, known: Known, direct: Sequence[Written], now: datetime, *, held: bool
) -> list[str]:
    """Chain ``direct`` events and, if ``held``, those that wait in the database; ``known`` is brought up to date.

    Returns:
        the ids of all that were chained.

    Raises:
        ChainMoved: a chain was sealed by another; nothing of this transaction may be kept.
    """
    waiting = list(connection.execute(_waiting(epoch))) if held else []
    events = [*(_read(row.record.encode()) for row in waiting), *direct]
    if not events:
        return []
    if known.month != _month(now):
        known.month, known.chains = _month(now), {}
    rows: list[dict[str, Any]] = []
    for retention, mine in _by_class(events).items():
        before = known.chains.get(retention)
        if before is None or before.count >= MOST_IN_CHAIN:
            before = _found_or_begun(connection, epoch, retention, now)
        after = before
        for event, record in mine:
            after, link = after.append(record)
            rows.append(entry_row(after.name, event, link))
        _advance(connection, before, after)
        known.chains[retention] = after
    connection.execute(_APPEND, rows)
    if waiting:
        connection.execute(delete(pending).where(pending.c.place.in_([row.place for row in waiting])))
    return [event.id for event, _ in events]


async def hold(connection: AsyncConnection, epoch: str, written: Sequence[Written]) -> None:
    """Leave events in a business transaction, to be chained after it."""
    rows = [{"event": one.event.id, "epoch": epoch, "record": one.record.decode()} for one in written]
    await connection.execute(_HOLD, rows)


def adopt(connection: Connection, epoch: str, now: datetime) -> int:
    """Take over the waiting events of epochs that are not heard of any more; how many."""
    taken = connection.execute(
        update(pending).where(pending.c.epoch != epoch, pending.c.epoch.not_in(living(now))).values(epoch=epoch)
    )
    return taken.rowcount


def read_chain(row: Row[Any]) -> Chain:
    """The chain of a row."""
    peaks = tuple(
        bytes.fromhex(row.peaks[start : start + _PEAK_DIGITS]) for start in range(0, len(row.peaks), _PEAK_DIGITS)
    )
    return Chain(row.name, bytes.fromhex(row.head), Frontier(row.length, peaks))


def _waiting(epoch: str) -> Any:  # noqa: ANN401 - a Select of its columns
    return (
        select(pending.c.place, pending.c.record)
        .where(pending.c.epoch == epoch)
        .order_by(pending.c.place)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )


def _found_or_begun(connection: Connection, epoch: str, retention: Retention, now: datetime) -> Chain:
    mine = (
        select(chains)
        .where(
            chains.c.epoch == epoch,
            chains.c.retention == retention.value,
            chains.c.month == _month(now),
            chains.c.sealed_in.is_(None),
            chains.c.length < MOST_IN_CHAIN,
        )
        .order_by(chains.c.ordinal.desc())
        .limit(1)
    )
    found = (connection.execute(mine)).first()
    if found is not None:
        return read_chain(found)
    others = select(func.count()).select_from(chains).where(chains.c.epoch == epoch)
    header = Header(
        epoch=epoch,
        ordinal=(connection.execute(others)).scalar_one() + 1,
        retention=retention,
        month=_month(now),
        began=now.astimezone(UTC).isoformat(),
        predecessor=_predecessor(connection, epoch, retention, now),
    )
    chain = Chain.begin(header)
    row = {
        "name": chain.name,
        "header": header.record().decode(),
        "epoch": epoch,
        "ordinal": header.ordinal,
        "retention": retention.value,
        "month": header.month,
        "began_at": now,
        "length": 0,
        "head": chain.head.hex(),
        "peaks": "",
    }
    connection.execute(insert(chains).values(row))
    return chain


def _predecessor(connection: Connection, epoch: str, retention: Retention, now: datetime) -> Predecessor | None:
    """The last chain of the class that nobody else is writing: this epoch's own, or a dead one's."""
    last = (
        select(chains.c.name, chains.c.length, chains.c.head)
        .where(chains.c.retention == retention.value, (chains.c.epoch == epoch) | chains.c.epoch.not_in(living(now)))
        .order_by(chains.c.began_at.desc(), chains.c.ordinal.desc(), chains.c.name)
        .limit(1)
    )
    row = (connection.execute(last)).first()
    return Predecessor(row.name, row.length, row.head) if row is not None else None


def _advance(connection: Connection, before: Chain, after: Chain) -> None:
    values = {
        "chain": before.name,
        "before": before.count,
        "after": after.count,
        "newest": after.head.hex(),
        "roots": b"".join(after.tree.peaks).hex(),
    }
    moved = connection.execute(_ADVANCE, values)
    if moved.rowcount != 1:
        raise ChainMoved


def _read(record: bytes) -> Written:
    return Written(read_event(record), record)


def _by_class(events: Sequence[Written]) -> dict[Retention, list[Written]]:
    """Events by class, classes in one order everywhere; a kind that this program does not know is kept longest."""
    found: dict[Retention, list[Written]] = {}
    for written in events:
        kind = find_kind(written.event.kind)
        found.setdefault(kind.retention if kind else Retention.ADMIN, []).append(written)
    return dict(sorted(found.items()))


def entry_row(chain: str, event: Event, link: Link) -> dict[str, Any]:
    """What stands in the table of an entry; all but ``hash`` and ``record`` only for finding it."""
    return {
        "chain": chain,
        "number": link.number,
        "event": event.id,
        "kind": event.kind,
        "ending": event.ending.value,
        "at": event.at,
        "application": event.application,
        "actor": event.actor.subject if event.actor else None,
        "subject": event.subject,
        "hash": link.hash.hex(),
        "record": link.record.decode(),
    }


def _month(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m}"
