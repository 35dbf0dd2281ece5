"""Decide on a use of a grant: whether the question may be asked, in which words, and what of the answer may leave.

Each question is decided anew, the next page of one too: by the use, the grants, the catalogue and the rules as they are
at that moment.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.policy.provider import PolicyProvider
from gateway.core.sharing.decisions import Asked, Denial, Permit, decide
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.resources import MOST_ITEMS, Resource
from gateway.core.sharing.values import MOST_PARAMETERS, ValueUnreadable, write_parameter
from gateway.core.use import Use
from gateway.services.auditing import Note
from gateway.services.holders import same_holder
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.share_cursors import ShareCursors, binding
from gateway.services.sharing.share_memory import ShareMemory
from gateway.services.sharing.sight import sees_grant
from gateway.services.sharing.subjects import holder_of, subjects_of

MOST_RECORDS: Final = 500
"""Records of one answer; more are asked for with a cursor, or as a file."""


class SharedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's question, unchecked.

    Attributes:
        fields: None for all that the resource has.
        resource: the only one that the grant may be of; None for whichever it is of.
        kept: the use, where the question goes on beyond its time: it is proven anew then; None to find it live.
    """

    use: str
    grant: str
    parameters: object
    fields: tuple[str, ...] | None = None
    first: int = 20
    after: str | None = None
    resource: str | None = None
    kept: Use | None = None

    def __repr__(self) -> str:
        """Nothing: parameters name persons."""
        return "SharedRequest(...)"


class Decided(msgspec.Struct, frozen=True):
    """A use that is allowed, and everything that it was decided by.

    Attributes:
        asked: the fields and parameters as they were understood.
        subject: the reference of whom the records are about; None if the resource has no keys.
        bound: what cursors of this question are bound to.
        place: where the question goes on; None at its beginning.
    """

    use: Use
    person: Person
    lineage: Sequence[Grant]
    resource: Resource
    asked: Asked
    permit: Permit
    subject: str | None
    bound: bytes
    place: str | None


class DecideUse:
    """Decides on uses.

    Args:
        memory: reads grants and resources.
        uses: finds the use under which it is asked.
        permits: holds callers to a pace.
        book: knows which body stands for which.
        cursors: opens where a question goes on.
        references: name persons without saying who they are.
        clock: gives the present.
    """

    def __init__(
        self,
        *,
        memory: ShareMemory,
        uses: LiveUse,
        permits: Permits,
        book: PolicyProvider,
        cursors: ShareCursors,
        references: References,
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._uses = uses
        self._permits = permits
        self._book = book
        self._cursors = cursors
        self._references = references
        self._clock = clock

    async def __call__(self, request: SharedRequest, call: Call, note: Note) -> Decided:
        """The use, decided; the note is told what is found out on the way.

        Raises:
            Refusal: FORBIDDEN without a use or a grant that allows it, NOT_FOUND for a grant that is not the caller's
                to know of, BAD_INPUT for a wrong argument, LIMIT for too many persons in a short time.
        """
        if not 1 <= request.first <= MOST_RECORDS:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "first", low=1, high=MOST_RECORDS)
        kept = request.kept
        use = await (self._uses(request.use, call) if kept is None else self._uses.again(kept, call))
        note.under(use)
        person = call.caller.person
        assert person is not None, "a use is found for a person only"
        lineage = await self._memory.lineage(request.grant)
        now = self._clock.now()
        bodies = self._book.book().bodies
        is_seen = bool(lineage) and sees_grant(lineage[0], person, bodies, china_date(now))
        resource = await self._memory.resource(request.resource or lineage[0].resource) if lineage else None
        if resource is None:
            raise Refusal(problems.GRANT_UNKNOWN, "grant")
        fields = _fields(request.fields, resource)
        try:
            parameters = _parameters(request.parameters, resource)
        except Refusal:
            if not is_seen:
                raise Refusal(problems.GRANT_UNKNOWN, "grant") from None
            raise
        asked = Asked(caller=call.caller, item=use.item, fields=fields, parameters=parameters, at=now)
        permit = decide(lineage, asked, resource, bodies)
        if isinstance(permit, Denial):
            if not is_seen:
                raise Refusal(problems.GRANT_UNKNOWN, "grant")
            field = "grant" if permit.field is None else f"parameters.{permit.field}"
            if permit.is_input:
                keys = ", ".join(resource.keys or sorted(resource.parameters)) or "–"
                raise Refusal(problems.GRANT_PARAMETER, field, reason=permit.reason, keys=keys)
            raise Refusal(problems.GRANT_DENIED, field, reason=permit.reason)
        note.about("grant", lineage[0].id)
        note.says(resource=resource.code, version=resource.version)
        holder = holder_of(permit.keys, resource)
        subject = next(iter(subjects_of(self._references, permit.keys, resource)), None)
        if holder is not None:
            note.concerns(holder)
            self._permits.pace(use, holder.number or "", call)
        if use.reaches is not None and (holder is None or not same_holder(holder, use.reaches)):
            raise Refusal(problems.SHARED_OTHER_HOLDER, "parameters")
        bound = binding(call, use.id, lineage[0].id, parameters, fields)
        place = self._cursors.open(request.after, bound)
        return Decided(use, person, lineage, resource, asked, permit, subject, bound, place)


def _fields(wanted: tuple[str, ...] | None, resource: Resource) -> frozenset[str]:
    if wanted is None:
        return resource.fields
    if not 1 <= len(wanted) <= MOST_ITEMS:
        raise Refusal(problems.SHARED_FIELDS_INVALID, "fields", limit=MOST_ITEMS)
    return frozenset(wanted)


def _parameters(given: object, resource: Resource) -> dict[str, str]:
    """The parameters as they are sent.

    Raises:
        Refusal: BAD_INPUT; nothing of them is quoted.
    """
    if not isinstance(given, dict) or len(given) > MOST_PARAMETERS:
        raise Refusal(problems.SHARED_PARAMETERS_INVALID, "parameters", limit=MOST_PARAMETERS)
    found: dict[str, str] = {}
    for name, value in given.items():
        item = resource.item(str(name))
        try:
            found[str(name)] = write_parameter(item, value)
        except ValueUnreadable as error:
            field = f"parameters.{name}" if item is not None else "parameters"
            raise Refusal(problems.SHARED_PARAMETERS_INVALID, field, limit=MOST_PARAMETERS) from error
    return found
