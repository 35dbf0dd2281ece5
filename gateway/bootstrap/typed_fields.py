"""The schema, and what keeps its typed fields up with the catalogue, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.core.sharing.catalogue import ResourceStore
from gateway.services.sharing.catalogue.watch_catalogue import WatchCatalogue
from schema.build import build_schema
from schema.execution.editions import Editions
from schema.typed.building import MOST_RESOURCES, TypedFields


@asynccontextmanager
async def open_editions(resources: ResourceStore) -> AsyncIterator[Editions]:
    """The editions of the schema, of which the current one has a field for each resource until the block ends."""
    editions = Editions(build_schema())
    watch = WatchCatalogue(resources, TypedFields(editions).adopt, MOST_RESOURCES)
    await watch.load()
    tasks = [asyncio.create_task(watch.follow()), asyncio.create_task(watch.keep_reading())]
    try:
        yield editions
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
