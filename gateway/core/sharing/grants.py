"""Grants: what an approved request opens, to whom; under another grant only less, and never for longer.

A use is decided by the grant and everything above it together (its lineage): each must be open and allow it, and of a
field no more is given than all of them give. So it does not matter when a grant above was narrowed or revoked.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.parties import Actor, Party, require_party
from gateway.core.sharing.reasons import Reasons, ReasonUse
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import ACTION_NAMES, GIVEN, STATE_NAMES, Action
from gateway.core.sharing.terms import Terms
from gateway.core.text import Text

MOST_LEVELS: Final = 8
"""Grants of one lineage."""


class UpstreamAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange gave: its code, what it calls the request, and what each use has to name, a secret."""

    system: str
    number: str
    access: str | None = None

    def __repr__(self) -> str:
        """The system only."""
        return f"UpstreamAccess(system={self.system!r})"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant.

    Attributes:
        request: id of the request that it was made for.
        resource: catalogue code of the resource.
        provider, requester, authority: credit codes of the bodies that may end it.
        parent: id of the grant above, which it only narrows and with which it ends.
        upstream: of an exchange's grant: what it gave. Such a one is not used itself, only through those below it.
        revoked_at: from that instant on it opens nothing, whatever was begun before.
        narrowed_for: why it gives less than was approved, if one of its parties narrowed it since; the last reason.
        version: from 1.
    """

    id: str
    request: str
    resource: str
    provider: str
    requester: str
    authority: str
    terms: Terms
    issued_at: datetime
    parent: str | None = None
    upstream: UpstreamAccess | None = None
    revoked_at: datetime | None = None
    revoked_for: str | None = None
    narrowed_for: str | None = None
    version: int = 1

    def __repr__(self) -> str:
        """Id only: terms name persons."""
        return f"Grant(id={self.id!r})"

    def closed(self, at: datetime) -> Text | None:
        """Why it opens nothing at that moment; None if it may open something."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return REVOKED
        if at < self.terms.valid_from:
            return NOT_YET
        return OVER if self.terms.valid_until <= at else None

    def told(self, terms: Terms, access: str | None) -> "Grant":
        """An exchange's grant as the exchange says that it is by now: never more than it was, perhaps another secret.

        The same if nothing changed, or if nothing would be left: that the exchange says by ending it.
        """
        assert self.upstream is not None
        narrowed = self.terms.meet(terms)
        upstream = msgspec.structs.replace(self.upstream, access=access or self.upstream.access)
        if narrowed.emptiness() or (narrowed, upstream) == (self.terms, self.upstream):
            return self
        return msgspec.structs.replace(self, terms=narrowed, upstream=upstream, version=self.version + 1)

    def narrow_to(self, terms: Terms, reasons: Reasons, reason: str, *, by: Actor, party: Party) -> "Grant":
        """With less than it gave, for a reason of the lists for ending one, by one of its parties.

        Raises:
            Refusal: it was revoked, the terms are no part of its own or leave nothing, the reason is none of the lists,
                the actor is not of the party.
        """
        code = self._ending(reasons, reason, by=by, party=party)
        if not terms.is_within(self.terms):
            raise Refusal(problems.GRANT_NOT_NARROWED, reason=problems.NARROWED_BEYOND)
        if self.terms.is_within(terms):
            raise Refusal(problems.GRANT_NOT_NARROWED, reason=problems.NARROWED_NOTHING)
        left = self.terms.meet(terms)
        if empty := left.emptiness():
            raise Refusal(problems.GRANT_NOT_NARROWED, reason=empty)
        return msgspec.structs.replace(self, terms=left, narrowed_for=code, version=self.version + 1)

    def revoke(self, reasons: Reasons, reason: str, *, by: Actor, party: Party, at: datetime) -> "Grant":
        """Ended for a reason of the lists by one of its parties, or by the gateway where an exchange ended its own.

        Raises:
            Refusal: it was revoked before, the reason is none of the lists, the actor is not of the party.
        """
        code = self._ending(reasons, reason, by=by, party=party)
        return msgspec.structs.replace(self, revoked_at=at, revoked_for=code, version=self.version + 1)

    def _ending(self, reasons: Reasons, reason: str, *, by: Actor, party: Party) -> str:
        """The reason's code, if the actor may end the grant, or a part of it, for that party."""
        bodies = {Party.PROVIDER: self.provider, Party.REQUESTER: self.requester, Party.AUTHORITY: self.authority}
        require_party(by, party, bodies.get(party), ())
        code = reasons.require(ReasonUse.REVOKE, reason).code
        if self.revoked_at is not None:
            raise Refusal(problems.GRANT_ENDED)
        return code


def issue(request: ShareRequest, grant_id: str, at: datetime, parent: Grant | None = None) -> Grant:
    """The grant of an approved request, narrowed to the grant above if there is one.

    Raises:
        Refusal: the request was not approved, or the grant above leaves nothing of it.
    """
    if request.state not in GIVEN or request.granted is None:
        action = ACTION_NAMES[Action.DELIVER]
        raise Refusal(problems.SHARE_STATE, state=STATE_NAMES[request.state], action=action)
    grant = Grant(
        id=grant_id,
        request=request.id,
        resource=request.resource,
        provider=request.provider,
        requester=request.requester,
        authority=request.authority,
        terms=request.granted,
        issued_at=at,
    )
    return grant if parent is None else narrow(parent, grant)


def narrow(parent: Grant, wanted: Grant) -> Grant:
    """The wanted grant under another one: what both open, and nothing besides.

    Raises:
        Refusal: they are of different resources, the parent was revoked, or nothing is left.
    """
    if parent.resource != wanted.resource or parent.id == wanted.id:
        raise Refusal(problems.GRANT_EMPTY, "parent", reason=OTHER_RESOURCE)
    if parent.revoked_at is not None:
        raise Refusal(problems.GRANT_EMPTY, "parent", reason=REVOKED)
    terms = parent.terms.meet(wanted.terms)
    if empty := terms.emptiness():
        raise Refusal(problems.GRANT_EMPTY, reason=empty)
    return msgspec.structs.replace(wanted, terms=terms, parent=parent.id)


def access_of(lineage: Sequence[Grant]) -> UpstreamAccess | None:
    """What the exchange gave under whose grant the lineage is; None if it is a local one."""
    return lineage[-1].upstream if lineage else None


def broken(lineage: Sequence[Grant]) -> Text | None:
    """Why the grants are no whole lineage, from the one that is used up to one without a parent; None if they are."""
    if not 1 <= len(lineage) <= MOST_LEVELS:
        return NO_LINEAGE
    above = [grant.id for grant in lineage[1:]]
    is_whole = [grant.parent for grant in lineage] == [*above, None]
    return None if is_whole and len({grant.resource for grant in lineage}) == 1 else NO_LINEAGE


def ends_on(lineage: Sequence[Grant]) -> datetime:
    """The first instant at which one of the lineage is over or was revoked."""
    ends = [(grant.terms.valid_until, grant.revoked_at) for grant in lineage]
    return min(min(until, revoked) if revoked else until for until, revoked in ends)


def expiring(grants: Sequence[Grant], on: date, days: int) -> tuple[Grant, ...]:
    """Those that are not revoked and whose time ends after that day, within so many days: to be renewed or let go."""
    return tuple(
        grant
        for grant in grants
        if grant.revoked_at is None and 0 <= (china_date(grant.terms.valid_until) - on).days <= days
    )


REVOKED: Final = Text("授权已终止", "the grant was revoked")
NOT_YET: Final = Text("授权尚未生效", "the grant is not valid yet")
OVER: Final = Text("授权已到期", "the grant's time is over")
NO_LINEAGE: Final = Text("上级授权不存在或不完整", "the grant above is missing")
OTHER_RESOURCE: Final = Text("上级授权不是该资源的授权", "the grant above is of another resource")
