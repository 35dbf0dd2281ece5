"""Records and uses: what the gateway remembers of purposes, mandates, shown codes and pre-application numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_EXPIRING = ("uses", "mandates", "presentations")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "channels",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channels"),
    )
    op.create_table(
        "announcements",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("announced_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "version", name="pk_announcements"),
    )

    op.create_table(
        "uses",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("proven_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_uses"),
    )
    op.create_table(
        "mandates",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_mandates"),
    )
    op.create_table(
        "presentations",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("reader", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_presentations"),
    )
    op.create_table(
        "pre_applications",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("case_number", sa.Text),
        sa.Column("bound_at", _INSTANT),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_pre_applications"),
    )
    for table in _EXPIRING:
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
        op.create_index(f"ix_{table}_owner_expires_at", table, ["owner", "expires_at"])
    op.create_index("ix_pre_applications_owner_case_number", "pre_applications", ["owner", "case_number"])
    op.create_index("ix_pre_applications_due_at_number", "pre_applications", ["due_at", "number"])
    op.create_index("ix_pre_applications_bound_at", "pre_applications", ["bound_at"])


def downgrade() -> None:
    """Remove them."""
    for table in ("pre_applications", *_EXPIRING, "announcements", "channels"):
        op.drop_table(table)
