"""Seals for those whom they concern: the hub, operations and auditors see all, others those of their body."""

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.provider import PolicyProvider
from gateway.core.seals.register import SealChoice, SealRegister, is_seal_id
from gateway.services.paging import Page, cut_page, open_page
from gateway.services.seal_views import SEE_ALL, SealView, is_seen, reads_for_body, view


class ListSeals:
    """Answers questions about the seal register."""

    def __init__(self, register: SealRegister, rules: PolicyProvider, clock: Clock) -> None:
        self._register = register
        self._rules = rules
        self._clock = clock

    async def __call__(self, owner: str | None, first: int, after: str | None, call: Call) -> Page[SealView]:
        """A page of the seals that the caller may see: those that a body (or one it stands for) owns now, or all.

        Raises:
            Refusal: FORBIDDEN for callers to whom the register is not shown, BAD_INPUT for a wrong size or cursor.
        """
        person, last_seen = _admitted(call), open_page(first, after)
        if last_seen is not None and not is_seal_id(last_seen):
            raise Refusal(problems.CURSOR_INVALID, "after")
        now, bodies = self._clock.now(), self._rules.book().bodies
        day, body = china_date(now), reads_for_body(person)
        choice = SealChoice(
            owners=None if owner is None else bodies.all_of(owner.upper(), day),
            seen_by=None if body is None else bodies.all_of(body, day),
        )
        total = await self._register.count(choice)
        found = await self._register.page(choice, last_seen, first + 1)
        seen = [view(seal, person, bodies, now) for seal in found]
        return cut_page(seen, lambda seal: seal.id, first, total)

    async def find(self, seal_id: str, call: Call) -> SealView | None:
        """The seal of this id, if the caller may see it.

        Raises:
            Refusal: FORBIDDEN for callers to whom the register is not shown.
        """
        person = _admitted(call)
        now, bodies = self._clock.now(), self._rules.book().bodies
        seal = await self._register.find(seal_id)
        if seal is None or not is_seen(seal, person, bodies, now):
            return None
        return view(seal, person, bodies, now)


def _admitted(call: Call) -> Person:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    if person.role not in SEE_ALL and reads_for_body(person) is None:
        raise Refusal(problems.SEALS_UNSEEN)
    return person
