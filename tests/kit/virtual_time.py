"""Time that passes only while everybody waits: a loop that jumps to the next timer, and a clock that reads it."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Never waits: where the loop would, its time jumps ahead."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits, and nothing will ever happen"
        self._jump(timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which an hour passes at once, the same way every time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(_Jumping(self._jump))

    def time(self) -> float:
        return self.seconds

    def _jump(self, seconds: float) -> None:
        self.seconds += seconds


class VirtualClock:
    """The clock of a loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 4, tzinfo=UTC) + timedelta(seconds=self._loop.seconds)

    def monotonic(self) -> float:
        return self._loop.seconds

    def stand_still(self, seconds: float) -> None:
        """Time passes within one turn of the loop, as if something kept it busy or nothing let it run."""
        self._loop.seconds += seconds


def in_virtual_time(scenario: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """What ``scenario`` gives in a loop of its own; its errors are raised."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(scenario(VirtualClock(loop)))
