"""Who received a record: what receipts know of the answers in which it was given, joined by body and application."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal

MOST_RECIPIENTS: Final = 10_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given: what the receipts know of it.

    Attributes:
        subject: the keyed reference of the person whose record it was.
        body: credit code of the body that got it, through ``application``.
        fields: which fields it was given.
    """

    receipt: str
    grant: str
    body: str
    application: str
    resource: str
    subject: str
    fields: frozenset[str]
    at: datetime


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A body that got the record, what of it, and when it was told of the answer."""

    body: str
    application: str
    grants: frozenset[str]
    fields: frozenset[str]
    last_at: datetime
    told_at: datetime | None = None


def recipients_of(
    deliveries: Iterable[Delivery], resource: str, subject: str, fields: frozenset[str]
) -> tuple[Recipient, ...]:
    """Who got any of these fields of this record: a body and application each, ordered, with all that it got.

    Raises:
        Refusal: there are more than MOST_RECIPIENTS.
    """
    reached: dict[tuple[str, str], Recipient] = {}
    for one in deliveries:
        if one.resource != resource or one.subject != subject or not one.fields & fields:
            continue
        key = (one.body, one.application)
        before = reached.get(key)
        reached[key] = Recipient(
            body=one.body,
            application=one.application,
            grants=frozenset({one.grant}) | (before.grants if before else frozenset()),
            fields=(one.fields & fields) | (before.fields if before else frozenset()),
            last_at=max(one.at, before.last_at) if before else one.at,
        )
        if len(reached) > MOST_RECIPIENTS:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_RECIPIENTS)
    return tuple(reached[key] for key in sorted(reached))
