import socket
import ssl
from typing import Any

import h11
import pytest

from adapters.kit.http import HttpReply, verify_status
from adapters.kit.http.failures import FOREIGN, Phase, hung_up, late, translated
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

KINDS = [
    *FOREIGN,
    *(kind for kind in vars(h11).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    *(kind for kind in vars(ssl).values() if isinstance(kind, type) and issubclass(kind, OSError)),
    *(socket.gaierror, socket.herror, ConnectionResetError, BrokenPipeError, TimeoutError, UnicodeEncodeError),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("phase", Phase)
def test_every_error_has_an_ending_and_takes_no_text_of_its_own_along(kind: Any, phase: Any) -> None:
    assert issubclass(kind, FOREIGN)
    error = kind.__new__(kind, "http://h.example/?token=secret")
    error.verify_message, error.verify_code = "expired", 10  # what only certificates' errors have, and set themselves
    assert "secret" not in translated(error, phase).notice


def test_the_list_of_errors_is_not_empty() -> None:
    assert len(set(KINDS)) > 15


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
    failure = late(phase, 0.2504)
    assert (failure.outcome, failure.fault) == (Outcome.TIMED_OUT, fault)
    assert failure.notice.endswith(" within 250 ms")


def test_a_connection_closed_before_an_answer_is_an_outage_and_within_it_a_fault() -> None:
    before, within = hung_up(Phase.ASKED), hung_up(Phase.READING)
    assert (before.outcome, before.fault) == (Outcome.UNAVAILABLE, Fault.NETWORK)
    assert (within.outcome, within.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)


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
