"""The lines of the seal log: one for each step of a sealing, in the transaction of the step."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from gateway.core.audit.catalogue import Kind
from gateway.core.audit.events import Ending, Event
from gateway.core.audit.references import References
from gateway.core.caller import Caller
from gateway.core.ports import AuditTrail
from gateway.core.records import Also
from gateway.core.seals.sealing import Sealing, SealingState
from gateway.core.use import Use
from gateway.services.auditing import actor_of


class SealLog:
    """Writes the log. The events name the caller who asked, but for steps that another person takes."""

    def __init__(self, trail: AuditTrail, references: References) -> None:
        self._trail = trail
        self._references = references

    def line(self, kind: Kind, sealing: Sealing, actor: Caller | None = None, **words: str | int) -> Also:
        """Leave the line of one step in its transaction."""
        return self._trail.within(self.event(kind, sealing, actor, **words))

    def lines(self, kind: Kind, sealings: list[Sealing]) -> Also:
        """Leave a line for each in their transaction."""
        return self._trail.within_all([self.event(kind, one) for one in sealings])

    def event(self, kind: Kind, sealing: Sealing, actor: Caller | None = None, **words: str | int) -> Event:
        """The line."""
        caller = actor or sealing.caller
        return Event(
            id=secrets.token_hex(16),
            kind=kind.code,
            at=sealing.changed_at,
            request_id=sealing.request_id,
            application=caller.application.code,
            actor=actor_of(caller.person, self._references) if caller.person else None,
            use=sealing.use,
            about=self.reference(sealing),
            problem=None,
            note=self._words(sealing) | words,
        )

    def compared(self, kind: Kind, at: datetime, **words: str | int) -> Event:
        """The line of a comparison with a platform's log, which no person asked for."""
        return Event(id=secrets.token_hex(16), kind=kind.code, at=at, ending=Ending.DONE, note=dict(words))

    def within(self, event: Event) -> Also:
        """Leave the event in a transaction."""
        return self._trail.within(event)

    def within_all(self, events: Sequence[Event]) -> Also:
        """Leave the events in a transaction."""
        return self._trail.within_all(events)

    def reference(self, sealing: Sealing) -> str:
        """By which all lines of a sealing are found."""
        return self._references.of_record("sealing", sealing.id)

    def use_reference(self, use: Use) -> str:
        """The use's id, which is a key and is never written down."""
        return self._references.of_use(use.id)

    def key_reference(self, sealing: Sealing) -> str:
        """The idempotency key, unreadable."""
        return self._references.of_record("sealing key", sealing.key)

    def _words(self, sealing: Sealing) -> dict[str, str | int]:
        words: dict[str, str | int] = {
            "seal": sealing.seal_number,
            "key": self.key_reference(sealing),
            "before": sealing.input.sha256,
            "result": sealing.state.value,
        }
        if sealing.pages is not None:
            words["pages"] = sealing.pages
        if sealing.result is not None:
            words["after"] = sealing.result.sha256
        if sealing.platform is not None:
            words["platform"] = sealing.platform
        if sealing.attempts:
            words["attempt"] = sealing.attempts[-1].number
        if sealing.state is SealingState.FAILED:
            words["problem"] = sealing.troubles[0].number
        return words
