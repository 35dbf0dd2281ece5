"""HOLDER: the signed-in holder himself, or a clerk at the counter to whom the holder shows a scan."""

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal, SystemFailure
from gateway.core.ports import IdentityProvider
from gateway.core.proof import Proof
from gateway.services.holders import own_document


class ProveHolder:
    """Proves holders' own uses.

    Args:
        identity: verifies scans; None if no identity platform is connected.
    """

    def __init__(self, identity: IdentityProvider | None) -> None:
        self._identity = identity

    async def prove(self, item: str, scan: str | None, person: Person, call: Call) -> Proof:
        """The holder's own licences.

        Raises:
            Refusal: FORBIDDEN: the person is neither the holder nor a clerk with the holder's scan.
        """
        if scan is None:
            own = own_document(person)
            if own is None:
                raise Refusal(problems.USE_NEEDS_CITIZEN, "input.holder")
            return Proof(item=item, holder=own)
        if person.role is not Role.CLERK:
            raise Refusal(problems.SCAN_NEEDS_CLERK, "input.holder.scan")
        if self._identity is None:
            raise Refusal(problems.SCAN_UNPROVEN, "input.holder.scan")
        try:
            holder = await self._identity.verify_scan(scan, person, call)
        except SystemFailure as failure:
            raise Refusal(problems.SCAN_UNREACHABLE, "input.holder.scan") from failure
        if holder is None or not holder.number:
            raise Refusal(problems.SCAN_UNPROVEN, "input.holder.scan")
        return Proof(item=item, holder=holder)
