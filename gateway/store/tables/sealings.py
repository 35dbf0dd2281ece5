"""Sealings, one row each: what they are found by, and the sealing itself, which names persons and cases.

``owner``, ``key`` and ``callback`` are keyed digests, or SHA-256 of what is its bearer's. ``sent_at`` is when it was
first tried to have a platform seal it.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from gateway.store.tables.base import UtcDateTime, metadata

sealings = Table(
    "sealings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("callback", LargeBinary, nullable=False, unique=True),
    Column("batch", Text, index=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("application", Text, nullable=False),
    Column("seal", Text, nullable=False),
    Column("platform", Text),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("owner", "key"),
)
Index(None, sealings.c.owner, sealings.c.requested_at, sealings.c.id)
Index(None, sealings.c.seal, sealings.c.state, sealings.c.requested_at)
Index(None, sealings.c.state, sealings.c.requested_at)
Index(None, sealings.c.platform, sealings.c.sent_at)
Index(None, sealings.c.requested_at)
