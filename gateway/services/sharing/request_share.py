"""Ask for data: draft a request, change it, submit it, mend what was returned, withdraw it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_REQUESTED, SHARE_REVISED, SHARE_SUBMITTED, SHARE_WITHDRAWN
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.errors import Refusal
from gateway.core.records import both
from gateway.core.sharing.grants import MOST_LEVELS, Grant
from gateway.core.sharing.parties import Actor
from gateway.core.sharing.records import GrantChoice
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.steps import GIVEN, Action, Purpose
from gateway.core.sharing.terms import Access, Quota, Terms
from gateway.services.auditing import Note
from gateway.services.sharing.desk import WAITING, Issued, ShareDesk, tell
from gateway.services.sharing.known_users import verify_users

LONGEST_KEY: Final = 100
LONGEST_GRANT: Final = timedelta(days=3 * 366)
_TERMS: Final = "input.terms"


class TermsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Terms as they are asked for; fields as in Terms.

    Attributes:
        bodies: None for the caller's own.
        valid_from: None from now on.
    """

    fields: tuple[tuple[str, Access], ...]
    items: tuple[str, ...]
    applications: tuple[str, ...]
    valid_until: datetime
    bodies: tuple[str, ...] | None = None
    persons: tuple[str, ...] | None = None
    scope: Scope = Scope()
    quota: Quota = Quota()
    valid_from: datetime | None = None

    def __repr__(self) -> str:
        """Fields only: terms name persons."""
        return f"TermsRequest({', '.join(name for name, _ in self.fields)})"

    def terms(self, body: str, at: datetime) -> Terms:
        """The terms.

        Raises:
            Refusal: BAD_INPUT if a field stands twice, or the time is longer than LONGEST_GRANT.
        """
        since = at if self.valid_from is None else self.valid_from
        if len(dict(self.fields)) < len(self.fields):
            raise Refusal(problems.SHARE_TERMS_INVALID, "input.terms.fields", days=LONGEST_GRANT.days)
        if self.valid_until - since > LONGEST_GRANT:
            raise Refusal(problems.SHARE_TERMS_INVALID, "input.terms.validUntil", days=LONGEST_GRANT.days)
        return Terms(
            fields=dict(self.fields),
            items=frozenset(self.items),
            applications=frozenset(self.applications),
            bodies=frozenset({body} if self.bodies is None else self.bodies),
            persons=None if self.persons is None else frozenset(self.persons),
            scope=self.scope,
            quota=self.quota,
            valid_from=since,
            valid_until=self.valid_until,
        )


class NewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a resource; ``submit`` at once, or leave it a draft."""

    key: str
    resource: str
    terms: TermsRequest
    purpose: Purpose
    submit: bool = True


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Other terms and purpose of a request; None where they stay."""

    id: str
    expected_version: int
    terms: TermsRequest | None = None
    purpose: Purpose | None = None


class RequestShare:
    """What the requester does."""

    def __init__(self, desk: ShareDesk) -> None:
        self._desk = desk

    async def __call__(self, new: NewRequest, call: Call) -> Issued:
        """The new request; of what is shared unconditionally, with the grant.

        Repeating it with the same key gives the same request, whatever has become of it.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND for the resource, BAD_INPUT for what the item does not need or the catalogue
                does not have, and for applications and bodies that nobody knows, CONFLICT for a key that was used for
                something else.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_REQUESTED, call) as note:
            person, body = desk.admit(call)
            key = checked_key(new.key)
            request_id = desk.log.key("share request key", call.caller.application.code, person.subject, key)
            if (before := await desk.requests.find(request_id)) is not None:
                return await self._same(before, new, body, note)
            resource = await desk.resource(new.resource)
            terms = new.terms.terms(body, desk.clock.now())
            terms = verify_users(terms, None, desk, call, frozenset({body, resource.provider}), _TERMS)
            draft = self._draft(request_id, new, terms, resource, person, body)
            done, also = Issued(draft), None
            if new.submit:
                actor = desk.actor(person, draft.bodies)
                needed = await desk.needed(draft.wanted.items, resource.code)
                done, also = await desk.completed(draft.submit(resource, needed, by=actor, at=draft.drafted_at))
            tell(note, done.request)
            if await desk.requests.add(done.request, both(note.within(), also)):
                return done
            meanwhile = await desk.requests.find(request_id)
            assert meanwhile is not None  # requests are never removed
            return await self._same(meanwhile, new, body, note)

    async def revise(self, change: Change, call: Call) -> ShareRequest:
        """The draft with other terms or purpose.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT, CONFLICT for another version or once it was submitted.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_REVISED, call) as note:
            _, body = desk.admit(call)

            def revise(request: ShareRequest, by: Actor, _at: datetime) -> ShareRequest:
                terms = self._changed(change, request, body, call)
                return request.revise(terms, change.purpose or request.purpose, by=by)

            return (await desk.change(change.id, change.expected_version, revise, call, note)).request

    async def submit(self, change: Change, call: Call) -> Issued:
        """The request, submitted: a draft for the first time, or one that was returned, with what was mended.

        Raises:
            Refusal: as drafting, CONFLICT for another version or state.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_SUBMITTED, call) as note:
            person, body = desk.admit(call)
            before = await desk.found(change.id, person, note)
            resource = await desk.resource(before.resource)
            terms, purpose = self._changed(change, before, body, call), change.purpose or before.purpose
            needed = await desk.needed(terms.items, resource.code)

            def submit(request: ShareRequest, by: Actor, at: datetime) -> ShareRequest:
                if request.returned_from is not None:
                    return request.resubmit(resource, needed, terms, purpose, by=by, at=at)
                is_same = (terms, purpose) == (request.wanted, request.purpose)
                ready = request if is_same else request.revise(terms, purpose, by=by)
                return ready.submit(resource, needed, by=by, at=at)

            return await desk.change(change.id, change.expected_version, submit, call, note)

    async def withdraw(self, request_id: str, expected: int, call: Call) -> ShareRequest:
        """The request, withdrawn before there was a decision.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, CONFLICT for another version or once it has ended.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_WITHDRAWN, call) as note:
            done = await desk.change(
                request_id, expected, lambda request, by, at: request.withdraw(by=by, at=at), call, note
            )
            return done.request

    def _draft(
        self, request_id: str, new: NewRequest, terms: Terms, resource: Resource, person: Person, body: str
    ) -> ShareRequest:
        desk, now = self._desk, self._desk.clock.now()
        offices = desk.rules.offices
        region = offices.region_of(resource.provider)
        authority = offices.authority(region)
        if authority is None:
            raise Refusal(problems.SHARE_NO_AUTHORITY, "input.resource", region=region)
        if resource.sharing is SharingType.NOT_SHARED:
            raise Refusal(problems.SHARE_NOT_SHARED, "input.resource")
        return ShareRequest(
            id=request_id,
            resource=resource.code,
            resource_version=resource.version,
            sharing=resource.sharing,
            decided_by=resource.authority,
            region=region,
            requester=body,
            own_office=offices.own_office(body),
            authority=authority,
            provider=resource.provider,
            published=resource.published_on is not None,
            drafted_by=person.subject,
            drafted_at=now,
            wanted=terms,
            purpose=new.purpose,
            expires_at=now + WAITING,
        )

    def _changed(self, change: Change, request: ShareRequest, body: str, call: Call) -> Terms:
        """The terms as the change leaves them."""
        if change.terms is None:
            return request.wanted
        terms, parties = change.terms.terms(body, self._desk.clock.now()), {request.requester, request.provider}
        return verify_users(terms, request.wanted, self._desk, call, frozenset(parties), _TERMS)

    async def _same(self, before: ShareRequest, new: NewRequest, body: str, note: Note) -> Issued:
        """What came of the key before; raises Refusal CONFLICT if it was for something else."""
        tell(note, before)
        since = before.wanted.valid_from if new.terms.valid_from is None else new.terms.valid_from
        terms = msgspec.structs.replace(new.terms.terms(body, since), valid_from=since)
        was_changed = before.revised_by or any(step.action is Action.RESUBMIT for step in before.steps)
        is_same = was_changed or (terms, new.purpose) == (before.wanted, before.purpose)
        if before.resource != new.resource or not is_same:
            raise Refusal(problems.SHARE_KEY_TAKEN, "input.idempotencyKey")
        return Issued(before, await grant_of(self._desk, before))


async def grant_of(desk: ShareDesk, request: ShareRequest) -> Grant | None:
    """The grant that was issued for a request."""
    if request.state not in GIVEN:
        return None
    found = await desk.grants.page(GrantChoice(request=request.id), None, MOST_LEVELS)
    return next((grant for grant in found if grant.upstream is None), None)


def checked_key(key: str) -> str:
    """The idempotency key; raises Refusal BAD_INPUT for one that is none."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Refusal(problems.SHARE_KEY_INVALID, "input.idempotencyKey", limit=LONGEST_KEY)
    return key
