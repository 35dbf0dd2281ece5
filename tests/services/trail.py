"""An audit in memory for tests of use cases: an AuditTrail and an AuditReader."""

from collections.abc import Sequence
from operator import attrgetter

from gateway.core.audit.catalogue import find_kind
from gateway.core.audit.events import Ending, Event
from gateway.core.audit.reading import AuditChoice, Place
from gateway.core.errors import Refusal
from gateway.core.records import Also, Transaction


class MemoryTrail:
    """Keeps events; ``refusal`` is raised instead, as if the database were away."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.held: list[Event] = []
        self.refusal: Refusal | None = None

    async def record(self, event: Event) -> None:
        self._verify_open()
        assert event.record()
        self.events.append(event)

    def within(self, event: Event) -> Also:
        async def also(transaction: Transaction) -> None:
            self.held.append(event)

        return also

    def within_all(self, events: Sequence[Event]) -> Also:
        async def also(transaction: Transaction) -> None:
            self.held.extend(events)

        return also

    async def settled(self, event: Event) -> None:
        assert event in self.held, "only what was left in a transaction settles"
        await self.record(event)

    def post(self, event: Event) -> None:
        if self.refusal is None:
            self.events.append(event)

    async def find(self, choice: AuditChoice, first: int, after: Place | None) -> Sequence[Event]:
        return self._page([event for event in self.events if _is_of(event, choice)], first, after)

    async def uses_of(self, subjects: tuple[str, ...], first: int, after: Place | None) -> Sequence[Event]:
        mine = [event for event in self.events if event.subject in subjects and event.ending is Ending.DONE]
        return self._page([event for event in mine if (kind := find_kind(event.kind)) and kind.told], first, after)

    def _page(self, events: list[Event], first: int, after: Place | None) -> Sequence[Event]:
        ordered = sorted(events, key=attrgetter("at", "id"), reverse=True)
        rest = [event for event in ordered if after is None or (event.at, event.id) < (after.at, after.event)]
        return rest[:first]

    def _verify_open(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def _is_of(event: Event, choice: AuditChoice) -> bool:
    return (
        (choice.since is None or event.at >= choice.since)
        and (choice.until is None or event.at < choice.until)
        and (not choice.kinds or event.kind in choice.kinds)
        and (not choice.applications or event.application in choice.applications)
        and (not choice.endings or event.ending in choice.endings)
        and (choice.actor is None or (event.actor is not None and event.actor.subject == choice.actor))
        and (not choice.subjects or event.subject in choice.subjects)
    )
