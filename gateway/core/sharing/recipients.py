"""Who received a record: what receipts know of the answers in which it was given, joined by body and application."""

from collections.abc import Iterable, Iterator
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
    """A body that got the record, what of it, its last receipt, and when it was told of the answer."""

    body: str
    application: str
    grants: frozenset[str]
    fields: frozenset[str]
    last_at: datetime
    receipt: str = ""
    told_at: datetime | None = None


class Reach:
    """The answers in which a record was given, as they are read page by page: of those that are alike the newest."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, frozenset[str]], Delivery] = {}

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Take these in as well; newest first, so that the first one of a kind stays.

        Raises:
            Refusal: there are more than MOST_RECIPIENTS that differ.
        """
        for one in deliveries:
            self._known.setdefault((one.body, one.application, one.grant, one.fields), one)
        if len(self._known) > MOST_RECIPIENTS:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_RECIPIENTS)

    def __iter__(self) -> Iterator[Delivery]:
        """Those that differ."""
        return iter(self._known.values())


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
        last = (one.at, one.receipt)
        last = last if before is None else max(last, (before.last_at, before.receipt))
        reached[key] = Recipient(
            body=one.body,
            application=one.application,
            grants=frozenset({one.grant}) | (before.grants if before else frozenset()),
            fields=(one.fields & fields) | (before.fields if before else frozenset()),
            last_at=last[0],
            receipt=last[1],
        )
        if len(reached) > MOST_RECIPIENTS:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_RECIPIENTS)
    return tuple(reached[key] for key in sorted(reached))
