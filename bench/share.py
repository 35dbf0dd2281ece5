"""Using shared data: what grants, quotas and receipts cost, against the same query where nothing narrows it.

Both ask the same provider, another process, for the same persons, many at a time, as the use case does it: from the
use to the answer, with the audit's event. The one goes by a grant under another one, with a scope, masking, quotas and
a signed receipt; the other by a grant that shows everything to any number, without receipts.
"""

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import structlog

from adapters.sandbox.running import Sandbox
from bench.frame import Subject
from gateway.core.sharing.scope import OneOf, Scope
from gateway.core.sharing.terms import Access, Quota
from gateway.store.database import database
from gateway.store.migrate import upgrade
from gateway.system_clock import SystemClock
from tests.sharing_use.site import ALL, Site, a_grant, a_site, some_terms

TOGETHER = 32
"""Queries at a time."""

LEAST = 0.8
"""Of the rate of the plain query by the processor's time: what it costs more is under a quarter of that."""

_FAR = SystemClock().now().replace(year=9000)
_MANY = 10**9
_STATES = frozenset({"参保缴费", "暂停缴费", "终止缴费"})


class NothingGiven(Exception):
    """An answer without its record: no figure of it is worth anything."""


class _Provider:
    """What a site needs of a sandbox that is another process."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.people: list[str] = said["people"]
        self._settings: dict[str, dict[str, str]] = said["settings"]

    def settings(self) -> dict[str, dict[str, str]]:
        return self._settings


class _Running:
    """Sites on a loop of their own, so that they outlive a turn."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="share")
        self._stack = AsyncExitStack()
        self._thread.start()

    def run(self, wanted: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever is awaited
        async def awaited() -> Any:  # noqa: ANN401
            return await wanted

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result()

    async def site(self, provider: _Provider, folder: Path, name: str, *, receipts: bool) -> Site:
        url = f"sqlite:///{folder / name}.sqlite"
        await upgrade(url)
        clock = SystemClock()
        db = await self._stack.enter_async_context(database(url, clock))
        opened = a_site(cast("Sandbox", provider), db, clock, receipts=receipts)
        return await self._stack.enter_async_context(opened)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def share() -> Iterator[Sequence[Subject]]:
    """The subjects."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    words = [sys.executable, str(Path(__file__).with_name("share_provider.py"))]
    with (
        TemporaryDirectory(prefix="yiwang-bench-") as folder,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,  # noqa: S603 - ours
    ):
        assert process.stdout is not None
        provider = _Provider(json.loads(process.stdout.readline()))
        running = _Running()
        try:
            bare = running.run(running.site(provider, Path(folder), "bare", receipts=False))
            full = running.run(running.site(provider, Path(folder), "full", receipts=True))
            running.run(_grants(bare, full))
            plain, whole = _work(bare, provider.people), _work(full, provider.people)
            yield [
                Subject(
                    name="share-plain",
                    chinese="不限量、全部明文、无凭据的查询（含审计）",
                    english="records under an unlimited grant that shows all, without receipts, with the audit",
                    work=_on(running, plain),
                    units=TOGETHER,
                ),
                Subject(
                    name="share-granted",
                    chinese="授权链、范围、脱敏、用量、凭据齐全，相对上项",
                    english="records under a narrowed grant: scope, masks, quotas, signed receipts; against the plain",
                    goal=LEAST,
                    work=_on(running, whole),
                    units=TOGETHER,
                    rival=lambda: _rate(running, plain),
                ),
            ]
        finally:
            running.close()
            assert process.stdin is not None
            process.stdin.close()


async def _grants(bare: Site, full: Site) -> None:
    await bare.grants.add(a_grant(terms=some_terms(fields=ALL, quota=Quota(), valid_until=_FAR)))
    quota, scope = Quota(_MANY, _MANY), Scope((OneOf("state", _STATES),))
    above = some_terms(fields=ALL, quota=quota, valid_until=_FAR)
    masked = dict.fromkeys(ALL, Access.MASK) | {"idNumber": Access.SHOW, "employer": Access.HASH, "months": Access.SHOW}
    await full.grants.add(a_grant("above", terms=above))
    await full.grants.add(
        a_grant(terms=some_terms(fields=masked, quota=quota, scope=scope, valid_until=_FAR), parent="above")
    )


Work = Callable[[], Awaitable[None]]


def _work(site: Site, people: Sequence[str]) -> Work:
    turns = iter(range(1_000_000_000))

    async def work() -> None:
        turn = next(turns)
        asked = (people[(turn * TOGETHER + place) % len(people)] for place in range(TOGETHER))
        for found in await asyncio.gather(*(site.ask({"idNumber": number}) for number in asked)):
            if len(found.records) != 1:
                raise NothingGiven(str(found.sources))

    return work


def _on(running: _Running, work: Work) -> Work:
    async def turn() -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(work), running.loop))

    return turn


async def _awaited(work: Work) -> None:
    await work()


def _rate(running: _Running, work: Work, seconds: float = 1.0) -> float:
    """Queries per second of the processor, all threads together."""
    units, started, before = 0, time.perf_counter(), time.process_time()
    while units == 0 or time.perf_counter() - started < seconds:
        running.run(work())
        units += TOGETHER
    return units / (time.process_time() - before)
