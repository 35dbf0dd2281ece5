"""In which answers a disputed record was given: whoever got one of these is told what came of the dispute."""

from typing import Final

from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.recipients import Reach
from gateway.core.sharing.records import After, ReceiptStore

_AT_ONCE: Final = 1_000


async def reach_of(receipts: ReceiptStore, dispute: Dispute) -> Reach:
    """The answers in which the record was given."""
    reach, own = Reach(), dispute.delivery
    after: After | None = None
    while some := await receipts.deliveries(own.resource, own.subject, _AT_ONCE, after):
        reach.add(some)
        after = (some[-1].at, some[-1].receipt)
    return reach
