"""Give a sealed document to the caller who asked for it: a ticket on the file, once the sealing is released."""

from gateway.core.call import Call
from gateway.core.files import Owner
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.services.issue_ticket import FileTicket
from gateway.services.lend_result import LendResult


class GiveSealed:
    """Lends tickets; the bytes stay where they are."""

    def __init__(self, lend: LendResult) -> None:
        self._lend = lend

    async def __call__(self, sealing: Sealing, call: Call) -> FileTicket | None:
        """A ticket; None unless the sealing is released, the caller's own, and its document still kept.

        Raises:
            Refusal: LIMIT if too many files are kept for the caller already.
        """
        result = sealing.result
        if sealing.state is not SealingState.RELEASED or sealing.owner != Owner.of(call.caller) or result is None:
            return None
        return await self._lend(result.file, call)
