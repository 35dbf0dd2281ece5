"""Open streams of this process: how many a caller may have, how long they live, and that they end with the gateway."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import msgspec

from gateway.core import problems
from gateway.core.caller import Caller, Evidence
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import Refusal
from gateway.core.ports import CallerVerifier
from gateway.core.rate import Admission
from gateway.core.telemetry import NoMeter, RequestMeter, StreamKind
from gateway.web.stopping import Stopping


class StreamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of streams; times in seconds.

    Attributes:
        lifetime: how long a stream lives at most, whatever proved its caller.
        per_person: open streams of one person in one application, or of an application that acts for itself.
        per_application: open streams of one application, whoever is in front of it.
        operations: operations that one stream carries at a time.
        message_bytes: the largest message that a caller may send.
        deadline_ms: milliseconds for an operation that is no subscription, unless its caller names others.
        heartbeat: how long a stream is silent at most.
        proof: how old the proof of a stream's caller is at most.
        opening: how long a caller may take to say who he is, or to use what he reserved.
    """

    lifetime: float = 3_600
    per_person: int = 10
    per_application: int = 5_000
    operations: int = 50
    message_bytes: int = 1_000_000
    deadline_ms: int = 5_000
    heartbeat: float = 12
    proof: float = 30
    opening: float = 10


class End(Enum):
    """Why a stream ends that its reader would have go on."""

    STOPPING = "the gateway stops"
    UNPROVEN = "its caller is no longer proven"
    LIFETIME = "it has lived long enough"


class Streams:
    """The streams of this process. Nothing of a stream is kept anywhere else, and nothing when it is over."""

    def __init__(
        self,
        verifier: CallerVerifier,
        clock: Clock,
        limits: StreamLimits,
        stopping: Stopping,
        meter: RequestMeter | None = None,
        admission: Admission | None = None,
    ) -> None:
        self.limits = limits
        self.clock = clock
        self.stopping = stopping
        self.meter = meter or NoMeter()
        self._verifier = verifier
        self._admission = admission
        self._persons: Counter[tuple[str, str | None]] = Counter()
        self._applications: Counter[str] = Counter()

    async def verify(self, evidence: Evidence) -> Caller:
        """Who wants a stream.

        Raises:
            Refusal: UNAUTHENTICATED; LIMIT if the gateway is stopping.
        """
        if self.stopping.ending:
            raise Refusal(problems.STREAMS_ENDING)
        return await self._verifier.verify(evidence)

    def charge(self, caller: Caller) -> None:
        """Count an operation that is started in a stream like any other request of its caller.

        Raises:
            Refusal: LIMIT, he or his application asks too fast.
        """
        if self._admission is not None:
            self._admission.admit(caller)

    @contextmanager
    def admitted(self, caller: Caller, kind: StreamKind) -> Iterator[None]:
        """A place for a stream while the block lasts.

        Raises:
            Refusal: LIMIT, the person or the application has as many streams as it may.
        """
        application, person = caller.application.code, key_of(caller)
        if self._persons[person] >= self.limits.per_person:
            raise Refusal(problems.STREAMS_TOO_MANY, limit=self.limits.per_person)
        if self._applications[application] >= self.limits.per_application:
            raise Refusal(problems.STREAMS_TOO_MANY, limit=self.limits.per_application)
        self._persons[person] += 1
        self._applications[application] += 1
        try:
            with self.meter.stream(kind):
                yield
        finally:
            _take(self._persons, person)
            _take(self._applications, application)

    async def outlive(self, evidence: Evidence) -> End:
        """Wait until a stream whose caller showed this has to end.

        Its caller is proven again and again: tokens expire, certificates go out of force, keys are withdrawn.
        """
        deadline = Deadline.after(self.limits.lifetime, self.clock)
        while not self.stopping.ending:
            try:
                async with asyncio.timeout(min(self.limits.proof, deadline.remaining(self.clock))):
                    await self.stopping.ended()
            except TimeoutError:
                if not deadline.remaining(self.clock):
                    return End.LIFETIME
                try:
                    await self._verifier.verify(evidence)
                except Refusal:
                    return End.UNPROVEN
        return End.STOPPING


def key_of(caller: Caller) -> tuple[str, str | None]:
    """Whose a stream is: the application and, unless it acts for itself, the person in front of it."""
    return caller.application.code, caller.person.subject if caller.person else None


def _take(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
