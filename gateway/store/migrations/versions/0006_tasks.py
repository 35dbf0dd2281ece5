"""Durable tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tasks",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("group", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ready_at", _INSTANT),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("lapses", sa.Integer, nullable=False),
        sa.Column("woken_at", _INSTANT),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("kind", "key", name="uq_tasks_kind_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_group", "tasks", ["group"])
    op.create_index("ix_tasks_kind_ready_at_id", "tasks", ["kind", "ready_at", "id"])
    op.create_index("ix_tasks_kind_subject", "tasks", ["kind", "subject"])
    op.create_index("ix_tasks_ended_at_kind_state", "tasks", ["ended_at", "kind", "state"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("tasks")
