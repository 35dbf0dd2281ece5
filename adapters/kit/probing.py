"""Probing: the call that the gateway makes for itself, so that trouble is seen before somebody needs the system."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from adapters.kit.health import HealthRecorder, Verdict
from gateway.core.clock import Clock
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, ReportDefect
from gateway.core.system import SystemState

JITTER: Final = 0.2
"""Intervals are so much longer or shorter by chance: replicas and systems do not fall into step."""

START_SECONDS: Final = 1.0
"""First probes are made within this time, by chance too."""

SOON_SECONDS: Final = 1.0
"""How soon a system is probed again whose next answer may change its state."""

Wait = Callable[[float, asyncio.Event], Awaitable[None]]
"""Waits so many seconds, or until the event is set."""

Chance = Callable[[], float]
"""A number from 0 up to 1."""


class ProbePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a system is probed: every so many seconds, and the outcomes of a system that is well."""

    system: str
    every: float
    expect: frozenset[Outcome]


async def wait(seconds: float, woken: asyncio.Event) -> None:
    """The Wait of a running gateway."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass


class Probing:
    """Probes one system: at its interval while all is well, soon where the next answer may change its state.

    A caller's good call counts as a probe, and his failed one brings the next probe forward. One is under way at most.

    Args:
        plan: what the manifest says.
        ask: makes the call, within its own deadline; None says that nothing was learnt of the system.
        health: is told how it ended, and says whether the state is in doubt.
        is_closed: whether the system may not be asked at all at this moment.
        clock: measures intervals.
        report_defect: is told of a probe that broke, which is the gateway's fault.
        pause: how it waits.
        chance: where jitter comes from.
    """

    def __init__(
        self,
        plan: ProbePlan,
        *,
        ask: Callable[[], Awaitable[Answer | None]],
        health: HealthRecorder,
        is_closed: Callable[[], bool],
        clock: Clock,
        report_defect: ReportDefect,
        pause: Wait = wait,
        chance: Chance = random.random,
    ) -> None:
        self._plan = plan
        self._ask = ask
        self._health = health
        self._is_closed = is_closed
        self._clock = clock
        self._report_defect = report_defect
        self._pause = pause
        self._chance = chance
        self._woken = asyncio.Event()
        health.on_failure = self._woken.set

    async def run(self) -> None:
        """Probe until it is cancelled."""
        stretch = self._stretch()
        # as if the last probe had been so long ago that the first is due within a moment
        last = self._clock.monotonic() - self._plan.every * stretch + START_SECONDS * self._chance()
        while True:
            self._woken.clear()
            seconds = last + self._interval(last) * stretch - self._clock.monotonic()
            if seconds > 0:
                await self._pause(seconds, self._woken)
                continue
            if not self._is_closed():
                await self._probe()
            last = self._clock.monotonic()
            stretch = self._stretch()

    def _interval(self, last: float) -> float:
        """Seconds from the probe that ended at ``last`` to the next, as far as is known now."""
        every = self._plan.every
        if not self._health.is_doubtful:
            return max(0.0, self._health.last_answer - last) + every
        # an account that is refused again and again may be locked: what is ours to mend is not hurried
        is_refused = self._health.is_failing and self._health.fault is Fault.OURS
        return every if is_refused and self._health.state is SystemState.DOWN else min(every, SOON_SECONDS)

    def _stretch(self) -> float:
        return 1 - JITTER + 2 * JITTER * self._chance()

    async def _probe(self) -> None:
        started = self._clock.monotonic()
        try:
            answer = await self._ask()
        except Exception as error:  # noqa: BLE001 - a defect of ours must not end the watch over the system
            self._report_defect(self._plan.system, error)
            return
        if answer is not None:
            verdict = verdict_on(answer, self._plan.expect)
            self._health.record_probe(verdict, (self._clock.monotonic() - started) * 1000)


def verdict_on(answer: Answer, expect: frozenset[Outcome]) -> Verdict | None:
    """What is wrong with a probe's answer; None for an outcome that is expected."""
    outcome = answer.outcome
    if outcome in expect:
        return None
    if outcome is Outcome.NOT_FOUND:
        notice = "the system does not know the test subject that its manifest declares"
        return Verdict(outcome, Fault.THEIRS, notice)
    if outcome is Outcome.OK:
        return Verdict(outcome, Fault.THEIRS, "the system knows a test subject that should be nobody's")
    return Verdict(outcome, answer.fault or Fault.THEIRS, answer.notice or "no explanation")
