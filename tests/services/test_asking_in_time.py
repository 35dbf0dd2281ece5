"""Asking within the caller's time: what has arrived is kept, what has not holds nothing up, a crowd gets through."""

import asyncio

import pytest

from gateway.core.call import Call
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, LicenceSource
from gateway.core.text import Language
from gateway.services.asking import Asked, Asker
from tests.services.fakes import CITIZEN, Defects, FakeSource, LicenceRow, ManualClock, assign, call_of, rows

A_ROW = LicenceRow(identifier="A-1", number="1", type="T1", issuer="I1")


class Stubborn:
    """A source that does not listen when it is told to stop, until ``release`` is set."""

    system = "stubborn"

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.ended = asyncio.Event()

    async def get(self, *_: object) -> Answer:
        while not self.release.is_set():
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
        self.ended.set()
        return rows(A_ROW)


async def put(source: LicenceSource, call: Call) -> Answer:
    return await source.get(None, frozenset(), call)  # type: ignore[arg-type] # fakes do not look at the question


async def ask(asker: Asker, call: Call, *sources: object) -> Asked:
    return await asker.ask_all([assign(source) for source in sources], put, lambda _: None, call)  # type: ignore[arg-type]


async def test_a_source_that_does_not_stop_holds_up_nobody() -> None:
    clock, defects, stubborn = ManualClock(), Defects(), Stubborn()
    asker = Asker(clock, defects)
    result = await ask(asker, call_of(CITIZEN, clock, seconds=0.04), stubborn, FakeSource("quick", rows(A_ROW)))
    assert [(line.outcome, line.fault) for line in result.reports] == [
        (Outcome.TIMED_OUT, Fault.THEIRS),
        (Outcome.OK, None),
    ]
    assert (
        result.reports[0].notice == "no answer within 20 ms, which is what the caller's deadline left for this system"
    )
    await stubborn.cancelled.wait()
    stubborn.release.set()
    await stubborn.ended.wait()
    await asyncio.sleep(0)
    assert (asker._left, asker._ends, defects.reported) == (set(), [], [])


async def test_a_caller_who_goes_away_is_not_kept_by_a_source_that_does_not_stop() -> None:
    clock, stubborn = ManualClock(), Stubborn()
    running = asyncio.create_task(ask(Asker(clock, Defects()), call_of(CITIZEN, clock), stubborn))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await stubborn.cancelled.wait()
    stubborn.release.set()
    await stubborn.ended.wait()


async def test_a_source_that_is_late_itself_says_why_and_whose_limit_it_was() -> None:
    clock = ManualClock()
    late = FakeSource("late", Answer(outcome=Outcome.TIMED_OUT, fault=Fault.OURS, notice="no place was free"))
    call = call_of(CITIZEN, clock, seconds=0.0, language=Language.EN)
    result = await ask(Asker(clock, Defects()), call, late)
    assert result.reports[0].notice == "no place was free; the caller's deadline allowed no more"
    call = call_of(CITIZEN, clock, seconds=5.0, language=Language.EN)
    result = await ask(Asker(clock, Defects()), call, late)
    assert result.reports[0].notice == "no place was free"


async def test_answers_that_are_due_together_are_given_time_one_after_another() -> None:
    clock = ManualClock()
    asker = Asker(clock, Defects())
    sources = [FakeSource(str(place), rows(A_ROW)) for place in range(40)]
    for source in sources:
        source.gate = asyncio.Event()
    running = []
    for source in sources:
        running.append(asyncio.create_task(ask(asker, call_of(CITIZEN, clock, seconds=0.5), source)))
        await source.asked.wait()
    ends = [source.questions[0][2].deadline.at for source in sources]
    assert ends[:3] == pytest.approx([0.470, 0.464, 0.458])
    assert min(ends) >= 0.25  # half of the time is always left for asking
    far = FakeSource("far", rows(A_ROW))
    await ask(asker, call_of(CITIZEN, clock, seconds=2.0), far)
    assert far.questions[0][2].deadline.at == pytest.approx(1.9)
    for source in sources:
        source.gate.set()  # type: ignore[union-attr] # set above
    await asyncio.gather(*running)
    alone = FakeSource("alone", rows(A_ROW))
    await ask(asker, call_of(CITIZEN, clock, seconds=0.5), alone)
    assert alone.questions[0][2].deadline.at == pytest.approx(0.470)
