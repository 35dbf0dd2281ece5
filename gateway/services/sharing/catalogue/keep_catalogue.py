"""Keep what was imported: every change of it or none, and an event for each in the transaction that makes it."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from gateway.core.audit.events import Event
from gateway.core.audit.share_kinds import RELATIONS_PUT, RESOURCE_PUT
from gateway.core.records import Also, both
from gateway.core.sharing.catalogue import ItemRelationStore, ResourceStore
from gateway.core.sharing.resources import ItemRelation, Resource
from gateway.services.sharing.share_log import ShareLog


class CatalogueKeeper(msgspec.Struct, frozen=True):
    """Keeps changes of the catalogue, wherever they come from: a table, an exchange."""

    resources: ResourceStore
    relations: ItemRelationStore
    log: ShareLog

    async def keep(self, changed: Sequence[Resource], event: Event, also: Also) -> bool:
        """Keep next versions (Imported.resources), and have them audited; False, and nothing kept, if one is not next.

        Args:
            changed: some resources.
            event: of what brings them: who, and when.
            also: leaves that event, and whatever else belongs to it, in the transaction.
        """
        events = [
            self.log.of_resource(RESOURCE_PUT, one.code, event, version=one.version, sharing=one.sharing.value)
            for one in changed
        ]
        return await self.resources.put(changed, both(also, self.log.within(events)))

    async def relate(self, changed: Sequence[ItemRelation], event: Event, also: Also) -> None:
        """Keep relations in the place of those of the same item, resource and first day; arguments as above.

        Raises:
            StoreConflict: a resource is not in the catalogue; nothing is kept.
        """
        counts = Counter(one.resource for one in changed)
        events = [self.log.of_resource(RELATIONS_PUT, code, event, counts[code]) for code in sorted(counts)]
        await self.relations.put(changed, both(also, self.log.within(events)))
