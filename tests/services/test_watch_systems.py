"""Watching systems: which changes are told, to whom they matter, and what is no list of codes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.health import HealthChange
from gateway.core.system import Health, SystemState, SystemView
from gateway.services.watch_systems import MOST_CODES, WatchSystems
from tests.services.fakes import START


class Changes:
    """A HealthWatch that tells these changes, and a directory that knows all systems but ``gone``."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes
        self.watchers = 0

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[HealthChange]]:
        async def changes() -> AsyncIterator[HealthChange]:
            for code in self.codes:
                yield HealthChange(code=code, before=SystemState.UP, after=SystemState.DOWN, at=START)

        self.watchers += 1
        try:
            yield changes()
        finally:
            self.watchers -= 1

    def systems(self) -> Sequence[SystemView]:
        return [
            SystemView(
                code=code, title_zh="库", title_en="library", level="city", regions=(), state=SystemState.DOWN,
                health=Health(since=START, state=SystemState.DOWN), active_version=1, serves=(),
            )
            for code in ("city", "province")
        ]  # fmt: skip


async def told(changes: Changes, codes: Sequence[str] | None) -> list[str]:
    found = [one async for one in WatchSystems(changes, changes)(codes)]
    assert all(one.system.code == one.change.code for one in found)
    return [one.system.code for one in found]


async def test_changes_of_the_systems_asked_for_are_told_in_order() -> None:
    changes = Changes("city", "province", "gone", "city")
    assert await told(changes, None) == ["city", "province", "city"]
    assert await told(changes, ["city", "not-yet"]) == ["city", "city"]


async def test_nobody_watches_before_the_first_is_asked_for_or_after_the_last() -> None:
    changes = Changes("city", "city")
    stream = WatchSystems(changes, changes)(None)
    assert changes.watchers == 0
    async with aclosing(stream):
        await anext(stream)
        assert changes.watchers == 1
    assert changes.watchers == 0


@pytest.mark.parametrize(
    "codes", [[], [""], ["x" * 65], ["city"] * (MOST_CODES + 1)], ids=["none", "empty", "long", "many"]
)
def test_what_is_no_list_of_codes_is_refused_at_once(codes: Sequence[str]) -> None:
    changes = Changes()
    with pytest.raises(Refusal) as caught:
        WatchSystems(changes, changes)(codes)
    assert (caught.value.problem, caught.value.field) == (problems.SYSTEM_CODES_INVALID, "codes")
