"""Events of what the gateway does itself for requests and grants, in the transaction of the change."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from gateway.core.audit.catalogue import Kind
from gateway.core.audit.events import Event
from gateway.core.audit.references import References
from gateway.core.caller import OURSELVES
from gateway.core.ports import AuditTrail
from gateway.core.records import Also
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Resource
from gateway.services.sharing.subjects import subjects_of


class ShareLog:
    """Writes them."""

    def __init__(self, trail: AuditTrail, references: References) -> None:
        self._trail = trail
        self._references = references

    def of_request(self, kind: Kind, request: ShareRequest, at: datetime, **words: str | int) -> Event:
        """The event of a request's step."""
        said: dict[str, str | int] = {
            "resource": request.resource,
            "version": request.version,
            "state": request.state.value,
        }
        return self._event(kind, "share request", request.id, at, said | words)

    def of_deadline(self, kind: Kind, of: str, record: str, at: datetime, **words: str | int) -> Event:
        """The event of a deadline of a record: "share request", or "dispute"."""
        return self._event(kind, of, record, at, words)

    def of_dispute(self, kind: Kind, dispute: Dispute, at: datetime, **words: str | int) -> Event:
        """The event of a dispute's step."""
        own = dispute.delivery
        said: dict[str, str | int] = {
            "resource": own.resource,
            "version": dispute.version,
            "state": dispute.state.value,
        }
        event = self._event(kind, "dispute", dispute.id, at, said | words)
        return msgspec.structs.replace(event, subject=own.subject or None)

    def of_grant(self, kind: Kind, grant: Grant, at: datetime, **words: str | int) -> Event:
        """The event of a grant."""
        said: dict[str, str | int] = {
            "request": self.request_reference(grant.request),
            "resource": grant.resource,
            "version": grant.version,
        }
        return self._event(kind, "grant", grant.id, at, said | words)

    def of_resource(self, kind: Kind, code: str, by: Event, count: int | None = None, **words: str | int) -> Event:
        """The event of one resource among those that are changed together; ``by`` tells who changes them, and when."""
        return Event(
            id=secrets.token_hex(16),
            kind=kind.code,
            at=by.at,
            request_id=by.request_id,
            application=by.application,
            actor=by.actor,
            about=self._references.of_record("resource", code),
            count=count,
            note={"resource": code, **words},
        )

    def request_reference(self, request_id: str) -> str:
        """By which all events of a request are found."""
        return self._references.of_record("share request", request_id)

    def subjects(self, keys: Mapping[str, str], resource: Resource) -> tuple[str, ...]:
        """The references of whom a resource's records with these keys are about."""
        return subjects_of(self._references, keys, resource)

    def key(self, kind: str, *parts: str) -> str:
        """What is the same for the same parts only, and tells nobody what they are."""
        return self._references.of_record(kind, "\n".join(parts))

    def within(self, events: Sequence[Event]) -> Also | None:
        """Leave them in a transaction; None if there are none."""
        return self._trail.within_all(events) if events else None

    def _event(self, kind: Kind, of: str, record: str, at: datetime, words: dict[str, str | int]) -> Event:
        return Event(
            id=secrets.token_hex(16),
            kind=kind.code,
            at=at,
            application=OURSELVES.application.code,
            about=self._references.of_record(of, record),
            note=words,
        )
