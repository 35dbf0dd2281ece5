"""Sealings; and tickets for files that are kept already."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, and the column."""
    op.create_table(
        "sealings",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("callback", sa.LargeBinary, nullable=False),
        sa.Column("batch", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("platform", sa.Text),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sealings"),
        sa.UniqueConstraint("owner", "key", name="uq_sealings_owner_key"),
        sa.UniqueConstraint("callback", name="uq_sealings_callback"),
    )
    op.create_index("ix_sealings_batch", "sealings", ["batch"])
    op.create_index("ix_sealings_owner_requested_at_id", "sealings", ["owner", "requested_at", "id"])
    op.create_index("ix_sealings_seal_state_requested_at", "sealings", ["seal", "state", "requested_at"])
    op.create_index("ix_sealings_state_requested_at", "sealings", ["state", "requested_at"])
    op.create_index("ix_sealings_platform_sent_at", "sealings", ["platform", "sent_at"])
    op.create_index("ix_sealings_requested_at", "sealings", ["requested_at"])
    with op.batch_alter_table("files") as files:
        files.add_column(sa.Column("source", sa.LargeBinary))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("files") as files:
        files.drop_column("source")
    op.drop_table("sealings")
