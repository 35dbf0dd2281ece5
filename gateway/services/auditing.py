"""Writing down how each use case ended, before its answer leaves.

A use case works inside ``Auditing.noting`` and tells its ``Note`` what it finds out on the way. When the block ends the
event is chained and committed, or no answer leaves; a refusal is written down like a success. An event that belongs to
a change is left in the change's own transaction (``Note.within``) and only waited for.
"""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from gateway.core.audit.catalogue import Kind
from gateway.core.audit.events import Actor, Ending, Event, Heard, UseReference
from gateway.core.audit.references import References
from gateway.core.caller import Caller, Person, Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.licence import PUBLIC_NAMES, Holder, Licence
from gateway.core.ports import AuditTrail
from gateway.core.records import Also, Transaction
from gateway.core.use import Use
from gateway.services.holders import own_document

_LONGEST_NAME = 200


class Asked(Protocol):
    """What was asked, in one request by one caller: a Call, a Transfer."""

    @property
    def request_id(self) -> str:
        """Which request."""
        ...

    @property
    def caller(self) -> Caller:
        """Whose."""
        ...


class Note:
    """What is known of one attempt so far."""

    def __init__(self, kind: Kind, call: Asked, references: References, trail: AuditTrail, clock: Clock) -> None:
        self._kind = kind
        self._call = call
        self._references = references
        self._trail = trail
        self._clock = clock
        self._use: UseReference | None = None
        self._subject: str | None = None
        self._about: str | None = None
        self._systems: tuple[Heard, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._withheld: tuple[str, ...] = ()
        self._count: int | None = None
        self._words: dict[str, str | int] = {}
        self.held: Event | None = None

    def under(self, use: Use) -> None:
        """It happens under this use."""
        self._use = UseReference(
            reference=self._references.of_use(use.id), basis=use.basis, item=use.item, case=use.case or use.application
        )
        if use.reaches is not None:
            self.concerns(use.reaches)

    def concerns(self, holder: Holder) -> None:
        """It is about this holder."""
        self._subject = self._references.of_holder(holder)

    def is_of(self, reference: str) -> None:
        """It is about the holder whom this reference means; about none if it is empty."""
        self._subject = reference or None

    def about(self, kind: str, key: str) -> None:
        """It changes this record."""
        self._about = self._references.of_record(kind, key)

    def heard(self, systems: Iterable[Heard]) -> None:
        """Systems were asked, and this is what they contributed."""
        self._systems = tuple(systems)

    def shows(self, licences: Iterable[Licence], wanted: frozenset[str]) -> None:
        """These licences will leave, with the wanted fields but those that they withhold."""
        found = list(licences)
        names = {PUBLIC_NAMES[name].split(".")[0] for name in wanted} if found else set()
        withheld = {left.path for licence in found for left in licence.withheld}
        self._shown = tuple(sorted(name for name in names if any(not _withholds(licence, name) for licence in found)))
        self._withheld = tuple(sorted(withheld))
        self._count = len(found)

    def gives(self, shown: Iterable[str], withheld: Iterable[str], count: int) -> None:
        """So many records leave with these fields, and without those."""
        self._shown = tuple(sorted(shown))
        self._withheld = tuple(sorted(withheld))
        self._count = count

    def counts(self, count: int) -> None:
        """So many things leave or change."""
        self._count = count

    def says(self, **words: str | int) -> None:
        """Words of a closed set, or numbers: never a text that a caller typed."""
        self._words.update(words)

    def references(self, holder: Holder) -> str:
        """The reference of another holder who has a part in it, for ``says``."""
        return self._references.of_holder(holder) or ""

    def within(self) -> Also:
        """Leave the event, as far as it is known now, in the transaction of the change that it is about."""
        event = self.event(Ending.DONE)
        also = self._trail.within(event)

        async def held(transaction: Transaction) -> None:
            await also(transaction)
            self.held = event

        return held

    def event(self, ending: Ending, problem: str | None = None) -> Event:
        """The event so far."""
        caller = self._call.caller
        return Event(
            id=secrets.token_hex(16),
            kind=self._kind.code,
            at=self._clock.now(),
            ending=ending,
            request_id=self._call.request_id,
            application=caller.application.code,
            actor=actor_of(caller.person, self._references) if caller.person else None,
            use=self._use,
            subject=self._subject,
            about=self._about,
            systems=self._systems,
            shown=self._shown if ending is Ending.DONE else (),
            withheld=self._withheld if ending is Ending.DONE else (),
            count=self._count if ending is Ending.DONE else None,
            problem=problem,
            note=dict(self._words),
        )


class Auditing:
    """Gives every attempt its note, and writes it down.

    Args:
        trail: takes the events.
        references: how holders, uses and records are called in them.
        clock: tells when.
    """

    def __init__(self, trail: AuditTrail, references: References, clock: Clock) -> None:
        self._trail = trail
        self._references = references
        self._clock = clock

    @asynccontextmanager
    async def noting(self, kind: Kind, call: Asked) -> AsyncIterator[Note]:
        """A note for the block; its event is committed when the block ends, however it ends.

        Raises:
            Refusal: INTERNAL, the event cannot be written; and whatever the block raises.
        """
        note = Note(kind, call, self._references, self._trail, self._clock)
        try:
            yield note
        except Refusal as refusal:
            await self._trail.record(note.event(Ending.REFUSED, refusal.problem.number))
            raise
        except BaseException:
            # a defect, or a caller who waits no longer: nothing leaves that could be held back
            self._trail.post(note.event(Ending.BROKEN))
            raise
        if note.held is not None:
            await self._trail.settled(note.held)
        else:
            await self._trail.record(note.event(Ending.DONE))


def actor_of(person: Person, references: References) -> Actor:
    """The person as events name him."""
    if person.role is Role.CITIZEN:
        own = own_document(person)
        subject = references.of_holder(own) if own else references.of_record("citizen", person.subject)
        return Actor(role=person.role.value, subject=subject)
    return Actor(
        role=person.role.value,
        subject=person.subject,
        body=person.body,
        body_name=person.body_name[:_LONGEST_NAME] if person.body_name else None,
        region=person.region,
    )


def _withholds(licence: Licence, name: str) -> bool:
    return any(left.path == name for left in licence.withheld)
