"""A system with a notice is not asked: callers read the notice in their language, probes pause, and it is DISABLED."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog

from adapters.kit.registry import Registry, registry
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from certs.national import SmCrypto
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Outcome
from gateway.core.ports import LicenceSource
from gateway.core.system import SystemState
from gateway.core.system_notice import NoticeKind, SystemNotice, SystemNotices
from gateway.core.text import Language, Text
from gateway.services.notice_board import LiveNotices
from tests.kit.conftest import Deploy
from tests.kit.test_kit_identity import assigned
from tests.sandbox.callers import SteppedClock
from tests.services.notices import MemoryNotices

CITY, CASES, IDENTITY = "city-licences", "acceptance", "identity"
PORTS = frozenset({"LicenceSource", "CaseSystem", "IdentityProvider"})
CLERK = Person(subject="c", role=Role.CLERK, name="c", account="clerk01")


@pytest.fixture
def board(clock: SteppedClock) -> LiveNotices:
    return LiveNotices(MemoryNotices(), clock)


@pytest.fixture
async def systems(deploy: Deploy, clock: SteppedClock, board: LiveNotices) -> AsyncIterator[Registry]:
    deployed = [assigned(deploy(code), PORTS) for code in (CITY, CASES, IDENTITY)]
    async with registry(deployed, clock, SmCrypto(), board=board) as opened:
        board.on_change = opened.noticed
        yield opened


def close(
    board: LiveNotices, clock: SteppedClock, *codes: str, kind: NoticeKind = NoticeKind.DISABLED, after: float = 0
) -> None:
    for code in codes:
        notice = SystemNotice(
            id="n",
            kind=kind,
            text=Text("数据迁移 {1}", "data is moved {1}"),
            begins=clock.now() + timedelta(seconds=after),
            ends=clock.now() + timedelta(seconds=after + 90.5),
            set_by="ops",
        )
        board.take(SystemNotices(code, board.of(code).version + 1, (notice,)))


def source(systems: Registry) -> LicenceSource:
    return next(one.source for one in systems.licence_sources(None) if one.source.system == CITY)


@pytest.mark.parametrize(("language", "words"), [(Language.ZH, "数据迁移 {1}"), (Language.EN, "data is moved {1}")])
async def test_callers_read_the_notice_in_their_language_and_until_when(
    systems: Registry,
    sandbox: Sandbox,
    board: LiveNotices,
    clock: SteppedClock,
    call: Call,
    language: Language,
    words: str,
) -> None:
    close(board, clock, CITY, CASES, IDENTITY)
    call = Call(request_id="r", caller=call.caller, deadline=call.deadline, language=language, use=call.use)
    query = LicenceQuery(holder=Holder("111", "N"))
    listed = await source(systems).list(query, KEY_FIELDS, call)
    got = await source(systems).get(LicenceKey(identifier="x"), KEY_FIELDS, call)
    for answer in (listed, got):
        assert (answer.outcome, answer.notice, answer.retry_after, answer.fault) == (Outcome.DISABLED, words, 91, None)
    file = await source(systems).file(LicenceKey(identifier="x"), call)
    assert (file.outcome, file.notice) == (Outcome.DISABLED, words)
    (cases,) = systems.case_systems(None)
    status = await cases.status("1", call)
    assert (status.outcome, status.notice) == (Outcome.DISABLED, words)
    (identity,) = systems.identity_providers()
    with pytest.raises(SystemFailure) as caught:
        await identity.verify_scan("code", CLERK, call)
    assert (caught.value.outcome, caught.value.notice, caught.value.retry_after) == (Outcome.DISABLED, words, 91)
    assert sandbox.calls.all() == {}


async def test_a_notice_without_an_end_says_none(
    systems: Registry, board: LiveNotices, clock: SteppedClock, call: Call
) -> None:
    notice = SystemNotice(
        id="n", kind=NoticeKind.DISABLED, text=Text("停", "off"), begins=clock.now(), ends=None, set_by="ops"
    )
    board.take(SystemNotices(CITY, 1, (notice,)))
    answer = await source(systems).list(LicenceQuery(holder=Holder("111", "N")), KEY_FIELDS, call)
    assert (answer.outcome, answer.retry_after) == (Outcome.DISABLED, None)


async def test_a_system_is_asked_again_when_the_notice_is_over(
    systems: Registry, board: LiveNotices, clock: SteppedClock, call: Call, world: World
) -> None:
    close(board, clock, CITY)
    clock.step(91)
    query = LicenceQuery(holder=Holder("111", world.holder.number))
    answer = await source(systems).list(query, KEY_FIELDS, call.until(Deadline.after(5, clock)))
    assert answer.outcome is Outcome.OK


async def test_the_state_is_disabled_as_long_as_the_notice_holds_and_watchers_hear_it(
    systems: Registry, board: LiveNotices, clock: SteppedClock
) -> None:
    with structlog.testing.capture_logs() as lines:
        async with systems.watch() as changes:
            close(board, clock, CITY, kind=NoticeKind.MAINTENANCE, after=60)
            view = systems.systems()[1]
            assert (view.code, view.state, view.closure, view.notice_version) == (CITY, SystemState.UNKNOWN, None, 1)
            (window,) = view.maintenance
            clock.step(60)
            systems.noticed(CITY)
            assert (await anext(changes)).after is SystemState.DISABLED
            view = systems.systems()[1]
            assert (view.state, view.health.state, view.closure) == (SystemState.DISABLED, SystemState.DISABLED, window)
            assert view.health.since == window.begins
            clock.step(91)
            systems.noticed(CITY)
            change = await anext(changes)
            assert (change.before, change.after) == (SystemState.DISABLED, SystemState.UNKNOWN)
    told = [(line["before"], line["after"], line["log_level"]) for line in lines if line["event"] == "system.state"]
    assert told == [("UNKNOWN", "DISABLED", "warning"), ("DISABLED", "UNKNOWN", "warning")]


async def test_a_notice_on_a_system_that_this_gateway_does_not_know_is_nothing(
    systems: Registry, board: LiveNotices, clock: SteppedClock
) -> None:
    close(board, clock, "elsewhere")
    assert all(view.closure is None for view in systems.systems())


async def test_the_registry_probes_its_systems_and_not_those_that_are_closed(
    deploy: Deploy, clock: SteppedClock, board: LiveNotices, sandbox: Sandbox
) -> None:
    close(board, clock, CASES)
    defects: list[str] = []
    deployed = [assigned(deploy(code), PORTS) for code in (CASES, IDENTITY)]
    async with registry(
        deployed, clock, board=board, report_defect=lambda system, _: defects.append(system)
    ) as systems:
        await asyncio.sleep(0)  # until probing has begun: first probes are made within a second
        clock.step(1)
        async with systems.watch() as changes:
            async with asyncio.timeout(60):
                change = await anext(changes)
            assert (change.code, change.after) == (IDENTITY, SystemState.UP)
        assert systems.systems()[0].state is SystemState.DISABLED
    assert CASES not in sandbox.calls.all()
    assert defects == []
