"""What an HTTP status alone says, where the body says nothing better."""

from adapters.kit.http.messages import HttpReply
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_ENDINGS = {
    401: (Outcome.DENIED, Fault.OURS),
    403: (Outcome.DENIED, Fault.OURS),
    408: (Outcome.TIMED_OUT, Fault.THEIRS),
    429: (Outcome.UNAVAILABLE, Fault.THEIRS),
    502: (Outcome.UNAVAILABLE, Fault.THEIRS),
    503: (Outcome.UNAVAILABLE, Fault.THEIRS),
    504: (Outcome.TIMED_OUT, Fault.THEIRS),
}
"""401 and 403 before any business code: our credentials or our address are not accepted, which operations mend."""


def verify_status(reply: HttpReply) -> None:
    """Return if the status is 2xx, else raise.

    Raises:
        SystemFailure: DENIED, UNAVAILABLE, TIMED_OUT or UPSTREAM_FAULT; ``code`` is ``HTTP <status>``.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the class of statuses that HTTP calls successful
        return
    outcome, fault = _ENDINGS.get(reply.status, (Outcome.UPSTREAM_FAULT, Fault.THEIRS))
    raise SystemFailure(outcome, fault, f"answered with HTTP status {reply.status}", code=f"HTTP {reply.status}")
