"""Who may see what of data sharing: its parties, and supervision. Deny by default."""

from datetime import date
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Person, Role
from gateway.core.policy.rules import ANY
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Party
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import RequestState
from gateway.services.paging import Page

T = TypeVar("T")
SEE_ALL: Final = frozenset({Role.HUB, Role.AUDITOR})
_OF_BODIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})


class ShareRole(StrEnum):
    """As which party somebody looks."""

    REQUESTER = "REQUESTER"
    PROVIDER = "PROVIDER"
    AUTHORITY = "AUTHORITY"


class SeenPage(msgspec.Struct, Generic[T], frozen=True):
    """A page without what the reader may not see, and the cursor after which the next one begins."""

    page: Page[T]
    end: str | None


PARTIES: Final = {
    ShareRole.REQUESTER: frozenset({Party.REQUESTER, Party.OWN_OFFICE}),
    ShareRole.PROVIDER: frozenset({Party.PROVIDER}),
    ShareRole.AUTHORITY: frozenset({Party.AUTHORITY}),
}


def sees_request(request: ShareRequest, person: Person, bodies: Bodies, on: date) -> bool:
    """Whether a person who does not see everything sees this one.

    The requester's side always does, the others from when it was submitted to them.
    """
    body = person.body
    if person.role not in _OF_BODIES or body is None:
        return False
    own = (request.requester, *filter(None, (request.own_office,)))
    if any(bodies.same(code, body, on) for code in own):
        return True
    was_submitted = any(step.after is RequestState.SUBMITTED for step in request.steps)
    return was_submitted and any(bodies.same(code, body, on) for code in (request.authority, request.provider))


def sees_grant(grant: Grant, person: Person, bodies: Bodies, on: date) -> bool:
    """Whether the person sees the grant: its parties do, and the bodies that may use it."""
    if person.role in SEE_ALL:
        return True
    body = person.body
    if person.role not in _OF_BODIES or body is None:
        return False
    parties = (grant.requester, grant.provider, grant.authority)
    is_user = ANY in grant.terms.bodies or any(bodies.same(code, body, on) for code in grant.terms.bodies)
    return (is_user and grant.upstream is None) or any(bodies.same(code, body, on) for code in parties)
