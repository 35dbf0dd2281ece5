"""The audit: events that wait for their place, chains with their entries, checkpoints and the keys that signed them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit_epochs",
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("epoch", name="pk_audit_epochs"),
    )
    op.create_table(
        "audit_pending",
        sa.Column("place", _NUMBER, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_audit_pending"),
        sa.UniqueConstraint("event", name="uq_audit_pending_event"),
    )
    op.create_index("ix_audit_pending_epoch", "audit_pending", ["epoch"])
    op.create_table(
        "audit_chains",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("retention", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("peaks", sa.Text, nullable=False),
        sa.Column("sealed_in", sa.BigInteger),
        sa.Column("pruned_at", _INSTANT),
        sa.PrimaryKeyConstraint("name", name="pk_audit_chains"),
    )
    _entries()
    _checkpoints()


def _entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ending", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("application", sa.Text),
        sa.Column("actor", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_audit_entries"),
        sa.ForeignKeyConstraint(["chain"], ["audit_chains.name"], name="fk_audit_entries_chain"),
        sa.UniqueConstraint("event", name="uq_audit_entries_event"),
    )
    op.create_index("ix_audit_entries_at_event", "audit_entries", ["at", "event"])
    op.create_index("ix_audit_entries_subject_at_event", "audit_entries", ["subject", "at", "event"])


def _checkpoints() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("public_pem", sa.Text, nullable=False),
        sa.Column("first_used_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_audit_keys"),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("token", sa.LargeBinary),
        sa.PrimaryKeyConstraint("number", name="pk_audit_checkpoints"),
        sa.ForeignKeyConstraint(["key"], ["audit_keys.key"], name="fk_audit_checkpoints_key"),
    )


def downgrade() -> None:
    """Remove them: whatever is to be kept is exported before."""
    for table in ("audit_checkpoints", "audit_keys", "audit_entries", "audit_chains", "audit_pending", "audit_epochs"):
        op.drop_table(table)
