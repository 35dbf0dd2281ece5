"""Disputes are found by region, as far as they changed since: before, only the sealed dispute says it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column."""
    op.add_column("share_disputes", sa.Column("region", sa.Text))
    op.create_index("ix_share_disputes_region_reported_at", "share_disputes", ["region", "reported_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_share_disputes_region_reported_at", "share_disputes")
    op.drop_column("share_disputes", "region")
