"""Narrow a grant without another request: from the moment at which this is committed it gives no more than is left."""

from datetime import datetime

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import GRANT_NARROWED
from gateway.core.call import Call
from gateway.core.clock import utc
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Actor, Party
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.terms import MOST_LISTED, Access, Quota, Terms
from gateway.services.auditing import Note
from gateway.services.sharing.change_grant import ChangeGrant
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.known_users import verify_users
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.request_share import LONGEST_GRANT


class NarrowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be left of a grant, and why; None where it stays as it is.

    Attributes:
        fields: the only ones that are given any more.
        scope: conditions that hold besides those of the grant.
    """

    id: str
    expected_version: int
    reason: str
    fields: tuple[tuple[str, Access], ...] | None = None
    items: tuple[str, ...] | None = None
    applications: tuple[str, ...] | None = None
    bodies: tuple[str, ...] | None = None
    persons: tuple[str, ...] | None = None
    scope: Scope = Scope()
    quota: Quota = Quota()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __repr__(self) -> str:
        """The grant only: terms name persons."""
        return f"NarrowRequest(id={self.id!r})"

    def terms(self, before: Terms) -> Terms:
        """The terms that are to be left.

        Raises:
            Refusal: LIMIT for too many entries, BAD_INPUT for a field that stands twice.
        """
        listed = (self.fields, self.items, self.applications, self.bodies, self.persons, self.scope.conditions)
        if any(len(one) > MOST_LISTED for one in listed if one is not None):
            raise Refusal(problems.SHARE_TOO_MANY, "input", limit=MOST_LISTED)
        if self.fields is not None and len(dict(self.fields)) < len(self.fields):
            raise Refusal(problems.SHARE_TERMS_INVALID, "input.fields", days=LONGEST_GRANT.days)
        return Terms(
            fields=before.fields if self.fields is None else dict(self.fields),
            items=before.items if self.items is None else frozenset(self.items),
            applications=before.applications if self.applications is None else frozenset(self.applications),
            bodies=before.bodies if self.bodies is None else frozenset(self.bodies),
            persons=before.persons if self.persons is None else frozenset(self.persons),
            scope=before.scope.joined(self.scope),
            quota=Quota(
                _limit(before.quota.per_day, self.quota.per_day), _limit(before.quota.in_all, self.quota.in_all)
            ),
            valid_from=before.valid_from if self.valid_from is None else utc(self.valid_from),
            valid_until=before.valid_until if self.valid_until is None else utc(self.valid_until),
        )


class NarrowGrant:
    """Narrows grants for those who may end them."""

    def __init__(self, desk: ShareDesk, grants: ListGrants) -> None:
        self._desk = desk
        self._change = ChangeGrant(desk, grants)

    async def __call__(self, request: NarrowRequest, call: Call) -> Grant:
        """The grant with what is left of it.

        Raises:
            Refusal: FORBIDDEN for whoever is none of its parties, NOT_FOUND, BAD_INPUT for a reason that is none and
                for terms that are no part of the grant's, leave nothing or name whom nobody knows, CONFLICT for
                another version or a revoked grant.
        """

        def narrow(grant: Grant, by: Actor, party: Party, note: Note) -> Grant:
            left = request.terms(grant.terms)
            verify_users(left, grant.terms, self._desk, call, frozenset({grant.requester, grant.provider}), "input")
            after = grant.narrow_to(left, self._desk.rules.reasons, request.reason, by=by, party=party)
            note.says(reason=after.narrowed_for or "")
            return after

        return await self._change(GRANT_NARROWED, request.id, request.expected_version, narrow, call)


def _limit(before: int | None, wanted: int | None) -> int | None:
    """The limit that is wanted, and that of the grant if none is; none is negative."""
    return before if wanted is None else max(0, wanted)
