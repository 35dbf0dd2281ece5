"""How long things are tried, and how much is done at a time."""

from datetime import datetime, timedelta

import msgspec

from gateway.core.records import Also
from gateway.core.seals.sealing import Sealing
from gateway.core.tasks import Claim, TaskStore

KIND_PREPARE = "seal-prepare"
KIND_HERE = "seal-here"
KIND_PLATFORM = "seal-platform"
KIND_RECONCILE = "seal-reconcile"
"""Kinds of tasks: documents that somebody has to approve, looked at before; documents for keys here, in groups;
documents for platforms; days of platforms' logs."""


def waking(tasks: TaskStore, sealing_id: str, at: datetime) -> tuple[Also, ...]:
    """Have a sealing looked at: its task is of the kind that the seal's route was when it was asked for."""
    return tuple(tasks.waking(kind, [sealing_id], at) for kind in (KIND_HERE, KIND_PLATFORM))


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of sealing.

    Attributes:
        attempt_seconds: how long a platform may take to answer.
        apart: a platform's word that it does not know a key counts so long after the last attempt. It is longer than a
            lease and an attempt together, so that nothing is on its way any more.
        give_up: after so long nothing is tried again.
        longest_wait: between two tries, in seconds.
        most_lapses: a sealing whose workers died so often is not tried again.
        most_tries: nor, after ``give_up``, one that was taken up so often in vain.
        most_unclear: answers that cannot be used, after which a platform is not asked again to seal a document.
        broken: after so long, and ``most_tries``, a defect of this gateway ends what it keeps from its end.
        kept: how long documents are kept, before sealing and after; ``unnamed`` those that no sealing names yet.
        together: how many documents are sealed between two transactions, of ``together_bytes`` at the most.
        at_once: how many of them at the same time.
    """

    attempt_seconds: float = 30.0
    apart: timedelta = timedelta(minutes=3)
    give_up: timedelta = timedelta(hours=24)
    longest_wait: float = 300.0
    most_lapses: int = 10
    most_tries: int = 5
    most_unclear: int = 8
    broken: timedelta = timedelta(minutes=10)
    kept: timedelta = timedelta(days=30)
    unnamed: timedelta = timedelta(hours=1)
    together: int = 32
    together_bytes: int = 33_554_432
    at_once: int = 2

    def again(self, at: datetime, attempt: int, wanted: int | None = None) -> datetime:
        """When to try again after so many attempts; not before the platform wants it, within reason."""
        pause = min(2.0 ** min(attempt, 16), self.longest_wait)
        return at + timedelta(seconds=max(pause, min(wanted or 0, self.longest_wait)))

    def is_broken(self, sealing: Sealing, claim: Claim, at: datetime) -> bool:
        """Whether a defect is not worth another try: there were many, for a while."""
        has_begun = sealing.is_exposed or (sealing.platform is None and sealing.attempts)
        began = sealing.attempts[0].at if has_begun else sealing.changed_at
        return claim.attempt >= self.most_tries and at - began >= self.broken

    def is_over(self, sealing: Sealing, claim: Claim, at: datetime) -> bool:
        """Whether nothing is tried again: long after the first attempt, or after many tries that came to none."""
        if not sealing.attempts and claim.attempt < self.most_tries:
            return False
        began = sealing.attempts[0].at if sealing.attempts else sealing.changed_at
        return at - began >= self.give_up
