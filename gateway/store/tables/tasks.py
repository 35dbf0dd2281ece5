"""Durable tasks.

``ready_at`` is when somebody may take a task: when it is due, or when its lease is over; empty while it is parked and
once it is done. So one range of one index holds all that can be claimed. A number is never given twice, for a number
and a fence together are what a worker shows.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from gateway.store.tables.base import BigId, UtcDateTime, metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("group", Text, index=True),
    Column("state", Text, nullable=False),
    Column("ready_at", UtcDateTime),
    Column("fence", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lapses", Integer, nullable=False),
    Column("woken_at", UtcDateTime),
    Column("added_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("kind", "key"),
    Index(None, "kind", "ready_at", "id"),
    Index(None, "kind", "subject"),
    Index(None, "ended_at", "kind", "state"),
    sqlite_autoincrement=True,
)
