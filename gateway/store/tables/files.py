"""Uploads and files behind tickets: a row for each, and a row for each chunk of its bytes.

``digest`` is SHA-256 of what is a key in its bearer's hands, ``owner`` a keyed digest; ``sealed`` columns hold what is
personal: name, media type and digest of a file, and its bytes. ``source`` is the file whose bytes a ticket is lent on.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from gateway.store.tables.base import UtcDateTime, metadata

files = Table(
    "files",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("owner", LargeBinary, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("sending", LargeBinary),
    Column("chunks", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("source", LargeBinary),
)
Index(None, files.c.owner, files.c.expires_at)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column("file", LargeBinary, ForeignKey(files.c.digest, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
