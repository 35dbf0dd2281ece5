"""Find share requests: one's body's by role, all for supervision; and follow one, or all, as they go on."""

from collections.abc import AsyncGenerator

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.records import RequestChoice
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import ENDED, RequestState
from gateway.services.following import follow
from gateway.services.paging import Page, cut_page, open_page, read_place
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.request_share import grant_of
from gateway.services.sharing.sight import PARTIES, SEE_ALL, SeenPage, ShareRole


class FindRequests:
    """Shows requests to their parties and to supervision."""

    def __init__(self, desk: ShareDesk) -> None:
        self._desk = desk

    async def __call__(self, request_id: str, call: Call) -> ShareRequest | None:
        """The request, if the caller may see it."""
        person = _person(call)
        found = await self._desk.requests.find(request_id)
        return found if found is not None and self._desk.is_his(person, found) else None

    async def grant(self, request: ShareRequest) -> Grant | None:
        """The grant that was issued for a request that the caller may see."""
        return await grant_of(self._desk, request)

    async def page(
        self, role: ShareRole | None, state: RequestState | None, first: int, after: str | None, call: Call
    ) -> SeenPage[ShareRequest]:
        """The ``first`` after the cursor, newest first: of the caller's body in that role, or in any.

        Without a role, the hub and auditors read all. What is not the caller's to see yet is left out of its page.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, BAD_INPUT for the page.
        """
        key = open_page(first, after)
        person = _person(call)
        choice = self._choice(role, state, person)
        found = await self._desk.requests.page(choice, None if key is None else read_place(key), first + 1)
        cut = cut_page(found, _place, first, len(found))
        seen = [one for one in zip(cut.nodes, cut.cursors, strict=True) if self._desk.is_his(person, one[0])]
        nodes, cursors = [node for node, _ in seen], [cursor for _, cursor in seen]
        return SeenPage(Page(nodes, cursors, cut.has_next, len(nodes)), cut.cursors[-1] if cut.cursors else None)

    async def watch(self, request_id: str | None, call: Call) -> AsyncGenerator[ShareRequest, None]:
        """The request now and after each change, until it has ended; or every change that the caller may see.

        Raises:
            Refusal: NOT_FOUND unless the caller may see it, FORBIDDEN for whoever works for no body.
        """
        if request_id is None:
            self._choice(None, None, _person(call))
            return self._all(call)
        found = await self(request_id, call)
        if found is None:
            raise Refusal(problems.SHARE_UNKNOWN, "id")
        return self._one(request_id, call)

    def _one(self, request_id: str, call: Call) -> AsyncGenerator[ShareRequest, None]:
        async def find() -> tuple[int, ShareRequest, bool] | None:
            found = await self(request_id, call)
            return None if found is None else (found.version, found, found.state in ENDED)

        return follow(request_id, find, self._desk.requests.changes)

    async def _all(self, call: Call) -> AsyncGenerator[ShareRequest, None]:
        async with self._desk.requests.changes() as changes:
            async for ids in changes:
                for request_id in ids.split():
                    if (found := await self(request_id, call)) is not None:
                        yield found

    def _choice(self, role: ShareRole | None, state: RequestState | None, person: Person) -> RequestChoice:
        states = None if state is None else frozenset({state})
        if role is None and person.role in SEE_ALL:
            return RequestChoice(states=states)
        if person.role not in {Role.OFFICER, Role.DEPARTMENT, Role.HUB} or person.body is None:
            raise Refusal(problems.SHARE_ROLE)
        bodies = self._desk.book.book().bodies.all_of(person.body, china_date(self._desk.clock.now()))
        return RequestChoice(bodies=bodies, parties=None if role is None else PARTIES[role], states=states)


def _place(request: ShareRequest) -> str:
    return f"{request.drafted_at.isoformat()} {request.id}"


def _person(call: Call) -> Person:
    if call.caller.person is None:
        raise Refusal(problems.PERSON_MISSING)
    return call.caller.person
