"""Data sharing: the catalogue, requests with their steps, grants with their quotas, receipts, disputes.

``document`` columns are of the public catalogue. ``sealed`` columns hold the whole record, which names persons; beside
it stands what it is found by. Of a grant the database itself knows when it ends, so that nothing is spent after that:
``share_quotas`` counts what was taken of its quota, ``share_quota_blocks`` what of that each process holds.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from gateway.store.tables.base import UtcDateTime, metadata

share_resources = Table(
    "share_resources",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sharing", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("words", Text, nullable=False),
)
Index(None, share_resources.c.provider, share_resources.c.code)

share_resource_versions = Table(
    "share_resource_versions",
    metadata,
    Column("code", Text, ForeignKey(share_resources.c.code, ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("document", Text, nullable=False),
)

share_resource_grams = Table(
    "share_resource_grams",
    metadata,
    Column("gram", Text, primary_key=True),
    Column("code", Text, ForeignKey(share_resources.c.code, ondelete="CASCADE"), primary_key=True, index=True),
)

share_relations = Table(
    "share_relations",
    metadata,
    Column("item", Text, primary_key=True),
    Column("resource", Text, ForeignKey(share_resources.c.code), primary_key=True, index=True),
    Column("valid_from", Date, primary_key=True),
    Column("document", Text, nullable=False),
)

share_requests = Table(
    "share_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("resource", Text, nullable=False, index=True),
    Column("region", Text, nullable=False),
    Column("drafted_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, index=True),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, share_requests.c.state, share_requests.c.drafted_at)
Index(None, share_requests.c.drafted_at, share_requests.c.id)

share_request_parties = Table(
    "share_request_parties",
    metadata,
    Column("request", Text, ForeignKey(share_requests.c.id, ondelete="CASCADE"), nullable=False),
    Column("party", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("request", "party"),
)
Index(None, share_request_parties.c.body, share_request_parties.c.party)

share_request_steps = Table(
    "share_request_steps",
    metadata,
    Column("request", Text, ForeignKey(share_requests.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("reason", Text),
    Column("at", UtcDateTime, nullable=False, index=True),
)

share_forwardings = Table(
    "share_forwardings",
    metadata,
    Column("request", Text, ForeignKey(share_requests.c.id, ondelete="CASCADE"), primary_key=True),
    Column("system", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("authority", Text, nullable=False),
    Column("number", Text),
    Column("first_sent_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
)
Index(None, share_forwardings.c.state, share_forwardings.c.since)
Index(None, share_forwardings.c.system, share_forwardings.c.number)
Index(None, share_forwardings.c.system, share_forwardings.c.sent_at)

share_grants = Table(
    "share_grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("request", Text, nullable=False, index=True),
    Column("resource", Text, nullable=False, index=True),
    Column("requester", Text, nullable=False, index=True),
    Column("provider", Text, nullable=False, index=True),
    Column("parent", Text, index=True),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False, index=True),
    Column("revoked_at", UtcDateTime),
    Column("sealed", LargeBinary, nullable=False),
)

share_grant_users = Table(
    "share_grant_users",
    metadata,
    Column("grant", Text, ForeignKey(share_grants.c.id, ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    PrimaryKeyConstraint("grant", "kind", "code"),
)
Index(None, share_grant_users.c.kind, share_grant_users.c.code)

share_quotas = Table(
    "share_quotas",
    metadata,
    Column("grant", Text, ForeignKey(share_grants.c.id, ondelete="CASCADE"), primary_key=True),
    Column("day", Date, nullable=False),
    Column("on_day", BigInteger, nullable=False),
    Column("in_all", BigInteger, nullable=False),
)

share_quota_blocks = Table(
    "share_quota_blocks",
    metadata,
    Column("grant", Text, ForeignKey(share_grants.c.id, ondelete="CASCADE"), nullable=False),
    Column("holder", Text, nullable=False, index=True),
    Column("version", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("grant", "holder"),
)

share_receipt_groups = Table(
    "share_receipt_groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("signed_at", UtcDateTime, nullable=False),
)

share_receipts = Table(
    "share_receipts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("grant", Text, nullable=False),
    Column("use", Text, nullable=False, index=True),
    Column("resource", Text, nullable=False),
    Column("subject", Text),
    Column("body", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("rows", BigInteger, nullable=False),
    Column("event", Text, nullable=False, unique=True),
    Column("record", LargeBinary, nullable=False),
    Column("group", Text, ForeignKey(share_receipt_groups.c.id), index=True),
    Column("proof", Text),
)
Index(None, share_receipts.c.grant, share_receipts.c.at)
Index(None, share_receipts.c.resource, share_receipts.c.subject)

share_disputes = Table(
    "share_disputes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("resource", Text, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("region", Text),
    Column("sealed", LargeBinary, nullable=False),
)
Index(None, share_disputes.c.region, share_disputes.c.reported_at)
Index(None, share_disputes.c.source, share_disputes.c.state)
Index(None, share_disputes.c.reporter, share_disputes.c.reported_at)
Index(None, share_disputes.c.reported_at, share_disputes.c.id)

share_dispute_recipients = Table(
    "share_dispute_recipients",
    metadata,
    Column("dispute", Text, ForeignKey(share_disputes.c.id, ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("told_at", UtcDateTime),
    PrimaryKeyConstraint("dispute", "body", "application"),
)
Index(None, share_dispute_recipients.c.body, share_dispute_recipients.c.told_at)

share_dispute_forwardings = Table(
    "share_dispute_forwardings",
    metadata,
    Column("dispute", Text, ForeignKey(share_disputes.c.id, ondelete="CASCADE"), primary_key=True),
    Column("system", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("authority", Text),
    Column("number", Text),
)
Index(None, share_dispute_forwardings.c.state, share_dispute_forwardings.c.since)
Index(None, share_dispute_forwardings.c.system, share_dispute_forwardings.c.number)
