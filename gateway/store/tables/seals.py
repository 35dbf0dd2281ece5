"""The seal register: a row for each seal, all its versions, what it is made of, and the bodies that it concerns.

``sealed`` columns hold the rest of a version (state, owners, authorisations, the key's reference), and the structure
with certificates. Nobody who writes to the tables can make or move one: see ``gateway.core.sealing``.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

seals = Table(
    "seals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False),
    Column("ends_at", UtcDateTime, index=True),
)

seal_versions = Table(
    "seal_versions",
    metadata,
    Column("seal", Text, ForeignKey(seals.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

seal_materials = Table(
    "seal_materials",
    metadata,
    Column("seal", Text, ForeignKey(seals.c.id, ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

seal_bodies = Table(
    "seal_bodies",
    metadata,
    Column("seal", Text, ForeignKey(seals.c.id, ondelete="CASCADE"), primary_key=True),
    Column("body", Text, primary_key=True, index=True),
    Column("owns", Boolean, nullable=False),
)
