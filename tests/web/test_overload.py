"""A gateway that cannot keep up refuses at once, and takes requests again when it can."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.web import overload as judging
from gateway.web.overload import IN_TIME, PERIOD, TOO_LATE, Overload
from tests.sandbox.callers import SteppedClock
from tests.web.gateways import Gateway


@pytest.fixture(autouse=True)
def _judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "TOO_LATE", TOO_LATE)  # as it was when this was read: the suite never takes too long


def refuses(overload: Overload) -> bool:
    try:
        overload.verify()
    except Refusal as refusal:
        return refusal.problem is problems.OVERLOADED
    return False


def test_one_late_turn_is_no_overload() -> None:
    overload = Overload(SteppedClock())
    overload.note(100 * TOO_LATE)
    assert not refuses(overload)


def test_turns_that_stay_late_are_until_they_are_in_time_again() -> None:
    overload = Overload(SteppedClock())
    with capture_logs() as logs:
        for _ in range(20):
            overload.note(2 * TOO_LATE)
        assert refuses(overload)
        overload.note(0)
        assert refuses(overload)  # not at the first good turn
        for _ in range(20):
            overload.note(IN_TIME / 10)
        assert not refuses(overload)
    assert [entry["event"] for entry in logs] == ["overload.begun", "overload.ended"]


async def test_it_looks_by_its_clock() -> None:
    clock = SteppedClock()
    overload = Overload(clock)

    async def dawdle(seconds: float) -> None:
        assert seconds == PERIOD
        clock.step(seconds + 2 * TOO_LATE)
        if refuses(overload):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await overload.keep_judging(dawdle)


async def test_a_refused_request_is_told_when_to_come_again() -> None:
    overload = Overload(SteppedClock())
    for _ in range(20):
        overload.note(2 * TOO_LATE)
    gateway = Gateway(overload=overload)
    reply = await gateway.post(b"{}")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    [error] = reply.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["number"]) == ("LIMIT", "YW-LI-06")
