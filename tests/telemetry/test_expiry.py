"""What ends on a known day is told in time, once at each stage, and listed for those who renew it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import Refusal
from gateway.core.expiry import STAGES, Expiry, ExpiryKind
from gateway.services.watch_expiry import PERIOD, WatchExpiry
from tests.services.fakes import ManualClock
from tests.telemetry.records import HEALTH_OWNER, START, Directory

DAY = 86_400


def secret(name: str, days: float, system: str = "city") -> Expiry:
    ends = START + timedelta(days=days)
    return Expiry(kind=ExpiryKind.SYSTEM_SECRET, name=name, system=system, expires_at=ends)


SERVER = Expiry(kind=ExpiryKind.SERVER_CERTIFICATE, name="CN=yiwang", expires_at=START + timedelta(days=3))


class Watched:
    """A watch over a list that tests change."""

    def __init__(self, *found: Expiry) -> None:
        self.clock = ManualClock()
        self.found = list(found)
        self.told: list[tuple[str, int]] = []
        self.watch = WatchExpiry([self.source], Directory(), self.tell, self.clock)

    async def source(self) -> Sequence[Expiry]:
        return self.found

    def tell(self, expiry: Expiry, stage: int) -> None:
        self.told.append((expiry.name, stage))


def by(role: Role | None, body: str | None = None) -> Call:
    person = None if role is None else Person(subject="p", role=role, name="某", body=body)
    return Call(request_id="r", caller=Caller(Application("console", "控制台"), person), deadline=Deadline(5))


@pytest.mark.parametrize(
    ("days", "stage"),
    [(31, None), (30, 30), (29, 30), (14, 14), (8, 14), (7, 7), (1.5, 7), (1, 1), (0.5, 1), (0, 0), (-5, 0)],
)
def test_a_stage_is_the_last_one_reached(days: float, stage: int | None) -> None:
    assert secret("app-key", days).stage(START) == stage


async def test_each_stage_is_told_once() -> None:
    watched = Watched(secret("app-key", 31))
    for _ in range(33 * 24):
        await watched.watch.look()
        watched.clock.step(3_600)
    assert watched.told == [("app-key", stage) for stage in STAGES]


async def test_what_is_near_at_the_start_is_told_at_its_stage_only() -> None:
    watched = Watched(secret("app-key", 6), secret("old", -3), secret("far", 400))
    await watched.watch.look()
    assert watched.told == [("old", 0), ("app-key", 7)]


async def test_what_was_renewed_is_told_again_in_its_own_time() -> None:
    watched = Watched(secret("app-key", 6))
    await watched.watch.look()
    watched.found = [secret("app-key", 100)]
    await watched.watch.look()
    watched.clock.step(71 * DAY)
    await watched.watch.look()
    assert watched.told == [("app-key", 7), ("app-key", 30)]


async def test_the_nearest_come_first_with_the_days_that_are_left() -> None:
    watched = Watched(secret("later", 9.5), SERVER, secret("gone", -0.5))
    await watched.watch.look()
    listed = watched.watch(2, by(Role.OPERATIONS))
    assert [(expiry.name, days) for expiry, days in listed] == [("gone", -1), ("CN=yiwang", 3)]
    assert [expiry.name for expiry in watched.watch.expiries()] == ["gone", "CN=yiwang", "later"]


async def test_a_department_sees_what_belongs_to_its_systems() -> None:
    watched = Watched(secret("app-key", 9), secret("tax-key", 8, "tax"), SERVER)
    await watched.watch.look()
    assert [expiry.name for expiry, _ in watched.watch(9, by(Role.DEPARTMENT, HEALTH_OWNER))] == ["app-key"]


@pytest.mark.parametrize(
    "call",
    [by(None), by(Role.CITIZEN), by(Role.OFFICER, HEALTH_OWNER), by(Role.DEPARTMENT)],
    ids=["application", "citizen", "officer", "department of nobody"],
)
def test_nobody_else_sees_any(call: Call) -> None:
    with pytest.raises(Refusal, match="owners of systems"):
        Watched().watch(9, call)


@pytest.mark.parametrize("first", [0, 1_001])
def test_a_number_out_of_range_is_refused(first: int) -> None:
    with pytest.raises(Refusal, match="between 1 and 1000"):
        Watched().watch(first, by(Role.HUB))


async def test_it_looks_now_and_every_hour() -> None:
    watched = Watched(secret("app-key", 31))
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        watched.clock.step(seconds)
        if len(slept) == 30:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await watched.watch.keep_looking(sleep)
    assert slept == [PERIOD] * 30
    assert watched.told == [("app-key", 30)]
