"""Data sharing: catalogue, requests, grants and quotas, receipts, disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_INSTANT = sa.DateTime(timezone=True)
_TABLES = (
    "share_disputes",
    "share_grants",
    "share_receipt_groups",
    "share_requests",
    "share_resources",
    "share_dispute_recipients",
    "share_grant_users",
    "share_quota_blocks",
    "share_quotas",
    "share_receipts",
    "share_relations",
    "share_request_parties",
    "share_request_steps",
    "share_resource_grams",
    "share_resource_versions",
)
"""In the order in which they are made."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "share_disputes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reporter", sa.Text, nullable=False),
        sa.Column("reported_at", _INSTANT, nullable=False),
        sa.Column("answered_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_disputes"),
    )
    op.create_index("ix_share_disputes_reported_at_id", "share_disputes", ["reported_at", "id"])
    op.create_index("ix_share_disputes_reporter_reported_at", "share_disputes", ["reporter", "reported_at"])
    op.create_index("ix_share_disputes_resource", "share_disputes", ["resource"])
    op.create_index("ix_share_disputes_source_state", "share_disputes", ["source", "state"])
    op.create_table(
        "share_grants",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("valid_from", _INSTANT, nullable=False),
        sa.Column("valid_until", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_grants"),
    )
    op.create_index("ix_share_grants_parent", "share_grants", ["parent"])
    op.create_index("ix_share_grants_provider", "share_grants", ["provider"])
    op.create_index("ix_share_grants_request", "share_grants", ["request"])
    op.create_index("ix_share_grants_requester", "share_grants", ["requester"])
    op.create_index("ix_share_grants_resource", "share_grants", ["resource"])
    op.create_index("ix_share_grants_valid_until", "share_grants", ["valid_until"])
    op.create_table(
        "share_receipt_groups",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_receipt_groups"),
    )
    op.create_table(
        "share_requests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("drafted_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_requests"),
    )
    op.create_index("ix_share_requests_drafted_at_id", "share_requests", ["drafted_at", "id"])
    op.create_index("ix_share_requests_expires_at", "share_requests", ["expires_at"])
    op.create_index("ix_share_requests_resource", "share_requests", ["resource"])
    op.create_index("ix_share_requests_state_drafted_at", "share_requests", ["state", "drafted_at"])
    op.create_table(
        "share_resources",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sharing", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_share_resources"),
    )
    op.create_index("ix_share_resources_provider_code", "share_resources", ["provider", "code"])
    op.create_table(
        "share_dispute_recipients",
        sa.Column("dispute", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("told_at", _INSTANT),
        sa.PrimaryKeyConstraint("dispute", "body", "application", name="pk_share_dispute_recipients"),
        sa.ForeignKeyConstraint(
            ["dispute"],
            ["share_disputes.id"],
            name="fk_share_dispute_recipients_dispute_share_disputes",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_share_dispute_recipients_body_told_at", "share_dispute_recipients", ["body", "told_at"])
    op.create_table(
        "share_grant_users",
        sa.Column("grant", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("grant", "kind", "code", name="pk_share_grant_users"),
        sa.ForeignKeyConstraint(
            ["grant"], ["share_grants.id"], name="fk_share_grant_users_grant_share_grants", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_grant_users_kind_code", "share_grant_users", ["kind", "code"])
    op.create_table(
        "share_quota_blocks",
        sa.Column("grant", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("grant", "holder", name="pk_share_quota_blocks"),
        sa.ForeignKeyConstraint(
            ["grant"], ["share_grants.id"], name="fk_share_quota_blocks_grant_share_grants", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_quota_blocks_holder", "share_quota_blocks", ["holder"])
    op.create_table(
        "share_quotas",
        sa.Column("grant", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("on_day", sa.BigInteger, nullable=False),
        sa.Column("in_all", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("grant", name="pk_share_quotas"),
        sa.ForeignKeyConstraint(
            ["grant"], ["share_grants.id"], name="fk_share_quotas_grant_share_grants", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "share_receipts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("grant", sa.Text, nullable=False),
        sa.Column("use", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("group", sa.Text),
        sa.Column("proof", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_share_receipts"),
        sa.ForeignKeyConstraint(
            ["group"], ["share_receipt_groups.id"], name="fk_share_receipts_group_share_receipt_groups"
        ),
        sa.UniqueConstraint("event", name="uq_share_receipts_event"),
    )
    op.create_index("ix_share_receipts_at", "share_receipts", ["at"])
    op.create_index("ix_share_receipts_grant_at", "share_receipts", ["grant", "at"])
    op.create_index("ix_share_receipts_group", "share_receipts", ["group"])
    op.create_index("ix_share_receipts_resource_subject", "share_receipts", ["resource", "subject"])
    op.create_index("ix_share_receipts_use", "share_receipts", ["use"])
    op.create_table(
        "share_relations",
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item", "resource", "valid_from", name="pk_share_relations"),
        sa.ForeignKeyConstraint(
            ["resource"], ["share_resources.code"], name="fk_share_relations_resource_share_resources"
        ),
    )
    op.create_index("ix_share_relations_resource", "share_relations", ["resource"])
    op.create_table(
        "share_request_parties",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request", "party", name="pk_share_request_parties"),
        sa.ForeignKeyConstraint(
            ["request"],
            ["share_requests.id"],
            name="fk_share_request_parties_request_share_requests",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_share_request_parties_body_party", "share_request_parties", ["body", "party"])
    op.create_table(
        "share_request_steps",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("request", "number", name="pk_share_request_steps"),
        sa.ForeignKeyConstraint(
            ["request"], ["share_requests.id"], name="fk_share_request_steps_request_share_requests", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_request_steps_at", "share_request_steps", ["at"])
    op.create_table(
        "share_resource_grams",
        sa.Column("gram", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("gram", "code", name="pk_share_resource_grams"),
        sa.ForeignKeyConstraint(
            ["code"], ["share_resources.code"], name="fk_share_resource_grams_code_share_resources", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_resource_grams_code", "share_resource_grams", ["code"])
    op.create_table(
        "share_resource_versions",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name="pk_share_resource_versions"),
        sa.ForeignKeyConstraint(
            ["code"],
            ["share_resources.code"],
            name="fk_share_resource_versions_code_share_resources",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Remove them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
