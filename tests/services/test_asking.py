"""Asking several sources: at the same time, within the deadline, and none of them spoils another's answer."""

import asyncio
from datetime import timedelta

import pytest

from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Clock
from gateway.core.outcome import Fault, Outcome, ServedFrom
from gateway.core.ports import Answer, AssignedSource, LicenceSource
from gateway.core.text import Language, Text
from gateway.services.asking import Asked, Asker, not_asked
from tests.services.fakes import (
    CITIZEN,
    OFFICER,
    START,
    Defects,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    rows,
)

CANARY = "420106199001011231"
A_ROW = LicenceRow(identifier="A-1", number="1", type="T1", issuer="I1")
QUESTION = None


def put(source: LicenceSource, call: Call) -> "asyncio.Future[Answer] | object":
    return source.get(QUESTION, frozenset(), call)  # type: ignore[arg-type] # fakes do not look at the question


def admit_all(_: LicenceRow) -> Text | None:
    return None


async def asked(
    *assigned: AssignedSource,
    clock: Clock | None = None,
    call: Call | None = None,
    defects: Defects | None = None,
    admit: object = admit_all,
) -> Asked:
    clock = clock or ManualClock()
    call = call or call_of(CITIZEN, clock)
    asker = Asker(clock, defects or Defects())
    return await asker.ask_all(assigned, put, admit, call)  # type: ignore[arg-type] # loosely typed on purpose


async def test_all_are_asked_at_the_same_time() -> None:
    together = asyncio.Barrier(3)  # nobody gets past it before all have come
    sources = [FakeSource(f"s{place}", rows(A_ROW)) for place in range(3)]
    for source in sources:
        source.gate = together
    async with asyncio.timeout(60):
        result = await asked(*map(assign, sources))
    assert [report.outcome for report in result.reports] == [Outcome.OK] * 3


async def test_answers_come_in_the_order_of_authority_whoever_is_quicker() -> None:
    late, quick = FakeSource("late", rows(A_ROW)), FakeSource("quick", rows(A_ROW))
    late.gate = asyncio.Event()
    running = asyncio.create_task(asked(assign(late), assign(quick)))
    await quick.asked.wait()
    late.gate.set()
    result = await running
    assert [line.system for line in result.contributions] == ["late", "quick"]
    assert [line.system for line in result.reports] == ["late", "quick"]


async def test_a_source_that_never_answers_is_reported_and_costs_only_itself() -> None:
    clock = ManualClock()
    silent, quick = FakeSource("silent", rows(A_ROW)), FakeSource("quick", rows(A_ROW))
    silent.gate = asyncio.Event()
    call = call_of(CITIZEN, clock, seconds=0.04)
    result = await asked(assign(silent), assign(quick), clock=clock, call=call)
    assert [(line.outcome, line.fault) for line in result.reports] == [
        (Outcome.TIMED_OUT, Fault.THEIRS),
        (Outcome.OK, None),
    ]
    assert [line.system for line in result.contributions] == ["quick"]
    assert (result.reports[0].served_from, result.reports[0].as_of) == (None, None)


@pytest.mark.parametrize(("seconds", "granted"), [(2.0, 1.9), (0.2, 0.17), (0.04, 0.02), (0.0, 0.0)])
async def test_sources_get_a_little_less_than_the_callers_time(seconds: float, granted: float) -> None:
    clock, source = ManualClock(), FakeSource("s")
    await asked(assign(source), clock=clock, call=call_of(CITIZEN, clock, seconds=seconds))
    assert source.questions[0][2].deadline.at == pytest.approx(granted)


async def test_without_time_nobody_is_waited_for() -> None:
    clock, source = ManualClock(), FakeSource("s", rows(A_ROW))
    source.gate = asyncio.Event()
    result = await asked(assign(source), clock=clock, call=call_of(CITIZEN, clock, seconds=0.0))
    assert result.reports[0].outcome is Outcome.TIMED_OUT


async def test_nobody_to_ask_is_nothing_to_report() -> None:
    assert await asked() == Asked([], [])


@pytest.mark.parametrize("error", [ValueError(CANARY), RuntimeError(), asyncio.CancelledError()], ids=type)
async def test_a_broken_adapter_is_our_fault_and_spoils_nobody_elses_answer(error: BaseException) -> None:
    defects = Defects()
    result = await asked(assign(FakeSource("broken", error)), assign(FakeSource("sound", rows(A_ROW))), defects=defects)
    broken, sound = result.reports
    assert (broken.outcome, broken.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert broken.notice == "an error inside the gateway while it asked this system, request 0123456789abcdef"
    assert (broken.message, broken.code, broken.as_of, broken.served_from) == (None, None, None, None)
    assert sound.outcome is Outcome.OK
    assert [line.system for line in result.contributions] == ["sound"]
    assert defects.reported == [("broken", error)]
    assert CANARY not in repr(result.reports)


async def test_rows_without_the_fields_asked_for_are_a_broken_adapter_too() -> None:
    defects = Defects()
    bare = Answer(outcome=Outcome.OK, rows=(object(),))
    result = await asked(assign(FakeSource("bare", bare)), assign(FakeSource("sound", rows(A_ROW))), defects=defects)
    assert [line.outcome for line in result.reports] == [Outcome.GATEWAY_ERROR, Outcome.OK]
    assert [system for system, _ in defects.reported] == ["bare"]


async def test_a_caller_who_goes_away_stops_the_asking() -> None:
    source, defects = FakeSource("s", rows(A_ROW)), Defects()
    source.gate = asyncio.Event()
    running = asyncio.create_task(asked(assign(source), defects=defects))
    await source.asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert defects.reported == []


async def test_rows_of_unassigned_issuers_and_types_are_left_out_and_reported() -> None:
    wrong_issuer = LicenceRow(identifier="A-2", type="T1", issuer="I9")
    wrong_type = LicenceRow(identifier="A-3", type="T9", issuer="I1")
    nothing_named = LicenceRow(identifier="A-4")
    source = assign(
        FakeSource("s", rows(wrong_issuer, A_ROW, wrong_type, nothing_named)), types=("T1",), issuers=("I1",)
    )
    result = await asked(source)
    assert [row.identifier for row in result.contributions[0].rows] == ["A-1"]
    assert result.reports[0].notice == "rows of issuers or types not assigned to this system were left out"


async def test_a_row_that_is_not_admitted_is_left_out_and_each_reason_is_told_once() -> None:
    reason = Text("别人的", "somebody else's")
    source = assign(FakeSource("s", rows(A_ROW, A_ROW)))
    call = call_of(CITIZEN, ManualClock(), language=Language.ZH)
    result = await asked(source, admit=lambda _: reason, call=call)
    assert result.contributions == []
    assert result.reports[0].notice == "别人的"


async def test_what_the_adapter_and_the_gateway_have_to_say_stand_side_by_side() -> None:
    answer = Answer(outcome=Outcome.OK, rows=(A_ROW,), notice="cut", dropped=2, truncated=True)
    result = await asked(assign(FakeSource("s", answer)))
    assert result.reports[0].notice == "cut; some rows could not be read"
    assert result.reports[0].truncated


async def test_an_answer_without_an_instant_is_of_when_it_came_not_of_when_all_had_come() -> None:
    clock = ManualClock()
    quick, late = FakeSource("quick", rows(A_ROW)), FakeSource("late", rows(A_ROW))
    late.gate = asyncio.Event()
    running = asyncio.create_task(asked(assign(quick), assign(late), clock=clock))
    await late.asked.wait()
    await asyncio.sleep(0)
    clock.step(1.0)
    late.gate.set()
    result = await running
    assert [line.as_of for line in result.contributions] == [START, START + timedelta(seconds=1)]
    assert [line.as_of for line in result.reports] == [START, START + timedelta(seconds=1)]
    assert [line.milliseconds for line in result.reports] == [0.0, 1000.0]


async def test_an_instant_that_the_system_vouches_for_is_kept() -> None:
    then = START - timedelta(days=1)
    answer = Answer(outcome=Outcome.OK, rows=(A_ROW,), as_of=then)
    result = await asked(assign(FakeSource("s", answer)))
    assert (result.contributions[0].as_of, result.reports[0].as_of) == (then, then)
    assert result.reports[0].served_from is ServedFrom.LIVE


@pytest.mark.parametrize("role", Role)
async def test_a_systems_own_text_is_for_those_who_work_with_it(role: Role) -> None:
    answer = Answer(outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS, code="E7", message="数据库错误", retry_after=3)
    person = Person(subject="x", role=role, name="甲")
    result = await asked(assign(FakeSource("s", answer)), call=call_of(person, ManualClock()))
    report = result.reports[0]
    reads = role in {Role.OFFICER, Role.OPERATIONS, Role.DEPARTMENT, Role.HUB}
    assert report.message == ("数据库错误" if reads else None)
    assert (report.code, report.retry_after, report.fault) == ("E7", 3, Fault.THEIRS)


async def test_without_a_person_the_systems_text_is_hidden() -> None:
    answer = Answer(outcome=Outcome.OK, message="好")
    result = await asked(assign(FakeSource("s", answer)), call=call_of(None, ManualClock()))
    assert result.reports[0].message is None


def test_a_system_that_was_not_asked_says_so_in_the_readers_language() -> None:
    report = not_asked("s", Text("无关", "not concerned"), call_of(OFFICER, ManualClock(), language=Language.ZH))
    assert (report.system, report.outcome, report.notice) == ("s", Outcome.NOT_ASKED, "无关")
