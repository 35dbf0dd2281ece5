"""PRESENTED: a code that the holder shows, alive for minutes, for one licence and the item he agreed to."""

from collections.abc import Callable

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.proof import Proof
from gateway.core.records import PresentationStore


class ProvePresentation:
    """Proves uses by presented codes."""

    def __init__(self, presentations: PresentationStore, clock: Clock) -> None:
        self._presentations = presentations
        self._clock = clock

    async def prove(self, code: str, person: Person, call: Call, may: Callable[[str], object]) -> Proof:
        """The one licence that is being shown; whoever reads the code first is its only reader.

        Args:
            code: what the holder shows.
            person: who reads it.
            call: through which application.
            may: is given the item and raises Refusal if no rule lets the person read anything: such a person must
                not use up the code of the one to whom it is shown.

        Raises:
            Refusal: FORBIDDEN, in the same words whether the code never was, is over or was read by another.
        """
        reader = (call.caller.application.code, person.subject)
        shown = await self._presentations.find(code, reader, self._clock.now())
        if shown is None:
            raise Refusal(problems.CODE_UNKNOWN, "input.presented.code")
        may(shown.item)
        presentation = await self._presentations.claim(code, reader, self._clock.now())
        if presentation is None:  # another was first, or its time is over
            raise Refusal(problems.CODE_UNKNOWN, "input.presented.code")
        return Proof(
            item=presentation.item,
            holder=presentation.holder,
            licence=presentation.licence,
            until=presentation.expires_at,
        )
