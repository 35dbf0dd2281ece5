from typing import Any

import httpx
import pytest

from adapters.kit.http import HttpReply, verify_status
from adapters.kit.http.failures import ENDINGS, Phase, late, translated
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

FOREIGN = [
    kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)
]  # fmt: skip


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_client_has_its_ending(kind: Any) -> None:
    assert kind in ENDINGS


@pytest.mark.parametrize("kind", ENDINGS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("phase", Phase)
def test_no_error_takes_its_own_text_along(kind: Any, phase: Any) -> None:
    failure = translated(kind.__new__(kind, "http://h.example/?token=secret"), phase)
    assert "secret" not in failure.notice


def test_the_list_of_the_clients_errors_is_not_empty() -> None:
    assert len(FOREIGN) > 20


@pytest.mark.parametrize(
    ("phase", "fault"),
    [
        (Phase.QUEUED, Fault.OURS),
        (Phase.CONNECTING, Fault.NETWORK),
        (Phase.ASKED, Fault.THEIRS),
        (Phase.READING, Fault.THEIRS),
    ],
)
def test_who_is_at_fault_for_a_missed_deadline_depends_on_how_far_the_call_came(phase: Any, fault: Fault) -> None:
    failure = late(phase)
    assert (failure.outcome, failure.fault) == (Outcome.TIMED_OUT, fault)


@pytest.mark.parametrize(
    ("status", "outcome", "fault"),
    [
        (401, Outcome.DENIED, Fault.OURS),
        (403, Outcome.DENIED, Fault.OURS),
        (404, Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        (429, Outcome.UNAVAILABLE, Fault.THEIRS),
        (500, Outcome.UPSTREAM_FAULT, Fault.THEIRS),
        (503, Outcome.UNAVAILABLE, Fault.THEIRS),
        (504, Outcome.TIMED_OUT, Fault.THEIRS),
    ],
)
def test_an_error_status_has_an_outcome(status: int, outcome: Outcome, fault: Fault) -> None:
    with pytest.raises(SystemFailure) as caught:
        verify_status(HttpReply(status=status, headers={}, body=b""))
    assert (caught.value.outcome, caught.value.fault, caught.value.code) == (outcome, fault, f"HTTP {status}")


def test_a_good_status_is_passed() -> None:
    verify_status(HttpReply(status=204, headers={}, body=b""))
