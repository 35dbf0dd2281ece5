"""What all steps of share requests have in common: who acts, on which version, and what the gateway does next itself.

A step, what follows from it by law (what is shared unconditionally is opened, what was approved is granted, what an
exchange decides is queued for it) and the audit's events are one transaction.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import GRANT_ISSUED, SHARE_OPENED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.provider import PolicyProvider
from gateway.core.ports import CallerRegister
from gateway.core.records import Also, all_of, both
from gateway.core.sharing.catalogue import ItemRelationStore, ResourceStore
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.grants import Grant, issue
from gateway.core.sharing.parties import GATEWAY, Actor, acting
from gateway.core.sharing.records import DisputeStore, GrantStore, ShareRequestStore
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Authority, Resource, SharingType, needed_fields
from gateway.core.sharing.rules import ShareRules
from gateway.core.sharing.steps import GIVEN, RequestState
from gateway.core.tasks import TaskStore
from gateway.services.auditing import Auditing, Note
from gateway.services.sharing.exchanges.forward_pace import KIND_FORWARD, forward_task
from gateway.services.sharing.share_log import ShareLog
from gateway.services.sharing.sight import SEE_ALL, sees_request

WAITING: Final = timedelta(days=90)
"""How long a draft waits to be submitted, and what was returned to be mended, unless a shorter time is set."""
_OF_BODIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT, Role.HUB})

Step = Callable[[ShareRequest, Actor, datetime], ShareRequest]


class Issued(msgspec.Struct, frozen=True):
    """A request after a step, and the grant that was issued with it, if one was."""

    request: ShareRequest
    grant: Grant | None = None


class ShareDesk(msgspec.Struct, frozen=True):
    """Takes steps for those who may.

    Attributes:
        requests: keeps them, as ``grants``, ``resources``, ``relations`` and ``disputes`` keep theirs.
        grants: likewise.
        resources: likewise.
        relations: likewise.
        disputes: likewise.
        tasks: has what is decided elsewhere forwarded.
        rules: deadlines, reasons and offices.
        book: knows which body stands for which.
        register: knows which applications there are.
        clock: gives the present.
        audit: has every attempt written down, with ``log`` for what the gateway does itself.
        log: likewise.
    """

    requests: ShareRequestStore
    grants: GrantStore
    resources: ResourceStore
    relations: ItemRelationStore
    disputes: DisputeStore
    tasks: TaskStore
    rules: ShareRules
    book: PolicyProvider
    register: CallerRegister
    clock: Clock
    audit: Auditing
    log: ShareLog

    def admit(self, call: Call) -> tuple[Person, str]:
        """Who acts, and his body; raises Refusal for whoever works for none."""
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        if person.role not in _OF_BODIES or person.body is None:
            raise Refusal(problems.SHARE_ROLE)
        return person, person.body

    def actor(self, person: Person, named: frozenset[str]) -> Actor:
        """The person as one who acts for those of the bodies that are his."""
        assert person.body is not None
        bodies, on = self.book.book().bodies, china_date(self.clock.now())
        return acting(person.subject, person.body, named, bodies, on)

    def is_his(self, person: Person, request: ShareRequest) -> bool:
        """Whether the request is the person's to see."""
        return person.role in SEE_ALL or sees_request(
            request, person, self.book.book().bodies, china_date(self.clock.now())
        )

    async def resource(self, code: str) -> Resource:
        """The resource as the catalogue has it now; raises Refusal NOT_FOUND."""
        found = await self.resources.find(code)
        if found is None:
            raise Refusal(problems.SHARE_RESOURCE_UNKNOWN, "input.resource")
        return found

    async def needed(self, items: frozenset[str], resource: str) -> frozenset[str]:
        """The fields that each of the items needs of the resource today: one grant gives no item another one's."""
        on = china_date(self.clock.now())
        needs = [
            needed_fields(await self.relations.of_item(item, resource), item, resource, on) for item in sorted(items)
        ]
        return frozenset.intersection(*needs) if needs else frozenset()

    async def found(self, request_id: str, person: Person, note: Note) -> ShareRequest:
        """The request, if it is the person's to see; raises Refusal NOT_FOUND."""
        request = await self.requests.find(request_id)
        if request is None or not self.is_his(person, request):
            raise Refusal(problems.SHARE_UNKNOWN, "input.id")
        tell(note, request)
        return request

    async def change(self, request_id: str, expected: int, step: Step, call: Call, note: Note) -> Issued:
        """The request after ``step`` on the version that the caller has read.

        Raises:
            Refusal: FORBIDDEN for those who may not, NOT_FOUND, CONFLICT unless ``expected`` is its version, and
                whatever the step refuses.
        """
        person, _ = self.admit(call)
        before = await self.found(request_id, person, note)
        if before.version != expected:
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version)
        stepped = step(before, self.actor(person, before.bodies), self.clock.now())
        return await self.keep(before, stepped, note)

    async def keep(self, before: ShareRequest, stepped: ShareRequest, note: Note) -> Issued:
        """Keep what was stepped to, with what the gateway adds; ``note`` goes into the same transaction.

        Raises:
            Refusal: CONFLICT if somebody else was first.
        """
        done, also = await self.completed(stepped)
        tell(note, done.request)
        if not await self.requests.change(before, done.request, both(note.within(), also)):
            raise Refusal(problems.SHARE_CHANGED, "input.expectedVersion", version=before.version + 1)
        return done

    async def completed(self, stepped: ShareRequest, parent: Grant | None = None) -> tuple[Issued, Also | None]:
        """What follows from a step at once, and what belongs into its transaction besides.

        ``parent`` is the grant of the exchange under which an approved one is issued.
        """
        now, request, kinds = self.clock.now(), stepped, []
        also: list[Also] = []
        if request.state is RequestState.SUBMITTED and request.sharing is SharingType.UNCONDITIONAL:
            request = request.open(by=GATEWAY, at=now)
            kinds.append(SHARE_OPENED)
        if _is_to_forward(request):
            upstream = (await self.resource(request.resource)).upstream
            assert upstream is not None  # of every resource of an exchange: examine_resource
            queued = Forwarding(system=upstream.system, resource=upstream.number, key=request.id, since=now)
            request = request.forward(queued, by=GATEWAY)
            also.append(self.tasks.adding([forward_task(request.id, now)]))
        elif request.state is RequestState.WITHDRAWN and request.forwarding is not None:
            also.append(self.tasks.waking(KIND_FORWARD, [request.id], now))
        grant = None
        if request.state in GIVEN and request.delivered_at is None:
            grant = issue(request, secrets.token_hex(12), now, parent)
            request = request.deliver(by=GATEWAY, at=now)
        lines = [self.log.of_request(kind, request, now) for kind in kinds]
        if grant is not None:
            also.append(self.grants.adding(grant))
            lines.append(self.log.of_grant(GRANT_ISSUED, grant, now))
        return Issued(request, grant), all_of([*also, self.log.within(lines)])


def tell(note: Note, request: ShareRequest) -> None:
    """Say in the note which request it is, and how far it is."""
    note.about("share request", request.id)
    note.says(resource=request.resource, version=request.version, state=request.state.value)


def _is_to_forward(request: ShareRequest) -> bool:
    is_upstream = request.decided_by is Authority.UPSTREAM
    return is_upstream and request.state is RequestState.WITH_PROVIDER and request.forwarding is None
