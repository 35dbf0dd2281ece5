"""Revoke a grant: from the moment at which this is committed nothing is given under it."""

from gateway.core.audit.share_kinds import GRANT_REVOKED
from gateway.core.call import Call
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Actor, Party
from gateway.services.auditing import Note
from gateway.services.sharing.change_grant import ChangeGrant
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.list_grants import ListGrants


class RevokeGrant:
    """Ends grants for those who may: provider, competent authority, or the body that gives it up."""

    def __init__(self, desk: ShareDesk, grants: ListGrants) -> None:
        self._desk = desk
        self._change = ChangeGrant(desk, grants)

    async def __call__(self, grant_id: str, reason: str, expected: int, call: Call) -> Grant:
        """The grant, revoked for a reason of the lists.

        Raises:
            Refusal: FORBIDDEN for whoever is none of its parties, NOT_FOUND, BAD_INPUT for a reason that is none,
                CONFLICT for another version or a revoked grant.
        """

        def revoke(grant: Grant, by: Actor, party: Party, note: Note) -> Grant:
            after = grant.revoke(self._desk.rules.reasons, reason, by=by, party=party, at=self._desk.clock.now())
            note.says(reason=after.revoked_for or "")
            return after

        return await self._change(GRANT_REVOKED, grant_id, expected, revoke, call)
