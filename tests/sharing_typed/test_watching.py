"""Watching the catalogue: read at the start and after every announcement, in one go, whatever the store does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.bootstrap.typed_fields import open_editions
from gateway.core.errors import StoreUnavailable
from gateway.core.sharing.catalogue import ResourceChoice, ResourceStore, ResourceVersion
from gateway.core.sharing.resources import Resource, SharingType
from gateway.services.sharing.catalogue.watch_catalogue import WatchCatalogue
from gateway.store.database import Database
from gateway.store.sharing.resources import SqlResources
from schema.execution.editions import Edition, Editions
from tests.sandbox.callers import SteppedClock
from tests.sharing_use.site import a_resource, a_staff_resource


class Catalogue:
    """A ResourceStore of what is served; its announcements are a test's."""

    def __init__(self, *resources: Resource) -> None:
        self.resources = list(resources)
        self.announced: asyncio.Queue[str | None] = asyncio.Queue()
        self.is_away = False
        self.read = 0

    async def page(self, choice: ResourceChoice, after: str | None, most: int) -> Sequence[Resource]:
        assert choice == ResourceChoice(served=True)
        self.read += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return [one for one in sorted(self.resources, key=lambda one: one.code) if one.code > (after or "")][:most]

    async def count(self, _: ResourceChoice) -> int:
        return len(self.resources)

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[str]]:
        async def codes() -> AsyncIterator[str]:
            while (announced := await self.announced.get()) is not None:
                yield announced
            raise StoreUnavailable("the connection broke")

        yield codes()

    async def find(self, _: str) -> Resource | None:
        raise AssertionError("a watcher asks for nothing of the kind")

    async def find_all(self, _: Sequence[str]) -> Sequence[Resource]:
        raise AssertionError("a watcher asks for nothing of the kind")

    async def history(self, _: str, __: int | None, ___: int) -> Sequence[ResourceVersion]:
        raise AssertionError("a watcher asks for nothing of the kind")

    async def put(self, _: Sequence[Resource], also: Any = None) -> bool:
        raise AssertionError("a watcher asks for nothing of the kind")


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[list[str], int]] = asyncio.Queue()

    async def __call__(self, resources: Sequence[Resource], beyond: int) -> None:
        await self.told.put(([one.code[-3:] for one in resources], beyond))

    async def next(self) -> tuple[list[str], int]:
        async with asyncio.timeout(60):
            return await self.told.get()


def numbered(*numbers: int) -> list[Resource]:
    return [a_resource(code=f"307001/{number:03}") for number in numbers]


@asynccontextmanager
async def watched(store: ResourceStore, ear: Ear, most: int = 10, pauses: list[float] | None = None) -> Any:
    async def pause(seconds: float) -> None:
        (pauses if pauses is not None else []).append(seconds)
        await asyncio.sleep(0)

    watch = WatchCatalogue(store, ear, most, pause)
    await watch.load()
    tasks = [asyncio.create_task(watch.follow()), asyncio.create_task(watch.keep_reading())]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_what_can_be_used_is_told_at_first_and_whenever_it_has_changed() -> None:
    store, ear = Catalogue(*numbered(2, 1)), Ear()
    async with watched(store, ear):
        assert await ear.next() == (["001", "002"], 0)
        store.resources = numbered(3)
        await store.announced.put("307001/003")
        assert await ear.next() == (["003"], 0)
        store.resources = []
        await store.announced.put("307001/003")
        assert await ear.next() == ([], 0)
    assert ear.told.empty()


async def test_announcements_that_change_nothing_tell_nothing() -> None:
    store, ear = Catalogue(*numbered(1)), Ear()
    async with watched(store, ear):
        await ear.next()
        for _ in range(5):
            await store.announced.put("307001/001")
        store.resources = numbered(2)
        await store.announced.put("307001/002")
        assert await ear.next() == (["002"], 0)
    assert ear.told.empty()


async def test_an_import_that_is_announced_in_parts_is_read_together() -> None:
    store, ear = Catalogue(), Ear()
    for part in range(1_000):
        store.announced.put_nowait(str(part))
    store.resources = numbered(1)
    async with watched(store, ear):
        await ear.next()
        store.resources = numbered(2)
        await store.announced.put("last")
        await ear.next()
    assert store.read < 20


async def test_so_many_are_read_and_the_others_are_counted() -> None:
    store, ear = Catalogue(*numbered(*range(450))), Ear()
    async with watched(store, ear, most=410):
        told, beyond = await ear.next()
        assert (len(told), beyond) == (410, 40)
        store.resources = numbered(*range(410))
        await store.announced.put("x")
        assert await ear.next() == ([f"{number:03}" for number in range(410)], 0)


async def test_a_store_that_is_away_is_asked_again() -> None:
    store, ear, pauses = Catalogue(*numbered(1)), Ear(), list[float]()
    with capture_logs() as logs:
        async with watched(store, ear, pauses=pauses):
            await ear.next()
            store.is_away, store.resources = True, numbered(2)
            await store.announced.put(None)
            async with asyncio.timeout(60):
                while len(logs) < 3:  # noqa: ASYNC110 - of the stream once, of the reading again and again
                    await asyncio.sleep(0)
            store.is_away = False
            assert await ear.next() == (["002"], 0)
    assert {one["event"] for one in logs} == {"sharing.catalogue.unread"}
    assert 1.0 in pauses


async def test_who_begins_without_a_store_does_not_begin() -> None:
    store = Catalogue()
    store.is_away = True
    with pytest.raises(StoreUnavailable):
        async with watched(store, Ear()):
            pass


# ---- with a database


async def test_a_store_knows_what_can_be_used(any_database: Database) -> None:
    store = SqlResources(any_database, SteppedClock())
    trap = msgspec.structs.replace(a_resource(code="307001/4", service=None), abstract='"service":{"system":"x"')
    await store.put([
        a_resource(), a_staff_resource(), a_resource(code="307001/3", sharing=SharingType.NOT_SHARED), trap,
    ])  # fmt: skip
    choice = ResourceChoice(served=True)
    assert [one.code for one in await store.page(choice, None, 10)] == ["307001/00101", "307001/00102"]
    assert [one.code for one in await store.page(choice, "307001/00101", 10)] == ["307001/00102"]
    assert await store.count(choice) == 2
    assert await store.put([a_resource(service=None, version=2)])
    assert [one.code for one in await store.page(choice, None, 10)] == ["307001/00102"]
    assert await store.count(ResourceChoice()) == 4


async def test_a_gateway_follows_what_any_replica_puts(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    swapped = asyncio.Event()

    def swap(editions: Editions, edition: Edition) -> None:
        editions.current = edition
        swapped.set()

    monkeypatch.setattr(Editions, "swap", swap)
    store = SqlResources(any_database, SteppedClock())
    await store.put([a_resource()])
    async with open_editions(store) as editions:
        assert dict(editions.current.typed) == {"307001/00101": "shared_307001_00101"}
        swapped.clear()
        assert await store.put([a_resource(version=2, title="新"), a_staff_resource()])
        async with asyncio.timeout(60):
            await swapped.wait()
        assert list(editions.current.typed) == ["307001/00101", "307001/00102"]
        query = editions.current.schema.query_type
        assert query is not None
        assert "“新”" in (query.fields["shared_307001_00101"].description or "")
    assert not editions.static.typed
