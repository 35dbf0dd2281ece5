"""Enumeration of holders is slowed per application and person, and nothing is remembered in clear."""

from datetime import timedelta

import msgspec
import pytest

from gateway.core.caller import Application, Caller
from gateway.core.policy import pace
from gateway.core.policy.pace import Pacer
from gateway.core.policy.rules import Pace
from tests.services.fakes import FRONTEND, OFFICER, OWN_NUMBER, ManualClock

CALLER = Caller(FRONTEND, OFFICER)
COLLEAGUE = Caller(FRONTEND, msgspec.structs.replace(OFFICER, subject="o-2"))
KIOSK = Caller(Application("kiosk", "自助机"), OFFICER)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pacer(clock: ManualClock) -> Pacer:
    return Pacer(Pace(holders=3, refill=timedelta(seconds=60)), clock)


def spend(pacer: Pacer, caller: Caller = CALLER, count: int = 3) -> None:
    assert [pacer.wait_seconds(caller, str(number)) for number in range(count)] == [0.0] * count


def test_so_many_holders_at_once_and_no_more(pacer: Pacer, clock: ManualClock) -> None:
    spend(pacer)
    assert pacer.wait_seconds(CALLER, "new") == pytest.approx(60)
    clock.step(45)
    assert pacer.wait_seconds(CALLER, "new") == pytest.approx(15)
    clock.step(15)
    assert pacer.wait_seconds(CALLER, "new") == 0
    assert pacer.wait_seconds(CALLER, "newer") == pytest.approx(60)


def test_a_holder_asked_for_again_costs_nothing(pacer: Pacer) -> None:
    spend(pacer)
    spend(pacer)


def test_waiting_in_vain_costs_nothing(pacer: Pacer, clock: ManualClock) -> None:
    spend(pacer)
    for number in range(50):
        assert pacer.wait_seconds(CALLER, f"new {number}") > 0
    clock.step(60)
    assert pacer.wait_seconds(CALLER, "new") == 0


@pytest.mark.parametrize("other", [COLLEAGUE, KIOSK, Caller(FRONTEND, None)])
def test_each_person_at_each_application_has_a_pace_of_his_own(pacer: Pacer, other: Caller) -> None:
    spend(pacer)
    spend(pacer, other)
    assert pacer.wait_seconds(other, "new") > 0


def test_no_more_is_saved_up_than_the_measure(pacer: Pacer, clock: ManualClock) -> None:
    clock.step(100_000)
    spend(pacer)
    assert pacer.wait_seconds(CALLER, "new") > 0


def test_after_a_rest_what_was_asked_is_forgotten(pacer: Pacer, clock: ManualClock) -> None:
    spend(pacer)
    clock.step(180)
    spend(pacer)
    assert pacer.wait_seconds(CALLER, "new") > 0


def test_numbers_are_not_remembered_in_clear(pacer: Pacer) -> None:
    pacer.wait_seconds(CALLER, OWN_NUMBER)
    assert OWN_NUMBER not in repr(vars(pacer))
    assert OWN_NUMBER.encode() not in b"".join(next(iter(pacer._askers.values())).seen)


def test_what_is_remembered_is_bounded(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_MOST_REMEMBERED", 2)
    monkeypatch.setattr(pace, "_MOST_ASKERS", 1)
    pacer = Pacer(Pace(holders=100, refill=timedelta(days=1)), clock)
    spend(pacer, CALLER, 5)
    assert len(pacer._askers[FRONTEND.code, OFFICER.subject].seen) == 2
    spend(pacer, COLLEAGUE, 1)
    assert list(pacer._askers) == [(FRONTEND.code, "o-2")]
