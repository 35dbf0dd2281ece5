"""Disabling, enabling and maintaining systems: who may, on which version, in which words; all replicas know."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from gateway.core import problems
from gateway.core.audit.catalogue import find_kind
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.records import Also
from gateway.core.system import Health, SystemState, SystemView
from gateway.core.system_notice import MOST_WINDOWS, SystemNotices
from gateway.services.auditing import Auditing
from gateway.services.closing import LONGEST, NoticeDesk
from gateway.services.disable_system import DisableRequest, DisableSystem
from gateway.services.enable_system import EnableSystem
from gateway.services.notice_board import LONGEST_SECONDS, RETRY_SECONDS, LiveNotices, wait
from gateway.services.plan_maintenance import MaintenanceRequest, PlanMaintenance
from tests.services.notices import MemoryNotices
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher

START = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed


class OneSystem:
    def systems(self) -> list[SystemView]:
        return [
            SystemView(
                code="city",
                title_zh="库",
                title_en="library",
                level="city",
                regions=("420100",),
                state=SystemState.UP,
                health=Health(since=START, state=SystemState.UP),
                active_version=1,
                serves=(),
            )
        ]


class Office:
    """The use cases over a store in memory."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryNotices()
        self.board = LiveNotices(self.store, self.clock)
        self.trail = MemoryTrail()
        audit = Auditing(self.trail, References(a_cipher()), self.clock)
        desk = NoticeDesk(self.store, self.board, OneSystem(), self.clock, audit)
        self.disable, self.enable, self.plan = DisableSystem(desk), EnableSystem(desk), PlanMaintenance(desk)

    def call(self, role: Role | None = Role.OPERATIONS) -> Call:
        person = None if role is None else Person(subject="ops-1", role=role, name="值班")
        return Call(request_id="r", caller=Caller(Application("console", "Console"), person), deadline=Deadline(at=1e9))


@pytest.fixture
def office() -> Office:
    return Office()


def disabling(**changes: object) -> DisableRequest:
    request = DisableRequest(
        code="city", notice_zh=" 数据迁移 ", notice_en="data is moved", until=None, expected_version=0
    )
    return msgspec.structs.replace(request, **changes)


def window(begins: float = 10, ends: float = 20, version: int = 0, **changes: object) -> MaintenanceRequest:
    request = MaintenanceRequest(
        code="city",
        notice_zh="例行维护",
        notice_en="maintenance",
        begins=START + timedelta(minutes=begins),
        ends=START + timedelta(minutes=ends),
        expected_version=version,
    )
    return msgspec.structs.replace(request, **changes)


async def refused(attempt: Coroutine[None, None, SystemNotices], problem: Problem, field: str | None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert (caught.value.problem, caught.value.field) == (problem, field)
    return caught.value


# ---- disabling


@pytest.mark.parametrize("role", [Role.HUB, Role.OPERATIONS])
async def test_the_hub_office_and_operations_disable_and_this_replica_knows_at_once(office: Office, role: Role) -> None:
    notices = await office.disable(disabling(), office.call(role))
    current = office.board.current("city")
    assert current is not None
    assert (current.text.zh, current.text.en, current.set_by, current.begins) == (
        "数据迁移",
        "data is moved",
        "ops-1",
        START,
    )
    assert office.board.of("city") == notices == await office.store.find("city")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.HUB, Role.OPERATIONS}))
async def test_nobody_else_does(office: Office, role: Role) -> None:
    await refused(office.disable(disabling(), office.call(role)), problems.SYSTEM_NOTICE_FORBIDDEN, None)
    await refused(office.enable("city", 0, office.call(role)), problems.SYSTEM_NOTICE_FORBIDDEN, None)
    await refused(office.plan(window(), office.call(role)), problems.SYSTEM_NOTICE_FORBIDDEN, None)
    await refused(office.plan.cancel("city", "w", 0, office.call(role)), problems.SYSTEM_NOTICE_FORBIDDEN, None)
    assert await office.store.all() == []


async def test_an_application_without_a_person_does_not(office: Office) -> None:
    await refused(office.disable(disabling(), office.call(None)), problems.PERSON_MISSING, None)


async def test_a_system_that_nobody_knows_is_not_found(office: Office) -> None:
    await refused(office.disable(disabling(code="mars"), office.call()), problems.SYSTEM_UNKNOWN, "input.code")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"notice_zh": "  "}, "input.noticeZh"),
        ({"notice_en": ""}, "input.noticeEn"),
        ({"notice_en": "x" * 501}, "input.noticeEn"),
        ({"notice_zh": "停\n用"}, "input.noticeZh"),
    ],
    ids=["blank", "empty", "long", "lines"],
)
async def test_a_notice_says_something_in_both_languages_in_one_line(
    office: Office, changes: dict[str, str], field: str
) -> None:
    await refused(office.disable(disabling(**changes), office.call()), problems.SYSTEM_NOTICE_TEXT_INVALID, field)


@pytest.mark.parametrize(
    "until",
    [
        START,
        START - timedelta(seconds=1),
        START + LONGEST + timedelta(seconds=1),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime.min.replace(tzinfo=UTC),
    ],
    ids=["now", "past", "late", "last", "beyond", "first"],
)
async def test_an_end_lies_ahead_and_not_too_far(office: Office, until: datetime) -> None:
    attempt = office.disable(disabling(until=until), office.call())
    await refused(attempt, problems.SYSTEM_NOTICE_TIME_INVALID, "input.until")


async def test_an_end_without_a_zone_is_chinas_and_the_notice_ends_by_itself(office: Office) -> None:
    until = datetime(2026, 3, 2, 12, 30)  # noqa: DTZ001 - as somebody types it
    await office.disable(disabling(until=until), office.call())
    office.clock.passed = 30 * 60 - 1
    assert office.board.current("city") is not None
    office.clock.passed += 1
    assert office.board.current("city") is None


async def test_who_read_an_older_version_is_told_of_the_conflict_and_the_version(office: Office) -> None:
    await office.disable(disabling(), office.call())
    refusal = await refused(
        office.enable("city", 0, office.call()), problems.SYSTEM_NOTICES_CHANGED, "input.expectedVersion"
    )
    assert refusal.values == {"version": 1}


async def test_of_two_at_the_same_moment_one_is_told_of_the_conflict(office: Office) -> None:
    theirs = SystemNotices("city", 1)
    put = office.store.put

    async def late(notices: SystemNotices, also: Also | None = None) -> bool:
        await put(theirs)
        return await put(notices, also)

    office.store.put = late  # type: ignore[method-assign]
    await refused(office.disable(disabling(), office.call()), problems.SYSTEM_NOTICES_CHANGED, "input.expectedVersion")
    assert office.board.of("city") == theirs


async def test_enabling_takes_the_notice_back(office: Office) -> None:
    await office.disable(disabling(), office.call())
    notices = await office.enable("city", 1, office.call())
    assert (notices.version, notices.notices) == (2, ())
    assert office.board.current("city") is None


# ---- maintenance


async def test_a_window_holds_when_its_time_comes(office: Office) -> None:
    await office.plan(window(), office.call())
    assert office.board.current("city") is None
    office.clock.passed = 600
    current = office.board.current("city")
    assert current is not None
    assert current.text.en == "maintenance"
    office.clock.passed = 1200
    assert office.board.current("city") is None


async def test_a_window_may_have_begun_and_its_beginning_needs_no_zone(office: Office) -> None:
    begins = datetime(2026, 3, 2, 11, 59)  # noqa: DTZ001 - as somebody types it
    notices = await office.plan(window(0, 5), office.call())
    assert notices.current(START) is not None
    again = await office.plan(window(ends=5, version=1, begins=-1), office.call())
    assert len(again.notices) == 2
    third = await office.plan(msgspec.structs.replace(window(version=2), begins=begins), office.call())
    assert third.notices[-1].begins == START - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        (20, 10, "input.ends"),
        (-20, -10, "input.ends"),
        (10, 10, "input.ends"),
        (60 * 24 * 400, 60 * 24 * 401, "input.begins"),
    ],
    ids=["turned round", "over", "empty", "far"],
)
async def test_a_window_ends_after_it_begins_and_is_not_over(
    office: Office, begins: float, ends: float, field: str
) -> None:
    await refused(office.plan(window(begins, ends), office.call()), problems.SYSTEM_NOTICE_TIME_INVALID, field)


async def test_a_system_has_so_many_windows_at_the_most(office: Office) -> None:
    for version in range(MOST_WINDOWS):
        await office.plan(window(version=version), office.call())
    attempt = office.plan(window(version=MOST_WINDOWS), office.call())
    await refused(attempt, problems.SYSTEM_WINDOWS_TOO_MANY, "input")


async def test_a_window_is_cancelled_by_its_id(office: Office) -> None:
    notices = await office.plan(window(0, 20), office.call())
    assert office.board.current("city") is not None
    (planned,) = notices.notices
    await refused(office.plan.cancel("city", "none", 1, office.call()), problems.SYSTEM_WINDOW_UNKNOWN, "input.window")
    assert (await office.plan.cancel("city", planned.id, 1, office.call())).notices == ()
    assert office.board.current("city") is None


# ---- the audit


async def test_every_change_is_written_down_in_its_own_transaction(office: Office) -> None:
    until = START + timedelta(hours=1)
    await office.disable(disabling(until=until), office.call())
    await office.enable("city", 1, office.call())
    planned = (await office.plan(window(version=2), office.call())).notices[0]
    await office.plan.cancel("city", planned.id, 3, office.call())
    events = office.trail.events
    assert office.trail.held == events
    at = {"system": "city"}
    assert [(event.kind, event.note) for event in events] == [
        ("system.disabled", at | {"version": 1, "until": until.isoformat()}),
        ("system.enabled", at | {"version": 2}),
        (
            "maintenance.planned",
            at
            | {
                "version": 3,
                "window": planned.id,
                "begins": planned.begins.isoformat(),
                "ends": (START + timedelta(minutes=20)).isoformat(),
            },
        ),
        ("maintenance.cancelled", at | {"version": 4, "window": planned.id}),
    ]
    for event in events:
        kind = find_kind(event.kind)
        assert kind is not None
        assert {f"note.{word}" for word in event.note} <= set(kind.fields)
        assert event.actor is not None
        assert (event.actor.subject, event.actor.role) == ("ops-1", "operations")
        assert "数据迁移" not in event.record().decode()


async def test_refused_changes_are_written_down_and_name_no_system_that_is_none(office: Office) -> None:
    await office.disable(disabling(), office.call())
    for attempt in (
        office.disable(disabling(code="mars"), office.call()),
        office.enable("city", 0, office.call()),
        office.plan(window(), office.call(Role.CITIZEN)),
        office.plan.cancel("city", "none", 1, office.call()),
    ):
        with pytest.raises(Refusal):
            await attempt
    assert [(event.kind, event.problem, event.note) for event in office.trail.events[1:]] == [
        ("system.disabled", problems.SYSTEM_UNKNOWN.number, {}),
        ("system.enabled", problems.SYSTEM_NOTICES_CHANGED.number, {"system": "city", "version": 1}),
        ("maintenance.planned", problems.SYSTEM_NOTICE_FORBIDDEN.number, {}),
        ("maintenance.cancelled", problems.SYSTEM_WINDOW_UNKNOWN.number, {"system": "city"}),
    ]
    assert len(office.trail.held) == 1


# ---- the board


class Pauses:
    """A Wait that ends when a test says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked: asyncio.Queue[float] = asyncio.Queue()
        self.go: asyncio.Queue[None] = asyncio.Queue()

    async def __call__(self, seconds: float, woken: asyncio.Event) -> None:
        self.asked.put_nowait(seconds)
        going = asyncio.ensure_future(self.go.get())
        hearing = asyncio.ensure_future(woken.wait())
        done, pending = await asyncio.wait({going, hearing}, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()
        if going in done:
            self._clock.passed += seconds


async def test_the_board_tells_when_a_window_begins_and_when_it_ends(office: Office) -> None:
    pauses = Pauses(office.clock)
    board = LiveNotices(office.store, office.clock, pauses)
    told: list[str] = []
    board.on_change = told.append
    task = asyncio.create_task(board.keep_time())
    assert await pauses.asked.get() == LONGEST_SECONDS
    notices = await office.plan(window(begins=0.5, ends=1), office.call())
    board.take(notices)
    assert await pauses.asked.get() == 30
    assert told == []
    pauses.go.put_nowait(None)
    assert await pauses.asked.get() == 30
    assert told == ["city"]
    pauses.go.put_nowait(None)
    assert await pauses.asked.get() == LONGEST_SECONDS
    assert told == ["city", "city"]
    task.cancel()
    await asyncio.wait([task])


async def test_the_board_takes_what_other_replicas_put_and_never_goes_back(office: Office) -> None:
    pauses = Pauses(office.clock)
    board = LiveNotices(office.store, office.clock, pauses)
    heard = asyncio.Event()
    board.on_change = lambda _: heard.set()
    await office.disable(disabling(), office.call())
    office.store.away = True
    task = asyncio.create_task(board.follow())
    assert await pauses.asked.get() == RETRY_SECONDS  # the store is away
    office.store.away = False
    pauses.go.put_nowait(None)
    await heard.wait()  # loaded
    heard.clear()
    await office.enable("city", 1, office.call())
    await heard.wait()  # followed
    assert board.current("city") is None
    board.take(SystemNotices("city", 1))
    assert board.of("city").version == 2
    office.store.break_off()
    assert await pauses.asked.get() == RETRY_SECONDS
    task.cancel()
    await asyncio.wait([task])


async def test_waiting_ends_with_the_time_or_with_a_word() -> None:
    woken = asyncio.Event()
    await wait(0.001, woken)
    woken.set()
    async with asyncio.timeout(60):
        await wait(60, woken)
