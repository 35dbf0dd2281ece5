"""Uses, mandates, presented licences and pre-application numbers.

``digest`` columns hold SHA-256 of what is a key in its bearer's hands. ``owner`` columns hold keyed digests, by which
the rows of one person are counted. ``sealed`` columns hold what is personal: see ``gateway.core.sealing``.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

uses = Table(
    "uses",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("basis", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("proven_at", UtcDateTime),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, uses.c.owner, uses.c.expires_at)

mandates = Table(
    "mandates",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("revoked_at", UtcDateTime),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, mandates.c.owner, mandates.c.expires_at)

presentations = Table(
    "presentations",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("item", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("reader", LargeBinary),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, presentations.c.owner, presentations.c.expires_at)

pre_applications = Table(
    "pre_applications",
    metadata,
    Column("number", Text, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("item", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("case_number", Text),
    Column("bound_at", UtcDateTime, index=True),
    Column("uses", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, pre_applications.c.owner, pre_applications.c.case_number)
Index(None, pre_applications.c.due_at, pre_applications.c.number)
