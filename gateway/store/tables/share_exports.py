"""Exports of shared records, and their pages until there is a file of them.

``owner`` and ``key`` are keyed digests. The export itself is sealed, for it names persons; so are the records of a
page, which are gone once the export has ended. What its receipt is made of stays and names nobody.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.store.tables.base import UtcDateTime, metadata

share_exports = Table(
    "share_exports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("owner", "key"),
)
Index(None, share_exports.c.owner, share_exports.c.asked_at, share_exports.c.id)

share_export_pages = Table(
    "share_export_pages",
    metadata,
    Column("export", Text, ForeignKey(share_exports.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("receipt", Text, nullable=False),
    Column("given", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("export", "number"),
)
