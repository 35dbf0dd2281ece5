"""The frame of a suite: subjects that are worked on in turns, and the figures that come of it.

Turns are interleaved: all subjects have a short one in each round, and what counts is the median of the rounds, so that
what else the machine does meanwhile falls on all of them. Figures are per second on one core. Both times are kept: the
clock's, by which rates are judged, and the processor's, by which a rate is compared with another program's, since on a
busy machine only that one says what the work costs.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

ROUNDS = 7


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is measured.

    Attributes:
        name: one word or more, with hyphens; the key in JSON.
        chinese, english: what one unit of work is.
        goal: units a second, or the ratio to ``rival``; None where none is set.
        work: does one unit, entirely.
        rival: gives the rate of what it is compared with, per second of the processor; None if that is absent.
        units: how many units ``work`` does.
        by_clock: the rival's rate is per second of the clock, and compared with the clock's.
    """

    name: str
    chinese: str
    english: str
    work: Callable[[], Awaitable[object]]
    goal: float | None = None
    rival: Callable[[], float | None] | None = None
    units: int = 1
    by_clock: bool = False


@dataclass(frozen=True)
class Turn:
    """One turn: units done, and both times in seconds; the rival's rate in the same round."""

    units: int
    clock: float
    processor: float
    rival: float | None = None


@dataclass(frozen=True)
class Figure:
    """What was found of a subject.

    Attributes:
        turns: one for each round.
    """

    subject: Subject
    turns: Sequence[Turn] = field(repr=False)

    @property
    def rate(self) -> float:
        """Units a second by the clock; the median of the rounds."""
        return median(_rate(turn) for turn in self.turns)

    @property
    def processor_rate(self) -> float:
        """Units for each second of the processor; the median of the rounds."""
        return median(_processor_rate(turn) for turn in self.turns)

    @property
    def ratio(self) -> float | None:
        """How many times the rival's rate, by the processor's time unless it is the clock's; the rounds' median."""
        rate = _rate if self.subject.by_clock else _processor_rate
        found = [rate(turn) / turn.rival for turn in self.turns if turn.rival]
        return median(found) if found else None

    @property
    def judged(self) -> float | None:
        """What the goal is about; None if it could not be measured."""
        return self.rate if self.subject.rival is None else self.ratio

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None without a goal or a figure."""
        if self.subject.goal is None or self.judged is None:
            return None
        return self.judged >= self.subject.goal

    def as_json(self) -> Mapping[str, Any]:
        """The figure for a file."""
        rates = [_rate(turn) for turn in self.turns]
        ratio = {"ratio": _rounded(self.ratio)} if self.subject.rival is not None else {}
        return {
            "name": self.subject.name,
            "what": self.subject.english,
            "goal": self.subject.goal,
            "met": self.met,
            "perSecond": _rounded(self.rate),
            "perProcessorSecond": _rounded(self.processor_rate),
            **ratio,
            "slowest": _rounded(min(rates)),
            "fastest": _rounded(max(rates)),
            "units": sum(turn.units for turn in self.turns),
            "rounds": len(self.turns),
        }


def measured(subjects: Sequence[Subject], seconds: float, rounds: int = ROUNDS) -> Sequence[Figure]:
    """Work on all subjects in turns.

    Args:
        subjects: in this order in each round; each has worked once before, which does not count.
        seconds: of each subject, all rounds together; a turn has one unit at least.
        rounds: how many turns each subject has.
    """
    turns: dict[str, list[Turn]] = {subject.name: [] for subject in subjects}
    with one_core(), asyncio.Runner() as runner:
        for subject in subjects:
            runner.run(_turn(subject, 0))
        for _ in range(rounds):
            for subject in subjects:
                turns[subject.name].append(_round(runner, subject, seconds / rounds))
    return [Figure(subject, turns[subject.name]) for subject in subjects]


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core, where the system lets it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})  # the first one has most of the system's own work
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _round(runner: asyncio.Runner, subject: Subject, seconds: float) -> Turn:
    """One turn; with a rival, in two halves around the rival's, as the speed of a shared processor drifts."""
    if subject.rival is None:
        return runner.run(_turn(subject, seconds))
    before, rival, after = (
        runner.run(_turn(subject, seconds / 2)),
        subject.rival(),
        runner.run(_turn(subject, seconds / 2)),
    )
    return Turn(before.units + after.units, before.clock + after.clock, before.processor + after.processor, rival)


async def _turn(subject: Subject, seconds: float) -> Turn:
    units, clock, processor = 0, time.perf_counter(), time.process_time()
    end = clock + seconds
    while units == 0 or time.perf_counter() < end:
        await subject.work()
        units += subject.units
    return Turn(units, time.perf_counter() - clock, time.process_time() - processor)


def _rate(turn: Turn) -> float:
    return turn.units / turn.clock


def _processor_rate(turn: Turn) -> float:
    # clocks of the processor may be coarse: a short turn can seem to have taken nothing
    return turn.units / max(turn.processor, 1e-6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3 if value < 10 else 1)  # noqa: PLR2004 # digits that say something
