"""Proving callers under the audit's eyes: refusals are written down, a sample of them in full, the rest as a count."""

import secrets

from gateway.core.audit.catalogue import CALLER_REFUSED
from gateway.core.audit.events import Ending, Event
from gateway.core.caller import Caller, Evidence
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import AuditTrail, CallerVerifier

SAMPLE = 20
"""Refusals that are written down in a window of WINDOW_SECONDS: nobody fills the audit by guessing tokens."""

WINDOW_SECONDS = 60.0


class WatchCallers:
    """A CallerVerifier that has refusals of another one written down."""

    def __init__(self, verifier: CallerVerifier, trail: AuditTrail, clock: Clock) -> None:
        self._verifier = verifier
        self._trail = trail
        self._clock = clock
        self._window = clock.monotonic()
        self._written = 0
        self._uncounted = 0

    async def verify(self, evidence: Evidence) -> Caller:
        """The caller whom the evidence names; raises Refusal UNAUTHENTICATED if it proves nothing."""
        try:
            return await self._verifier.verify(evidence)
        except Refusal as refusal:
            self._note(evidence, refusal)
            raise

    def _note(self, evidence: Evidence, refusal: Refusal) -> None:
        """Write it down without keeping the caller waiting; what is over the sample is told with the next one."""
        now = self._clock.monotonic()
        if now - self._window >= WINDOW_SECONDS:
            self._window, self._written = now, 0
        if self._written >= SAMPLE:
            self._uncounted += 1
            return
        self._written += 1
        shown = [name for name in ("token", "person_token", "certificate") if getattr(evidence, name) is not None]
        uncounted, self._uncounted = self._uncounted, 0
        event = Event(
            id=secrets.token_hex(16),
            kind=CALLER_REFUSED.code,
            at=self._clock.now(),
            ending=Ending.REFUSED,
            problem=refusal.problem.number,
            note={"shown": ",".join(shown), "uncounted": uncounted},
        )
        self._trail.post(event)
