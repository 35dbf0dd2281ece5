"""Have an exchange asked at once whether a grant still holds: on demand, and when it denied a use under it."""

from collections.abc import Sequence

from gateway.core import problems
from gateway.core.audit.share_kinds import GRANT_CHECKED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_pace import KIND_UPSTREAM
from gateway.services.sharing.list_grants import ListGrants


class CheckUpstream:
    """Makes the tasks due that look after exchanges' grants."""

    def __init__(self, desk: ShareDesk, grants: ListGrants) -> None:
        self._desk = desk
        self._grants = grants

    async def __call__(self, grant_id: str, call: Call) -> Grant:
        """The grant that the caller may see, as it is before the exchange has answered.

        Raises:
            Refusal: NOT_FOUND for the grant, CONFLICT if it is under no exchange's.
        """
        desk = self._desk
        async with desk.audit.noting(GRANT_CHECKED, call) as note:
            desk.admit(call)
            grant = await self._grants.find(grant_id, call)
            if grant is None:
                raise Refusal(problems.GRANT_UNKNOWN, "input.id")
            note.about("grant", grant.id)
            request = desk.log.request_reference(grant.request)
            note.says(resource=grant.resource, request=request, version=grant.version)
            if not await self.wake(await desk.grants.lineage(grant.id)):
                raise Refusal(problems.GRANT_NOT_UPSTREAM, "input.id")
            return grant

    async def wake(self, lineage: Sequence[Grant]) -> bool:
        """Have the exchange asked under whose grant the lineage is; False if it is a local one."""
        above = lineage[-1] if lineage else None
        if above is None or above.upstream is None:
            return False
        tasks = self._desk.tasks
        await tasks.settle((), tasks.waking(KIND_UPSTREAM, [above.id], self._desk.clock.now()))
        return True
