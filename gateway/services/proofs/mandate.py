"""ENTRUSTED: the signed-in person is the agent of a mandate that holds and covers the item."""

from gateway.core import problems
from gateway.core.caller import Person
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.proof import Proof
from gateway.core.records import MandateStore
from gateway.services.holders import own_document, same_holder


class ProveMandate:
    """Proves uses under mandates."""

    def __init__(self, mandates: MandateStore, clock: Clock) -> None:
        self._mandates = mandates
        self._clock = clock

    async def prove(self, mandate_id: str, item: str, person: Person, field: str = "input.entrusted.mandate") -> Proof:
        """The principal's licences, of the mandate's types, until the mandate's end.

        Raises:
            Refusal: FORBIDDEN: unknown, ended, another agent's (all in the same words), or not for this item.
        """
        agent = own_document(person)
        mandate = await self._mandates.find(mandate_id)
        if (
            mandate is None
            or agent is None
            or not same_holder(mandate.agent, agent)
            or not mandate.is_open(self._clock.now())
        ):
            raise Refusal(problems.MANDATE_UNKNOWN, field)
        if item not in mandate.items:
            raise Refusal(problems.MANDATE_OUT_OF_SCOPE, "input.entrusted.item")
        return Proof(item=item, holder=mandate.principal, types=mandate.types, until=mandate.expires_at)
