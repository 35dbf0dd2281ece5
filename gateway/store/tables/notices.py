"""Notices on systems: one row a system, all its notices as a document that is replaced as a whole."""

from sqlalchemy import BigInteger, Column, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

system_notices = Table(
    "system_notices",
    metadata,
    Column("system", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
