"""Open-loop load: requests leave when they are due, whatever became of those before, as citizens do."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.soak.client import Answer, Connection, Unanswered

OPEN_USE = "mutation Open($input: OpenUseInput!) { openUse(input: $input) { use { id } problems { message } } }"
LICENCES = """query Licences($use: ID!, $region: RegionCode) {
  licences(use: $use, holder: {viewer: true}, region: $region) {
    completeness
    sources { system outcome fault milliseconds }
    nodes { id state number name validUntil type { code name } issuer { name } }
  }
}"""
USE_LASTS = 1_500.0
"""Seconds after which a new use is opened; the gateway's own limit is 1,800, and 500 open uses of one person."""


@dataclass
class Tally:
    """What became of the requests of a run; times in milliseconds from the moment when each was due."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    completeness: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    sources: dict[str, list[float]] = field(default_factory=dict)
    late: int = 0
    acknowledged: list[str] = field(default_factory=list)

    def take(self, answer: Answer, timeout_ms: int) -> None:
        """Count an answer; the ids of those that carried data are kept, since the audit must know them."""
        self.statuses[answer.status] += 1
        self.milliseconds.append(answer.milliseconds)
        self.late += answer.milliseconds > timeout_ms
        for error in answer.body.get("errors", ()):
            self.codes[error["extensions"]["code"]] += 1
        result = answer.data.get("licences")
        if result is None:
            return
        self.acknowledged.append(answer.request_id)
        self.completeness[result["completeness"]] += 1
        for source in result["sources"]:
            self.outcomes[f"{source['system']} {source['outcome']}"] += 1
            if source["milliseconds"] is not None:
                self.sources.setdefault(source["system"], []).append(source["milliseconds"])

    def summary(self) -> dict[str, Any]:
        """Counts and percentiles, ready for JSON."""
        return {
            "sent": self.sent,
            "answered": len(self.milliseconds),
            "late": self.late,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "completeness": dict(self.completeness),
            "codes": dict(self.codes),
            "unanswered": dict(self.unanswered),
            "milliseconds": percentiles(self.milliseconds),
            "sources": {system: percentiles(times) for system, times in sorted(self.sources.items())},
            "outcomes": dict(sorted(self.outcomes.items())),
        }


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the greatest."""
    if not times:
        return {}
    ordered = sorted(times)
    last = len(ordered) - 1
    return {name: round(ordered[min(last, int(last * share))], 1) for name, share in SHARES.items()}


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


class Citizen:
    """A connection with an open use of its own."""

    def __init__(self, port: int, token: str, item: str) -> None:
        self.connection = Connection(port, token)
        self._item = item
        self._use: tuple[str, float] | None = None

    async def use(self) -> str:
        """The id of its use, opened anew when it has grown old."""
        if self._use is None or time.monotonic() - self._use[1] > USE_LASTS:
            answer = await self.connection.ask(OPEN_USE, {"input": {"holder": {"item": self._item}}}, 10_000)
            use = (answer.data.get("openUse") or {}).get("use")
            if use is None:
                raise Unanswered("no use")
            self._use = (use["id"], time.monotonic())
        return self._use[0]

    def share(self, other: "Citizen") -> None:
        """Take over the use of another connection of the same person."""
        self._use = other._use

    def forget(self) -> None:
        """Open a new use next time."""
        self._use = None


Pick = Callable[[int], dict[str, Any]]
"""Further variables of the request of this number."""


async def run_load(
    citizens: Sequence[Citizen],
    rate: float,
    seconds: float,
    timeout_ms: int,
    tally: Tally,
    pick: Pick = lambda _: {},
    seed: int = 1,
) -> None:
    """Send ``rate`` requests a second with exponential gaps for ``seconds``; each on the next free connection."""
    randomness = random.Random(seed)
    free: asyncio.Queue[Citizen] = asyncio.Queue()
    for citizen in citizens:
        free.put_nowait(citizen)
    running: set[asyncio.Task[None]] = set()
    started = due = time.monotonic()
    for number in itertools.count():
        due += randomness.expovariate(rate)
        if due - started > seconds:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tally.sent += 1
        task = asyncio.create_task(_one(free, due, timeout_ms, tally, pick(number)))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def _one(free: asyncio.Queue[Citizen], due: float, timeout_ms: int, tally: Tally, more: dict[str, Any]) -> None:
    citizen = await free.get()
    try:
        use = await citizen.use()
        answer = await citizen.connection.ask(LICENCES, {"use": use, **more}, timeout_ms, due)
        tally.take(answer, timeout_ms)
    except Unanswered as error:
        tally.unanswered[str(error)] += 1
    finally:
        free.put_nowait(citizen)


async def opened(citizens: Sequence[Citizen]) -> None:
    """Connect all; the first of every hundred opens a use, the others share it, for it is one person's."""
    for start in range(0, len(citizens), 100):
        group = citizens[start : start + 100]
        await group[0].use()
        for citizen in group[1:]:
            citizen.share(group[0])
        await asyncio.gather(*(citizen.connection.open() for citizen in group))


async def repeatedly(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    """Take a step every ``seconds`` until cancelled."""
    while True:
        await step()
        await asyncio.sleep(seconds)
