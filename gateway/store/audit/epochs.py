"""Epochs: one for each start of a replica; it lives as long as it is heard of."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, insert, select, update

from gateway.store.tables.audit import epochs

LEASE = timedelta(seconds=30)
"""Without a word for so long, an epoch is over: others chain what it left, and seal its chains."""


def living(now: datetime) -> Select[str]:
    """The epochs that are heard of."""
    return select(epochs.c.epoch).where(epochs.c.seen_at > now - LEASE)


def begin(connection: Connection, epoch: str, now: datetime, *, alone: bool) -> None:
    """Begin an epoch; where a database has one user only (``alone``), all others are over."""
    if alone:
        connection.execute(delete(epochs))
    connection.execute(insert(epochs).values(epoch=epoch, began_at=now, seen_at=now))


def touch(connection: Connection, epoch: str, now: datetime) -> None:
    """Let others know that the epoch lives."""
    connection.execute(update(epochs).where(epochs.c.epoch == epoch).values(seen_at=now))


def end(connection: Connection, epoch: str) -> None:
    """End an epoch."""
    connection.execute(delete(epochs).where(epochs.c.epoch == epoch))
