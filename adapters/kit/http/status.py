"""What an HTTP status alone says, where the body says nothing better."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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

_PASSING = frozenset({502, 503, 504})
_BUSY = frozenset({429, 503})
_SECONDS = re.compile(r"[0-9]{1,6}")


def verify_status(reply: HttpReply) -> None:
    """Return if the status is 2xx, else raise.

    Raises:
        SystemFailure: DENIED, UNAVAILABLE, TIMED_OUT or UPSTREAM_FAULT; ``code`` is ``HTTP <status>``.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the class of statuses that HTTP calls successful
        return
    outcome, fault = _ENDINGS.get(reply.status, (Outcome.UPSTREAM_FAULT, Fault.THEIRS))
    raise SystemFailure(
        outcome,
        fault,
        f"answered with HTTP status {reply.status}",
        code=f"HTTP {reply.status}",
        retry_after=_retry_after(reply),
        passing=reply.status in _PASSING,
    )


def _retry_after(reply: HttpReply) -> int | None:
    """Seconds for which a busy system asks to be left alone. A date is taken by the system's own clock."""
    text = reply.headers.get("retry-after", "").strip() if reply.status in _BUSY else ""
    if _SECONDS.fullmatch(text):
        return int(text)
    until, now = _date(text), _date(reply.headers.get("date", ""))
    return None if until is None or now is None else max(0, round((until - now).total_seconds()))


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
