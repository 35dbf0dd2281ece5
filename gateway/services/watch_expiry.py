"""Watch what ends on a known day: tell operations in time, and list it for those whom it concerns."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.expiry import Expiry, ExpirySource, ReportExpiry
from gateway.core.ports import SystemDirectory

PERIOD: Final = 3_600.0
"""Seconds between two looks."""

MOST: Final = 1_000
"""Expiries that are kept: the nearest ones."""

_WATCHERS = frozenset({Role.OPERATIONS, Role.HUB, Role.AUDITOR})


class WatchExpiry:
    """Looks at all ``sources`` now and then; ``report`` is told of each stage once per process.

    ``directory`` says which systems are a department's own.
    """

    def __init__(
        self, sources: Sequence[ExpirySource], directory: SystemDirectory, report: ReportExpiry, clock: Clock
    ) -> None:
        self._sources = sources
        self._directory = directory
        self._report = report
        self._clock = clock
        self._expiries: tuple[Expiry, ...] = ()
        self._told: dict[Expiry, int] = {}

    def expiries(self) -> tuple[Expiry, ...]:
        """What the last look found, the nearest end first."""
        return self._expiries

    def __call__(self, first: int, call: Call) -> list[tuple[Expiry, int]]:
        """The ``first`` that end, each with its days left: all kinds for operations, a department its systems'.

        Raises:
            Refusal: FORBIDDEN for those who renew nothing, BAD_INPUT for a number out of range.
        """
        if not 1 <= first <= MOST:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "first", low=1, high=MOST)
        now = self._clock.now()
        return [(expiry, expiry.days(now)) for expiry in self._seen(call)[:first]]

    def _seen(self, call: Call) -> Sequence[Expiry]:
        person = call.caller.person
        if person is not None and person.role in _WATCHERS:
            return self._expiries
        if person is not None and person.role is Role.DEPARTMENT and person.body is not None:
            own = {view.code for view in self._directory.systems() if view.owner == person.body}
            return [expiry for expiry in self._expiries if expiry.system in own]
        raise Refusal(problems.OPERATIONS_ONLY)

    async def look(self) -> None:
        """Ask every source once and report what has come nearer."""
        found = [expiry for source in self._sources for expiry in await source()]
        found.sort(key=lambda expiry: (expiry.expires_at, expiry.kind, expiry.name))
        self._expiries = tuple(found[:MOST])
        now = self._clock.now()
        told: dict[Expiry, int] = {}
        for expiry in self._expiries:
            stage = expiry.stage(now)
            if stage is None:
                continue
            told[expiry] = stage
            if stage < self._told.get(expiry, stage + 1):
                self._report(expiry, stage)
        self._told = told  # what was renewed is forgotten, so nothing grows

    async def keep_looking(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look now and every PERIOD until cancelled."""
        while True:
            await self.look()
            await sleep(PERIOD)
