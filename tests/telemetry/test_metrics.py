"""What the ops port shows: every metric of the catalogue, from closed sets of labels, as Prometheus reads it."""

import asyncio
import subprocess
from datetime import timedelta

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from gateway.core.call_record import BreakerState, NotSent
from gateway.core.expiry import Expiry, ExpiryKind
from gateway.core.outcome import Fault, Outcome
from gateway.core.seals.sealing import SealingState
from gateway.core.seals.sealings import SealingStanding
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.forwardings import ForwardingStanding
from gateway.core.tasks import TaskCounts
from gateway.core.telemetry import NoMeter, PoolState, RecordState, StreamKind, tee
from gateway.services.watch_work import WorkSeen
from gateway.web.metric_catalogue import METRICS, NONE, OTHER, Kind
from gateway.web.metrics import CONTENT_TYPE, Metrics, Views, watch_loop
from gateway.web.ops import build_ops_app
from tests.services.fakes import ManualClock
from tests.telemetry.records import START, Directory, call

WORK = WorkSeen(
    {SealingState.IN_DOUBT: SealingStanding(2, START - timedelta(seconds=40))},
    {
        "seal-here": TaskCounts(due=3, leased=1, oldest_due_at=START - timedelta(seconds=30)),
        "seal-platform": TaskCounts(due=1, parked=4, oldest_due_at=START + timedelta(hours=1)),
        "unheard-of": TaskCounts(parked=1),
    },
    {ForwardingState.LOST: ForwardingStanding(3, START - timedelta(seconds=20))},
)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def metrics() -> Metrics:
    secret = Expiry(kind=ExpiryKind.SYSTEM_SECRET, name="app-key", system="city", expires_at=START)
    views = Views(
        systems=Directory().systems,
        applications=frozenset({"portal"}),
        pool=lambda: PoolState(used=2, idle=3, limit=10),
        records=lambda: RecordState(pending=4, written=5, dropped=6),
        expiries=lambda: (secret,),
        audit_waiting=lambda: 3,
        work=lambda: WORK,
        task_kinds=frozenset({"seal-here", "seal-platform"}),
    )
    clock = ManualClock()
    clock.step(60)
    return Metrics(clock, version="1.2.3", mode="production", views=views)


def busy() -> Metrics:
    """One of everything has happened."""
    made = metrics()
    made.request(200, (), "portal", 0.02)
    made.request(200, ("TIMEOUT", "FORBIDDEN", "TIMEOUT"), "portal", 0.3)
    made.limited("portal")
    made.audit_written(12, 0.004)
    made.loop_lag(0.002)
    made.record_call(call())
    failed = call(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, received=None, attempt=2)
    made.record_call(failed)
    held = call(outcome=Outcome.UNAVAILABLE, fault=Fault.THEIRS, received=None, not_sent=NotSent.PAUSED)
    made.record_call(msgspec.structs.replace(held, breaker=BreakerState.OPEN))
    return made


def samples(made: Metrics) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(made.exposition().decode())
        for sample in family.samples
    }


def value(found: Samples, name: str, /, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_every_metric_of_the_catalogue_is_shown_and_no_other() -> None:
    shown = {name for name, _ in samples(busy())}
    assert shown == {name for metric in METRICS for name in metric.series}


def test_a_metric_has_its_kind_labels_and_meaning() -> None:
    families = {family.name: family for family in text_string_to_metric_families(busy().exposition().decode())}
    for one in METRICS:
        family = families[one.name.removesuffix("_total") if one.kind is Kind.COUNTER else one.name]
        assert family.type == one.kind.value
        if one.name.startswith("yiwang_"):
            assert family.documentation == one.meaning.en
        assert all(set(sample.labels) - {"le"} == set(one.labels) for sample in family.samples)


def test_requests_are_counted_by_what_came_of_them() -> None:
    found = samples(busy())
    assert value(found, "yiwang_requests_total", application="portal", status="200", code=NONE) == 1
    assert value(found, "yiwang_requests_total", application="portal", status="200", code="TIMEOUT") == 1
    assert value(found, "yiwang_requests_total", application="portal", status="200", code="FORBIDDEN") == 1
    assert value(found, "yiwang_request_duration_seconds_count", status="200") == 2
    assert value(found, "yiwang_rate_limited_total", application="portal") == 1


def test_calls_are_counted_by_attempt() -> None:
    found = samples(busy())
    calls = "yiwang_system_calls_total"
    assert value(found, calls, system="city", operation="list", outcome="OK", fault=NONE) == 1
    assert value(found, calls, system="city", operation="list", outcome="UNAVAILABLE", fault="NETWORK") == 1
    assert value(found, "yiwang_system_retries_total", system="city") == 1
    assert value(found, "yiwang_system_calls_not_sent_total", system="city", reason="PAUSED") == 1
    seconds = "yiwang_system_call_duration_seconds"
    assert value(found, f"{seconds}_sum", system="city", outcome="OK") == pytest.approx(0.02)
    # what never went out has no duration
    assert value(found, f"{seconds}_count", system="city", outcome="UNAVAILABLE") == 1
    assert value(found, "yiwang_system_queue_wait_seconds_count", system="city", outcome="UNAVAILABLE") == 2
    assert value(found, "yiwang_system_reply_bytes_sum", system="city", outcome="OK") == 4_000
    assert value(found, "yiwang_system_request_bytes_sum", system="city", outcome="OK") == 300


def test_a_state_is_one_for_the_one_that_holds_and_zero_for_the_others() -> None:
    found = samples(busy())
    states = {
        dict(labels)["state"]: number
        for (name, labels), number in found.items()
        if name == "yiwang_system_state" and dict(labels)["system"] == "clinics"
    }
    assert states == {"UP": 0, "DEGRADED": 0, "DOWN": 1, "DISABLED": 0, "UNKNOWN": 0}
    assert value(found, "yiwang_breaker_state", system="city", state="OPEN") == 1
    assert value(found, "yiwang_breaker_state", system="city", state="CLOSED") == 0


def test_states_are_read_when_somebody_looks() -> None:
    found = samples(busy())
    expiry = {"kind": "SYSTEM_SECRET", "system": "city", "name": "app-key"}
    assert value(found, "yiwang_expiry_seconds", **expiry) == -60
    assert value(found, "yiwang_database_connections", state="used") == 2
    assert value(found, "yiwang_call_records_dropped_total") == 6
    assert value(found, "yiwang_audit_pending_events") == 3
    info = {dict(labels)["version"] for name, labels in found if name == "yiwang_build_info"}
    assert info == {"1.2.3"}


def test_what_a_gateway_does_not_have_is_left_out() -> None:
    made = Metrics(ManualClock(), version="1", mode="development")
    shown = {name for name, _ in samples(made)}
    assert "yiwang_operations_in_flight" in shown
    assert not any(
        name.startswith(("yiwang_database", "yiwang_call_records", "yiwang_expiry", "yiwang_audit_pending"))
        for name in shown
    )


def test_what_is_under_way_is_counted_while_it_lasts() -> None:
    made = metrics()
    with made.operation(), made.stream(StreamKind.SSE):
        found = samples(made)
        assert value(found, "yiwang_operations_in_flight") == 1
        assert value(found, "yiwang_streams_open", kind="SSE") == 1
    with pytest.raises(LookupError), made.operation():
        raise LookupError
    found = samples(made)
    assert value(found, "yiwang_operations_in_flight") == 0
    assert value(found, "yiwang_streams_open", kind="SSE") == 0


_TEXTS = st.text(max_size=40)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS, _TEXTS, st.integers()), min_size=1, max_size=8))
def test_hostile_input_adds_no_series(attempts: list[tuple[str, str, str, str, int]]) -> None:
    """Whatever texts arrive where codes belong, there is one series for all of them."""
    made, other = metrics(), metrics()
    for first, second, third, fourth, status in attempts:
        texts = {"system": first, "operation": second, "application": third, "outcome": fourth, "fault": first}
        texts |= {"not_sent": second, "breaker": third}
        hostile = call(**{name: f"x{text}" for name, text in texts.items()})
        made.record_call(hostile)
        made.record_call(call(operation=f"x{second}"))
        made.request(status if status not in range(100, 600) else 777, (f"x{third}",), f"x{fourth}", 0.1)
        made.limited(f"x{first}")
    other.record_call(call(system="x", operation="x", outcome="x", fault="x", not_sent="x", breaker="x"))
    other.record_call(call(operation="x"))
    other.request(777, ("x",), "x", 0.1)
    other.limited("x")
    assert samples(made).keys() == samples(other).keys()
    assert value(samples(made), "yiwang_rate_limited_total", application=OTHER) == len(attempts)


def test_applications_are_named_once_they_are_proven_but_not_any_number_of_them() -> None:
    made = metrics()
    made.limited("app-0")
    for number in range(60):
        made.proven("portal")  # registered, and takes no place
        made.proven(f"app-{number}")
        made.limited(f"app-{number}")
    found = samples(made)
    named = {dict(labels)["application"] for name, labels in found if name == "yiwang_rate_limited_total"}
    assert named == {OTHER, *(f"app-{number}" for number in range(50))}
    assert value(found, "yiwang_rate_limited_total", application=OTHER) == 11


def test_a_system_that_came_later_is_named_too() -> None:
    views = [Directory().systems()[:1]]
    made = Metrics(ManualClock(), version="1", mode="production")
    made.show(Views(systems=lambda: views[-1]))
    made.record_call(call(system="tax"))
    views.append(Directory().systems())
    made.record_call(call(system="tax"))
    found = samples(made)
    assert value(found, "yiwang_system_calls_total", system=OTHER, operation=OTHER, outcome="OK", fault=NONE) == 1
    assert value(found, "yiwang_system_calls_total", system="tax", operation="list", outcome="OK", fault=NONE) == 1


async def test_the_loops_lateness_is_measured() -> None:
    clock, made = ManualClock(), metrics()
    lateness = iter((0.0, 0.3))

    async def sleep(seconds: float) -> None:
        late = next(lateness, None)
        if late is None:
            raise asyncio.CancelledError
        clock.step(seconds + late)

    with pytest.raises(asyncio.CancelledError):
        await watch_loop(made, clock, sleep)
    found = samples(made)
    assert value(found, "yiwang_event_loop_lag_seconds_count") == 2
    assert value(found, "yiwang_event_loop_lag_seconds_sum") == pytest.approx(0.3)


def test_a_record_reaches_every_consumer_and_no_meter_takes_everything() -> None:
    first: list[object] = []
    second: list[object] = []
    record = call()
    tee(first.append, second.append)(record)
    assert first == second == [record]
    nothing = NoMeter()
    nothing.request(200, (), None, 0.1)
    nothing.limited("portal")
    nothing.audit_written(1, 0.1)
    with nothing.operation(), nothing.stream(StreamKind.WEBSOCKET):
        pass


async def test_the_ops_application_shows_metrics_and_readiness() -> None:
    missing: dict[str, str] = {}
    transport = httpx.ASGITransport(build_ops_app(busy(), lambda: missing))
    async with httpx.AsyncClient(transport=transport, base_url="http://ops.test", trust_env=False) as client:
        scraped = await client.get("/metrics", headers={"accept": "application/openmetrics-text; version=9"})
        assert scraped.status_code == 200
        assert scraped.headers["content-type"] == CONTENT_TYPE
        assert b"yiwang_requests_total" in scraped.content
        assert (await client.get("/readyz")).status_code == 200
        missing["issuers"] = "no keys"
        refused = await client.get("/readyz")
        assert (refused.status_code, refused.json()["missing"]) == (503, missing)
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.post("/metrics")).status_code == 405
        assert (await client.get("/graphql")).status_code == 404


@pytest.mark.group("promtool", needs="promtool of Debian's package prometheus")
def test_promtool_finds_nothing_to_say_about_the_exposition() -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=busy().exposition(), capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_work_that_is_not_done_is_shown_with_its_age_and_by_known_kinds_only() -> None:
    found = {
        name: value
        for name, value in samples(metrics()).items()
        if name[0].startswith(("yiwang_seal", "yiwang_share", "yiwang_task"))
    }
    assert found == {
        ("yiwang_sealings", (("state", "IN_DOUBT"),)): 2,
        ("yiwang_sealings_oldest_seconds", (("state", "IN_DOUBT"),)): 100,
        ("yiwang_share_forwardings", (("state", "LOST"),)): 3,
        ("yiwang_share_forwardings_oldest_seconds", (("state", "LOST"),)): 80,
        ("yiwang_tasks", (("kind", "seal-here"), ("state", "due"))): 3,
        ("yiwang_tasks", (("kind", "seal-here"), ("state", "leased"))): 1,
        ("yiwang_tasks", (("kind", "seal-here"), ("state", "parked"))): 0,
        ("yiwang_tasks", (("kind", "seal-platform"), ("state", "due"))): 1,
        ("yiwang_tasks", (("kind", "seal-platform"), ("state", "leased"))): 0,
        ("yiwang_tasks", (("kind", "seal-platform"), ("state", "parked"))): 4,
        ("yiwang_tasks_oldest_due_seconds", (("kind", "seal-here"),)): 90,
        ("yiwang_tasks_oldest_due_seconds", (("kind", "seal-platform"),)): 0,
    }
