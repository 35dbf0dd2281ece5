"""The operational record: a row for every call to a system.

``place`` begins with the moment at which the call was wanted, so it orders, bounds and sweeps the rows by itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Column, Double, Index, Integer, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

calls = Table(
    "calls",
    metadata,
    Column("place", Text, primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("queued_ms", Double, nullable=False),
    Column("taken_ms", Double, nullable=False),
    Column("request_bytes", BigInteger, nullable=False),
    Column("reply_bytes", BigInteger),
    Column("reply_sha256", Text),
    Column("status", Integer),
    Column("outcome", Text, nullable=False),
    Column("fault", Text),
    Column("code", Text),
    Column("served_from", Text),
    Column("breaker", Text, nullable=False),
    Column("not_sent", Text),
    Index(None, "system", "place"),
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def place_at(moment: datetime) -> str:
    """What is not after the place of any call that was wanted at ``moment`` or later: microseconds of Unix time."""
    return f"{(moment - _EPOCH) // timedelta(microseconds=1):014x}"
