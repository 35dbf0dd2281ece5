"""The port of where the catalogue of resources is kept: every version stays, and titles are found in Chinese."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.records import Also
from gateway.core.sharing.resources import Authority, ItemRelation, Resource, SharingType


class ResourceChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources a list shows; None where nothing narrows it.

    Attributes:
        words: all of them, separated by spaces, stand somewhere in code, title, abstract or names of fields.
        item: those that this service item needs something of, on whatever day.
        served: only those that a grant could be used of: something serves them, and they are shared.
    """

    words: str | None = None
    provider: str | None = None
    item: str | None = None
    sharing: SharingType | None = None
    authority: Authority | None = None
    served: bool = False


class ResourceVersion(msgspec.Struct, frozen=True):
    """A version of a resource, and when it was put."""

    resource: Resource
    changed_at: datetime


class ResourceStore(Protocol):
    """Where resources are."""

    async def find(self, code: str) -> Resource | None:
        """The resource of this code as it is now."""
        ...

    async def find_all(self, codes: Sequence[str]) -> Sequence[Resource]:
        """Those that are there, by code."""
        ...

    async def history(self, code: str, before: int | None, most: int) -> Sequence[ResourceVersion]:
        """Its versions below that one, newest first."""
        ...

    async def page(self, choice: ResourceChoice, after: str | None, most: int) -> Sequence[Resource]:
        """The chosen ones after this code, by code."""
        ...

    async def count(self, choice: ResourceChoice) -> int:
        """How many are chosen."""
        ...

    async def put(self, resources: Sequence[Resource], also: Also | None = None) -> bool:
        """Keep first or next versions, all or none, and announce them; False unless each follows what is there.

        Once it returns, nothing is spent for a use that was decided by a version before (Purse).
        """
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Codes of resources that are put from now on, by whichever replica, several separated by spaces."""
        ...


class ItemRelationStore(Protocol):
    """Where it is kept which fields of which resources a service item needs."""

    async def of_item(self, item: str, resource: str | None = None) -> Sequence[ItemRelation]:
        """The relations of an item, to this resource only if one is given, by resource and the day they begin."""
        ...

    async def of_resource(self, resource: str) -> Sequence[ItemRelation]:
        """The relations to a resource, by item and the day they begin."""
        ...

    async def of_resources(self, resources: Sequence[str]) -> Sequence[ItemRelation]:
        """The relations to any of these resources, by resource, item and the day they begin."""
        ...

    async def put(self, relations: Sequence[ItemRelation], also: Also | None = None) -> None:
        """Keep them, in the place of those of the same item, resource and first day.

        Raises:
            StoreConflict: a resource is not in the catalogue; nothing is kept.
        """
        ...

    async def remove(self, relations: Sequence[ItemRelation], also: Also | None = None) -> int:
        """Remove those of the same item, resource and first day; how many there were."""
        ...
