"""What replicas tell each other: the last messages of each channel, in the order in which they were committed."""

from sqlalchemy import BigInteger, Column, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

channels = Table(
    "channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

announcements = Table(
    "announcements",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
    Column("announced_at", UtcDateTime, nullable=False),
)
