"""Calls that are held back: refused here, before anything of them has left the gateway."""

from gateway.core.call_record import NotSent
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class Held(SystemFailure):
    """A call that was not sent, and why. It tells nothing new of the system."""

    def __init__(
        self, why: NotSent, outcome: Outcome, fault: Fault, *, notice: str, retry_after: int | None = None
    ) -> None:
        super().__init__(outcome, fault, notice, retry_after=retry_after, unsent=True)
        self.why = why
