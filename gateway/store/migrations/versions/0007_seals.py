"""The seal register."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "seals",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_seals"),
        sa.UniqueConstraint("number", name="uq_seals_number"),
    )
    op.create_index("ix_seals_ends_at", "seals", ["ends_at"])
    op.create_table(
        "seal_versions",
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seal", "version", name="pk_seal_versions"),
        sa.ForeignKeyConstraint(["seal"], ["seals.id"], name="fk_seal_versions_seal_seals", ondelete="CASCADE"),
    )
    op.create_table(
        "seal_materials",
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seal", "digest", name="pk_seal_materials"),
        sa.ForeignKeyConstraint(["seal"], ["seals.id"], name="fk_seal_materials_seal_seals", ondelete="CASCADE"),
    )
    op.create_table(
        "seal_bodies",
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("owns", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("seal", "body", name="pk_seal_bodies"),
        sa.ForeignKeyConstraint(["seal"], ["seals.id"], name="fk_seal_bodies_seal_seals", ondelete="CASCADE"),
    )
    op.create_index("ix_seal_bodies_body", "seal_bodies", ["body"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("seal_bodies")
    op.drop_table("seal_materials")
    op.drop_table("seal_versions")
    op.drop_table("seals")
