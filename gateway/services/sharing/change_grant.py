"""Change a grant, by one of its parties: once that is committed nothing is given under the old one."""

from collections.abc import Callable

from gateway.core import problems
from gateway.core.audit.catalogue import Kind
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Actor, Party
from gateway.services.auditing import Note
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.list_grants import ListGrants

Step = Callable[[Grant, Actor, Party, Note], Grant]


class ChangeGrant:
    """Has grants changed for those who may: provider, competent authority, or the body that they were given to."""

    def __init__(self, desk: ShareDesk, grants: ListGrants) -> None:
        self._desk = desk
        self._grants = grants

    async def __call__(self, kind: Kind, grant_id: str, expected: int, step: Step, call: Call) -> Grant:
        """The grant after ``step`` on the version that the caller has read; the event is of this kind.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, NOT_FOUND, CONFLICT for another version, and whatever the
                step refuses.
        """
        desk = self._desk
        async with desk.audit.noting(kind, call) as note:
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
            after = step(before, by, _party(before, by), note)
            note.says(version=after.version)
            if not await desk.grants.change(before, after, note.within()):
                raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
            return after


def _party(grant: Grant, by: Actor) -> Party:
    """For whom the actor changes it; the provider for whoever is none of its parties, which is refused then."""
    for party, body in ((Party.AUTHORITY, grant.authority), (Party.REQUESTER, grant.requester)):
        if body in by.bodies:
            return party
    return Party.PROVIDER
