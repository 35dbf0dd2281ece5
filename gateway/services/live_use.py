"""Find a use that is still live: open, the caller's own, its case not closed and its mandate not taken back."""

from datetime import timedelta

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import UseStore
from gateway.core.use import Use, UseBasis
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.mandate import ProveMandate
from gateway.services.require_use import require_use

PROOF_LASTS = timedelta(minutes=5)
"""How long the word of a case system is taken: a case that closes ends its uses within this time."""


class LiveUse:
    """Finds uses; proves their mandates each time, and their cases again when the last proof is old."""

    def __init__(
        self,
        uses: UseStore,
        cases: ProveCase,
        applications: ProvePreApplication,
        mandates: ProveMandate,
        clock: Clock,
    ) -> None:
        self._uses = uses
        self._cases = cases
        self._applications = applications
        self._mandates = mandates
        self._clock = clock

    async def __call__(self, use_id: str, call: Call) -> Use:
        """The use.

        Raises:
            Refusal: FORBIDDEN as ``require_use``, or because case or mandate prove it no longer.
        """
        return await self._proven(await require_use(use_id, call, self._uses, self._clock), call)

    async def again(self, use: Use, call: Call) -> Use:
        """A use that was live when the work under it was asked for, proven anew; its time may be over by now.

        Raises:
            Refusal: FORBIDDEN, because nothing but its time proved it, or case or mandate prove it no longer.
        """
        if not use.is_provable:
            raise Refusal(problems.USE_UNKNOWN, "use")
        return await self._proven(use, call)

    async def _proven(self, use: Use, call: Call) -> Use:
        person = call.caller.person
        assert person is not None, "a use is found for a person only"
        if use.mandate is not None:
            await self._mandates.prove(use.mandate, use.item, person, "use")
        now = self._clock.now()
        if use.basis is not UseBasis.STATUTORY:
            return use
        if use.proven_at is not None and now - use.proven_at < PROOF_LASTS:
            return use
        if use.application is not None:
            await self._applications.prove_again(use.application, use.item, person, call)
        else:
            assert use.case is not None, "a statutory use names a case or a number that stands for one"
            await self._cases.prove(use.case, use.item, person, call, "use")
        await self._uses.prove(use.id, now)
        return msgspec.structs.replace(use, proven_at=now)
