"""Asking one system: pages, rows, what is said of it in the log, and what its health learns of it."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from adapters.kit.auth.style import SystemAuth
from adapters.kit.exchange import BoundOperation, Exchange
from adapters.kit.guard import Held
from adapters.kit.health import HealthRecorder
from adapters.kit.judging import Judge
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Page, Reading, Scope
from adapters.kit.paging import read_pages
from gateway.core.call import Call
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, Row
from gateway.core.system import SecretSource

_log = structlog.get_logger("systems")
_JUDGED_SECONDS = 1.0
"""A caller who grants less time than this learns nothing about the system's health."""

Finish = Callable[[Sequence[Row]], Awaitable[Sequence[Row]]]


class Asked(msgspec.Struct, frozen=True):
    """An answer and what led to it.

    Attributes:
        unsent: nothing of the request has left the gateway, or the system has refused even to look at it.
        accepted: what the reply said of its success; None if it said nothing, or there was none to read.
        reading: what was read; None if nothing was.
    """

    answer: Answer
    unsent: bool = False
    accepted: bool | None = None
    reading: Reading | None = None


class Asking:
    """Asks one system's operations for one caller after another.

    Args:
        manifest: gives limits and what codes mean.
        exchange: makes the calls.
        auth: proves them.
        secrets: the system's settings.
        health: is told how every call ended.
        clock: gives instants and measures time.
    """

    def __init__(
        self,
        manifest: Manifest,
        exchange: Exchange,
        auth: SystemAuth,
        secrets: SecretSource,
        health: HealthRecorder,
        clock: Clock,
    ) -> None:
        self.system = manifest.system.code
        self.manifest = manifest
        self.exchange = exchange
        self._auth = auth
        self._secrets = secrets
        self._health = health
        self._clock = clock
        self._judge = Judge(manifest, clock)

    def scope(self, call: Call) -> Scope:
        """What the gateway knows at this moment of a call, before anything is said of whom or what it is about."""
        return Scope(call=call, secrets=self._secrets, now=self._clock.now())

    async def perform(
        self, operation: BoundOperation, scope: Scope, wanted: frozenset[str], deadline: Deadline
    ) -> Reading:
        """The reading of one call; raises SystemFailure if there is none."""
        return await self.exchange.perform(operation, scope, wanted, self._auth, deadline)

    async def ask(
        self,
        operation: BoundOperation | None,
        scope: Scope,
        wanted: frozenset[str] = frozenset(),
        finish: Finish | None = None,
    ) -> Answer:
        """The answer of an operation, of all its pages if it has some; never raises for what the system did.

        Args:
            operation: what to ask; None if the system has nothing to ask this with.
            scope: what the call is about.
            wanted: the fields of licences.
            finish: completes the rows within the time that is measured; raises SystemFailure if it cannot.
        """
        if operation is None:
            return Answer(outcome=Outcome.NOT_ASKED, notice="this system has no operation for the question")
        return (await self.asked(operation, scope, wanted, finish)).answer

    async def asked(
        self,
        operation: BoundOperation,
        scope: Scope,
        wanted: frozenset[str] = frozenset(),
        finish: Finish | None = None,
    ) -> Asked:
        """As ``ask``, for whom it matters whether the system may have acted on what it did not answer."""
        deadline = scope.call.deadline
        started = self._clock.monotonic()
        granted = deadline.remaining(self._clock)
        held = unsent = False
        accepted: bool | None = None
        reading: Reading | None = None
        try:
            reading = await self._read(operation, scope, wanted, deadline)
            accepted = reading.accepted
            answer = self._judge.answer(operation.bound.operation, reading)
            if finish is not None and answer.rows:
                answer = msgspec.structs.replace(answer, rows=await finish(answer.rows))
        except SystemFailure as failure:
            answer = self._judge.failed(operation.bound.operation, failure)
            held, unsent = isinstance(failure, Held), failure.unsent and accepted is None
        answer = msgspec.structs.replace(answer, received=tuple(scope.received))
        milliseconds = (self._clock.monotonic() - started) * 1000
        _log.info(
            "system.call",
            system=self.system,
            operation=operation.bound.name,
            outcome=answer.outcome.value,
            fault=answer.fault.value if answer.fault else None,
            milliseconds=round(milliseconds, 1),
            rows=len(answer.rows),
        )
        if not held and _tells_of_system(answer, granted >= min(_JUDGED_SECONDS, self.manifest.limits.deadline)):
            refuses_one = self.manifest.refuses_one(operation.bound.operation, answer.code)
            self._health.record(answer, milliseconds, refuses_one=refuses_one)
        return Asked(answer, unsent, accepted, reading)

    async def _read(
        self, operation: BoundOperation, scope: Scope, wanted: frozenset[str], deadline: Deadline
    ) -> Reading:
        paging = operation.bound.operation.paging
        if paging is None or scope.page is not None:
            return await self.perform(operation, scope, wanted, deadline)
        until = deadline.within(self.manifest.limits.deadline, self._clock)

        async def ask(page: Page) -> Reading:
            own = msgspec.structs.replace(scope, page=page)
            return await self.perform(operation, own, wanted, until)

        most = self.manifest.limits.rows if scope.query is None else scope.query.limit
        return await read_pages(
            paging,
            ask,
            min(most, self.manifest.limits.rows),
            lambda reading: self._judge.meaning(operation.bound.operation, reading),
        )


def _tells_of_system(answer: Answer, patient: bool) -> bool:  # noqa: FBT001 - one question about one answer
    """Whether an answer tells of the system: not if the caller was hasty, or we had no connection for the call."""
    return answer.outcome is not Outcome.TIMED_OUT or (patient and answer.fault is not Fault.OURS)
