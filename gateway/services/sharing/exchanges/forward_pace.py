"""Kinds of tasks of what is at exchanges, and how long it is waited between two questions."""

from datetime import datetime, timedelta
from typing import Final

from gateway.core.call import Call
from gateway.core.caller import OURSELVES
from gateway.core.clock import Clock, Deadline
from gateway.core.tasks import NewTask

KIND_FORWARD: Final = "share-forward"
KIND_DISPUTE: Final = "share-dispute"
KIND_UPSTREAM: Final = "share-upstream"
KIND_RECONCILE: Final = "share-reconcile"
"""Kinds of tasks: requests at exchanges; disputes there; grants of exchanges; days of exchanges' lists."""

ATTEMPT_SECONDS: Final = 30.0
"""How long an exchange may take to answer."""

APART: Final = timedelta(minutes=3)
"""An exchange's word that it does not know a key counts so long after the last attempt: longer than a lease and an
attempt together, so that nothing is on its way any more."""

GIVE_UP: Final = timedelta(days=7)
"""After so long nothing is sent again, or asked of a key, by itself."""

SHORTEST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(hours=1)
DAILY: Final = timedelta(days=1)


def again(at: datetime, since: datetime, wanted: int | None = None) -> datetime:
    """When to ask again: after a quarter of the time that it has lasted; not before the exchange wants, within reason.

    Args:
        at: now.
        since: when what is waited for began.
        wanted: seconds, if the exchange named any.
    """
    pause = max((at - since) / 4, SHORTEST, timedelta(seconds=min(wanted or 0, LONGEST.total_seconds())))
    return at + min(pause, LONGEST)


def forward_task(request_id: str, at: datetime) -> NewTask:
    """The task that takes a request to its exchange and brings the decision."""
    return NewTask(kind=KIND_FORWARD, key=request_id, subject=request_id, due_at=at)


def dispute_task(dispute_id: str, at: datetime) -> NewTask:
    """The task that takes a dispute to its exchange and brings the answer."""
    return NewTask(kind=KIND_DISPUTE, key=dispute_id, subject=dispute_id, due_at=at)


def upstream_task(grant_id: str, at: datetime) -> NewTask:
    """The task that looks each day whether an exchange's grant is still one."""
    return NewTask(kind=KIND_UPSTREAM, key=grant_id, subject=grant_id, due_at=at + DAILY)


def our_call(name: str, clock: Clock) -> Call:
    """A call of the gateway's own."""
    return Call(request_id=name, caller=OURSELVES, deadline=Deadline.after(ATTEMPT_SECONDS, clock))
