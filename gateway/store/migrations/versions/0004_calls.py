"""The operational record: a row for every call to a system."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "calls",
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("answered_at", _INSTANT, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("queued_ms", sa.Double, nullable=False),
        sa.Column("taken_ms", sa.Double, nullable=False),
        sa.Column("request_bytes", sa.BigInteger, nullable=False),
        sa.Column("reply_bytes", sa.BigInteger),
        sa.Column("reply_sha256", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("served_from", sa.Text),
        sa.Column("breaker", sa.Text, nullable=False),
        sa.Column("not_sent", sa.Text),
        sa.PrimaryKeyConstraint("place", name="pk_calls"),
    )
    op.create_index("ix_calls_system_place", "calls", ["system", "place"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("calls")
