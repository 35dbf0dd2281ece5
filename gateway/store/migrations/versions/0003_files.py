"""Uploads and files behind tickets, with the chunks of their bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "files",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("sending", sa.LargeBinary),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_files"),
    )
    op.create_index("ix_files_expires_at", "files", ["expires_at"])
    op.create_index("ix_files_owner_expires_at", "files", ["owner", "expires_at"])
    op.create_table(
        "file_chunks",
        sa.Column("file", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("file", "number", name="pk_file_chunks"),
        sa.ForeignKeyConstraint(["file"], ["files.digest"], name="fk_file_chunks_file_files", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("file_chunks")
    op.drop_table("files")
