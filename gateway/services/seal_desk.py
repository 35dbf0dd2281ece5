"""What all changes of the seal register have in common: who may, on which version, written down with the change."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.identifiers import credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.policy.provider import PolicyProvider
from gateway.core.seals.register import RegisteredSeal, SealRegister
from gateway.services.auditing import Auditing, Note
from gateway.services.seal_views import SealView, view

LONGEST_REASON: Final = 500
_TRIES: Final = 5

Change = Callable[[RegisteredSeal, Person, datetime], RegisteredSeal]


class Changing(msgspec.Struct, frozen=True):
    """Who may make a change: persons of these roles, and departments that own the seal if ``owner``."""

    roles: frozenset[Role]
    owner: bool = False


HUB_ONLY: Final = Changing(frozenset({Role.HUB}))
OWNER_ONLY: Final = Changing(frozenset(), owner=True)
OWNER_OR_HUB: Final = Changing(frozenset({Role.HUB}), owner=True)
WHOEVER_LOOKS_AFTER_IT: Final = Changing(frozenset({Role.HUB, Role.OPERATIONS}), owner=True)


class SealDesk:
    """Changes registered seals for those who may.

    Args:
        register: keeps them for all replicas.
        rules: knows which body stands for which.
        clock: gives the present.
        audit: has every attempt written down.
    """

    def __init__(self, register: SealRegister, rules: PolicyProvider, clock: Clock, audit: Auditing) -> None:
        self.register = register
        self.rules = rules
        self.clock = clock
        self.audit = audit

    def admit(self, changing: Changing, call: Call) -> Person:
        """Who acts; raises Refusal FORBIDDEN for persons who never make such changes."""
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        may_own = changing.owner and person.role is Role.DEPARTMENT and person.body is not None
        if person.role not in changing.roles and not may_own:
            raise Refusal(problems.SEAL_CHANGE_FORBIDDEN)
        return person

    async def change(
        self, seal_id: str, changing: Changing, change: Change, call: Call, note: Note, *, expected: int | None
    ) -> SealView:
        """The seal after ``change``, kept for all replicas; the note is left in the transaction that keeps it.

        ``expected`` is the version that the caller has read, None for a change that is right on whichever is there.

        Raises:
            Refusal: FORBIDDEN for those who may not, NOT_FOUND, CONFLICT unless ``expected`` is the seal's version,
                and whatever ``change`` refuses.
        """
        person = self.admit(changing, call)
        for _ in range(_TRIES):
            before = await self._found(seal_id, note)
            self._verify_may(changing, person, before)
            if expected not in {None, before.version}:
                break
            after = change(before, person, self.clock.now())
            note.says(version=after.version)
            if await self.register.put(after, note.within()):
                return self.shown(after, person)
            if (present := await self._found(seal_id, note)).version == before.version:
                raise Refusal(problems.SEAL_NUMBER_TAKEN, "input.structure")
            before = present
        raise Refusal(problems.SEAL_CHANGED, "input.expectedVersion", version=before.version)

    def shown(self, seal: RegisteredSeal, person: Person) -> SealView:
        """The seal as the person sees it."""
        return view(seal, person, self.rules.book().bodies, self.clock.now())

    async def _found(self, seal_id: str, note: Note) -> RegisteredSeal:
        seal = await self.register.find(seal_id)
        if seal is None:
            raise Refusal(problems.SEAL_UNKNOWN, "input.id")
        note.about("seal", seal.id)
        note.says(seal=seal.id, version=seal.version)
        return seal

    def _verify_may(self, changing: Changing, person: Person, seal: RegisteredSeal) -> None:
        if person.role in changing.roles:
            return
        if not seal.is_owned(person.body, self.clock.now(), self.rules.book().bodies):
            raise Refusal(problems.SEAL_CHANGE_FORBIDDEN)


def checked_body(code: str, field: str) -> str:
    """The credit code; raises Refusal BAD_INPUT."""
    try:
        return credit_code.parse(code)
    except IdentifierInvalid as error:
        raise Refusal(problems.CREDIT_CODE_INVALID, field, reason=error.reason) from error


def checked_reason(reason: str) -> str:
    """The words; raises Refusal BAD_INPUT."""
    words = reason.strip()
    if not 1 <= len(words) <= LONGEST_REASON or not words.isprintable():
        raise Refusal(problems.SEAL_REASON_INVALID, "input.reason", limit=LONGEST_REASON)
    return words
