"""Exports of shared records."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "share_exports",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_exports"),
        sa.UniqueConstraint("owner", "key", name="uq_share_exports_owner_key"),
    )
    op.create_index("ix_share_exports_expires_at", "share_exports", ["expires_at"])
    op.create_index("ix_share_exports_owner_asked_at_id", "share_exports", ["owner", "asked_at", "id"])
    op.create_table(
        "share_export_pages",
        sa.Column("export", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("given", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("export", "number", name="pk_share_export_pages"),
        sa.ForeignKeyConstraint(
            ["export"], ["share_exports.id"], name="fk_share_export_pages_export_share_exports", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("share_export_pages")
    op.drop_table("share_exports")
