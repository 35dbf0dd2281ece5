"""Revoke a grant: from the moment at which this is committed nothing leaves under it."""

from gateway.core import problems
from gateway.core.audit.share_kinds import GRANT_REVOKED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Actor, Party
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.list_grants import ListGrants


class RevokeGrant:
    """Ends grants for those who may: provider, competent authority, or the body that gives it up."""

    def __init__(self, desk: ShareDesk, grants: ListGrants) -> None:
        self._desk = desk
        self._grants = grants

    async def __call__(self, grant_id: str, reason: str, expected: int, call: Call) -> Grant:
        """The grant, revoked for a reason of the lists.

        Raises:
            Refusal: FORBIDDEN for whoever is none of its parties, NOT_FOUND, BAD_INPUT for a reason that is none,
                CONFLICT for another version or a revoked grant.
        """
        desk = self._desk
        async with desk.audit.noting(GRANT_REVOKED, call) as note:
            person, _ = desk.admit(call)
            before = await self._grants.find(grant_id, call)
            if before is None:
                raise Refusal(problems.GRANT_UNKNOWN, "input.id")
            note.about("grant", before.id)
            note.says(
                resource=before.resource, request=desk.log.request_reference(before.request), version=before.version
            )
            if before.version != expected:
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version)
            by = desk.actor(person, frozenset({before.provider, before.requester, before.authority}))
            after = before.revoke(desk.rules.reasons, reason, by=by, party=_party(before, by), at=desk.clock.now())
            note.says(version=after.version, reason=after.revoked_for or "")
            if not await desk.grants.change(before, after, note.within()):
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
            return after


def _party(grant: Grant, by: Actor) -> Party:
    """For whom the actor ends it; the provider for whoever is none of its parties, which is refused then."""
    for party, body in ((Party.AUTHORITY, grant.authority), (Party.REQUESTER, grant.requester)):
        if body in by.bodies:
            return party
    return Party.PROVIDER
