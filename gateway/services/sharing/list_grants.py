"""Grants for those whom they concern, and why a use would be given what."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.decisions import Asked, Explanation, why
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.records import GrantChoice
from gateway.services.paging import Page, cut_page, open_page
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.sight import SEE_ALL, SeenPage, ShareRole, sees_grant

MOST_PARAMETERS = 50
MOST_FIELDS = 500


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Why the caller is given what of these fields, for an item and with these parameters; all fields if none."""

    grant: str
    item: str
    parameters: Mapping[str, str]
    fields: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        """The item only: parameters name persons."""
        return f"Question(item={self.item!r})"


class Explained(msgspec.Struct, frozen=True):
    """What is given of a field, and why."""

    field: str
    explanation: Explanation


class ListGrants:
    """Answers questions about grants."""

    def __init__(self, desk: ShareDesk) -> None:
        self._desk = desk

    async def __call__(self, role: ShareRole | None, first: int, after: str | None, call: Call) -> SeenPage[Grant]:
        """A page by id: grants of the caller's body as a party, or those that it may use if no role is given.

        The hub and auditors read all without a role.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, BAD_INPUT for the page.
        """
        last = open_page(first, after)
        person = _person(call)
        found = await self._desk.grants.page(self._choice(role, person), last, first + 1)
        cut = cut_page(found, lambda grant: grant.id, first, len(found))
        seen = [one for one in zip(cut.nodes, cut.cursors, strict=True) if self._is_his(role, person, one[0])]
        nodes, cursors = [node for node, _ in seen], [cursor for _, cursor in seen]
        return SeenPage(Page(nodes, cursors, cut.has_next, len(nodes)), cut.cursors[-1] if cut.cursors else None)

    async def find(self, grant_id: str, call: Call) -> Grant | None:
        """The grant, if the caller may see it."""
        person = _person(call)
        grant = await self._desk.grants.find(grant_id)
        on = china_date(self._desk.clock.now())
        return grant if grant is not None and sees_grant(grant, person, self._desk.book.book().bodies, on) else None

    async def why(self, question: Question, call: Call) -> Sequence[Explained]:
        """What the caller would be given of each field now, and the grants or the condition that it rests on.

        Raises:
            Refusal: NOT_FOUND for the grant, BAD_INPUT for too many parameters or fields.
        """
        grant = await self.find(question.grant, call)
        if grant is None:
            raise Refusal(problems.GRANT_UNKNOWN, "grant")
        lineage = await self._desk.grants.lineage(grant.id)
        resource = await self._desk.resource(grant.resource)
        fields = tuple(sorted(resource.fields)) if question.fields is None else question.fields
        if len(fields) > MOST_FIELDS or len(question.parameters) > MOST_PARAMETERS:
            raise Refusal(problems.SHARE_TOO_MANY, "fields", limit=MOST_FIELDS)
        asked = Asked(
            caller=call.caller,
            item=question.item,
            fields=frozenset(fields),
            parameters=question.parameters,
            at=self._desk.clock.now(),
        )
        bodies = self._desk.book.book().bodies
        return [Explained(field, why(lineage, asked, resource, bodies, field)) for field in fields]

    def _choice(self, role: ShareRole | None, person: Person) -> GrantChoice:
        if role is None and person.role in SEE_ALL:
            return GrantChoice()
        if person.role not in {Role.OFFICER, Role.DEPARTMENT, Role.HUB} or person.body is None:
            raise Refusal(problems.SHARE_ROLE)
        if role is None:
            return GrantChoice(body=person.body)
        bodies = self._desk.book.book().bodies.all_of(person.body, china_date(self._desk.clock.now()))
        return GrantChoice() if role is ShareRole.AUTHORITY else GrantChoice(parties=bodies)

    def _is_his(self, role: ShareRole | None, person: Person, grant: Grant) -> bool:
        """Whether the person sees the grant, in that role if one is given."""
        bodies, on = self._desk.book.book().bodies, china_date(self._desk.clock.now())
        parties = {
            ShareRole.REQUESTER: grant.requester,
            ShareRole.PROVIDER: grant.provider,
            ShareRole.AUTHORITY: grant.authority,
        }
        if role is not None and (person.body is None or not bodies.same(parties[role], person.body, on)):
            return False
        return sees_grant(grant, person, bodies, on)


def _person(call: Call) -> Person:
    if call.caller.person is None:
        raise Refusal(problems.PERSON_MISSING)
    return call.caller.person
