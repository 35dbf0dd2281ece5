"""The audit: events that wait for their place, chains with their entries, checkpoints and the keys that signed them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from gateway.store.tables.base import BigId, UtcDateTime, metadata

epochs = Table(
    "audit_epochs",
    metadata,
    Column("epoch", Text, primary_key=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

pending = Table(
    "audit_pending",
    metadata,
    Column("place", BigId, primary_key=True),
    Column("event", Text, nullable=False, unique=True),
    Column("epoch", Text, nullable=False, index=True),
    Column("record", Text, nullable=False),
)

chains = Table(
    "audit_chains",
    metadata,
    Column("name", Text, primary_key=True),
    Column("header", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("retention", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
    Column("peaks", Text, nullable=False),
    Column("sealed_in", BigInteger),
    Column("pruned_at", UtcDateTime),
)

entries = Table(
    "audit_entries",
    metadata,
    Column("chain", Text, ForeignKey(chains.c.name), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("ending", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("application", Text),
    Column("actor", Text),
    Column("subject", Text),
    Column("hash", Text, nullable=False),
    Column("record", Text, nullable=False),
    Index(None, "at", "event"),
    Index(None, "subject", "at", "event"),
)

keys = Table(
    "audit_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("public_pem", Text, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
)

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("record", Text, nullable=False),
    Column("key", Text, ForeignKey(keys.c.key), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("token", LargeBinary),
)
