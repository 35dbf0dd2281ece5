"""Rates: buckets fill with time, are shared by whoever shares them, and cost a bounded memory."""

from typing import Any

import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import Refusal
from gateway.core.rate import Admission, Buckets, Rate, Rates, network_of, parse_rate
from tests.services.fakes import CITIZEN, FRONTEND, OFFICER, ManualClock

ANYONE = Caller(FRONTEND, CITIZEN)
SLOW = Rate(0.5, 2)
FAST = Rate(1_000, 1_000)


def admission(clock: ManualClock | None = None, **rates: Any) -> Admission:
    return Admission(Rates(**{"application": FAST, "person": FAST} | rates), clock or ManualClock())


def refused(attempt: Any, *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        attempt(*arguments)
    return refusal.value


def test_a_burst_is_let_in_then_one_at_a_time() -> None:
    clock = ManualClock()
    door = admission(clock, person=SLOW)
    door.admit(ANYONE)
    door.admit(ANYONE)
    refusal = refused(door.admit, ANYONE)
    assert refusal.problem is problems.RATE_EXCEEDED
    assert refusal.values == {"seconds": 2}
    clock.step(1.9)
    assert refused(door.admit, ANYONE).values == {"seconds": 1}
    clock.step(0.1)
    door.admit(ANYONE)
    assert refused(door.admit, ANYONE).values == {"seconds": 2}


def test_being_refused_costs_nothing() -> None:
    clock = ManualClock()
    door = admission(clock, person=SLOW)
    door.admit(ANYONE)
    door.admit(ANYONE)
    for _ in range(100):
        refused(door.admit, ANYONE)
    clock.step(2)
    door.admit(ANYONE)


def test_no_bucket_holds_more_than_its_burst() -> None:
    clock = ManualClock()
    door = admission(clock, person=SLOW)
    clock.step(1_000_000)
    door.admit(ANYONE)
    door.admit(ANYONE)
    refused(door.admit, ANYONE)


def test_people_of_an_application_have_buckets_of_their_own_and_share_its() -> None:
    door = admission(person=Rate(1, 1), application=Rate(1, 2))
    door.admit(ANYONE)
    refused(door.admit, ANYONE)
    door.admit(Caller(FRONTEND, OFFICER))
    refused(door.admit, Caller(FRONTEND, Person(subject="c-2", role=Role.CITIZEN, name="王")))
    refused(door.admit, Caller(FRONTEND))
    door.admit(Caller(Application("hall", "大厅"), CITIZEN))


def test_an_application_may_have_a_rate_of_its_own() -> None:
    door = admission(application=Rate(1, 1), own={"hall": Rate(1, 3)})
    for _ in range(3):
        door.admit(Caller(Application("hall", "大厅")))
    refused(door.admit, Caller(Application("hall", "大厅")))
    door.admit(Caller(FRONTEND))
    refused(door.admit, Caller(FRONTEND))


def test_a_costly_operation_is_paid_for_by_waiting_but_not_for_ever() -> None:
    clock = ManualClock()
    door = admission(clock, person=Rate(1, 10))
    door.admit(ANYONE)
    door.spend(ANYONE, 12_000)
    assert refused(door.admit, ANYONE).values == {"seconds": 4}
    door.spend(ANYONE, 1_000_000_000)
    assert refused(door.admit, ANYONE).values == {"seconds": 11}
    clock.step(11)
    door.admit(ANYONE)


def test_strangers_are_counted_by_their_network() -> None:
    clock = ManualClock()
    door = admission(clock, strangers=Rate(0.5, 2))
    door.note_stranger("192.0.2.1")
    door.note_stranger("192.0.2.200")
    refusal = refused(door.note_stranger, "192.0.2.77")
    assert refusal.problem is problems.PROOFS_FAIL_TOO_OFTEN
    assert refusal.values == {"seconds": 2}
    door.note_stranger("192.0.3.1")
    clock.step(2)
    door.note_stranger("192.0.2.77")


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
        ("unix:", "unix:"),
    ],
)
def test_a_network_is_what_one_customer_has(host: str, network: str) -> None:
    assert network_of(host) == network


def test_a_flood_of_names_costs_a_bounded_memory() -> None:
    buckets = Buckets(ManualClock(), most=3)
    for n in range(10):
        buckets.spend(f"k{n}", SLOW, 2)
    assert len(buckets._buckets) == 3
    assert buckets.wait_seconds("k9", SLOW)
    assert not buckets.wait_seconds("k0", SLOW)


@pytest.mark.parametrize(
    ("text", "rate"), [("20/60", Rate(20, 60)), ("0.5/1", Rate(0.5, 1)), ("1000000/1000000", Rate(1e6, 1e6))]
)
def test_a_rate_is_written_per_second_and_at_once(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "20", "20/", "/60", "0/60", "0.000/1", "1/0", "-1/1", "1000001/1", "1/1000001", "a/b"]
)
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="20 requests a second"):
        parse_rate(text)
