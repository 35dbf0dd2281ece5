"""The catalogue of resources, for everyone but citizens: what there is, and what service items need of it."""

from collections.abc import Sequence

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Caller, Role
from gateway.core.errors import Refusal
from gateway.core.sharing.catalogue import ItemRelationStore, ResourceChoice, ResourceStore, ResourceVersion
from gateway.core.sharing.resources import ItemRelation, Resource
from gateway.services.paging import Page, cut_page, open_page

MOST_VERSIONS = 50
_HIDDEN_FROM = frozenset({Role.CITIZEN})


def sees_catalogue(caller: Caller) -> bool:
    """Whether the catalogue is open to this caller."""
    return caller.person is not None and caller.person.role not in _HIDDEN_FROM


class ListResources:
    """Answers questions about the catalogue."""

    def __init__(self, resources: ResourceStore, relations: ItemRelationStore) -> None:
        self._resources = resources
        self._relations = relations

    async def __call__(self, choice: ResourceChoice, first: int, after: str | None, call: Call) -> Page[Resource]:
        """A page of the chosen resources, by code.

        Raises:
            Refusal: FORBIDDEN for citizens and applications alone, BAD_INPUT for the page.
        """
        _admit(call)
        last = open_page(first, after)
        total = await self._resources.count(choice)
        found = await self._resources.page(choice, last, first + 1)
        return cut_page(found, lambda resource: resource.code, first, total)

    async def find(self, code: str, call: Call) -> Resource | None:
        """The resource as the catalogue has it now; raises Refusal as above."""
        _admit(call)
        return await self._resources.find(code)

    async def history(self, code: str) -> Sequence[ResourceVersion]:
        """The last versions of a resource that the caller may see, newest first."""
        return await self._resources.history(code, None, MOST_VERSIONS)

    async def needs(self, code: str) -> Sequence[ItemRelation]:
        """Which service items need which of the fields of a resource that the caller may see."""
        return await self._relations.of_resource(code)


def _admit(call: Call) -> None:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    if not sees_catalogue(call.caller):
        raise Refusal(problems.SHARE_ROLE)
