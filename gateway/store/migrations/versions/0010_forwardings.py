"""What is forwarded to exchanges: found by state, number and the time at which it was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "share_forwardings",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("first_sent_at", _INSTANT),
        sa.Column("sent_at", _INSTANT),
        sa.PrimaryKeyConstraint("request", name="pk_share_forwardings"),
        sa.ForeignKeyConstraint(
            ["request"], ["share_requests.id"], name="fk_share_forwardings_request_share_requests", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_forwardings_state_since", "share_forwardings", ["state", "since"])
    op.create_index("ix_share_forwardings_system_number", "share_forwardings", ["system", "number"])
    op.create_index("ix_share_forwardings_system_sent_at", "share_forwardings", ["system", "sent_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("share_forwardings")
