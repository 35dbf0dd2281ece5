"""Disputes that are forwarded to exchanges: found by state and number."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "share_dispute_forwardings",
        sa.Column("dispute", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("authority", sa.Text),
        sa.Column("number", sa.Text),
        sa.PrimaryKeyConstraint("dispute", name="pk_share_dispute_forwardings"),
        sa.ForeignKeyConstraint(
            ["dispute"],
            ["share_disputes.id"],
            name="fk_share_dispute_forwardings_dispute_share_disputes",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_share_dispute_forwardings_state_since", "share_dispute_forwardings", ["state", "since"])
    op.create_index("ix_share_dispute_forwardings_system_number", "share_dispute_forwardings", ["system", "number"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("share_dispute_forwardings")
