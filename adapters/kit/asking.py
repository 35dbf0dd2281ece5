"""Asking one system and judging what came of it: an outcome, who has to mend it, and rows."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from adapters.kit.auth.style import SystemAuth
from adapters.kit.exchange import BoundOperation, Exchange
from adapters.kit.health import HealthRecorder
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Page, Reading, RowRefused, Scope
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

_FAULTS = {
    Outcome.DENIED: Fault.OURS,
    Outcome.INVALID: Fault.OURS,
    Outcome.EXPIRED: Fault.OURS,
    Outcome.UNAVAILABLE: Fault.THEIRS,
    Outcome.TIMED_OUT: Fault.THEIRS,
    Outcome.UPSTREAM_FAULT: Fault.THEIRS,
    Outcome.GATEWAY_ERROR: Fault.OURS,
}
"""Who has to mend an outcome that the system's own code stands for."""

_UNMAPPED = "a code that the manifest does not map"
Finish = Callable[[Sequence[Row]], Awaitable[Sequence[Row]]]


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
        deadline = scope.call.deadline
        started = self._clock.monotonic()
        granted = deadline.remaining(self._clock)
        try:
            reading = await self._read(operation, scope, wanted, deadline)
            answer = self._judge(operation, reading)
            if finish is not None and answer.rows:
                answer = msgspec.structs.replace(answer, rows=await finish(answer.rows))
        except SystemFailure as failure:
            answer = self._failed(operation, failure)
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
        if _tells_of_system(answer, granted >= min(_JUDGED_SECONDS, self.manifest.limits.deadline)):
            self._health.record(answer, milliseconds)
        return answer

    async def _read(
        self, operation: BoundOperation, scope: Scope, wanted: frozenset[str], deadline: Deadline
    ) -> Reading:
        paging = operation.bound.operation.paging
        if paging is None:
            return await self.perform(operation, scope, wanted, deadline)
        until = deadline.within(self.manifest.limits.deadline, self._clock)

        async def ask(page: Page) -> Reading:
            return await self.perform(operation, msgspec.structs.replace(scope, page=page), wanted, until)

        most = self.manifest.limits.rows if scope.query is None else scope.query.limit
        return await read_pages(
            paging, ask, min(most, self.manifest.limits.rows), lambda reading: self._meaning(operation, reading)
        )

    def _meaning(self, operation: BoundOperation, reading: Reading) -> Outcome | None:
        code = reading.code or reading.status
        return None if code is None else self.manifest.outcome_of(operation.bound.operation, code)

    def _judge(self, operation: BoundOperation, reading: Reading) -> Answer:
        if reading.accepted is False:
            return self._unsuccessful(operation, reading)
        if reading.refused and not reading.rows:
            return _all_refused(reading.refused)
        notices = (reading.notice, _some_refused(reading.refused))
        return Answer(
            outcome=Outcome.OK if reading.rows or reading.dropped else Outcome.NOT_FOUND,
            rows=reading.rows,
            as_of=self._clock.now(),
            truncated=reading.truncated,
            code=reading.code,
            message=reading.message,
            notice="; ".join(filter(None, notices)) or None,
            dropped=reading.dropped + len(reading.refused),
        )

    def _failed(self, operation: BoundOperation, failure: SystemFailure) -> Answer:
        """The answer that a failure amounts to; a fault's own code may mean what the manifest says it means."""
        meant = self.manifest.outcome_of(operation.bound.operation, failure.code) if failure.code else None
        return Answer(
            outcome=meant or failure.outcome,
            fault=_FAULTS.get(meant) if meant else failure.fault,
            notice=failure.notice,
            code=failure.code,
            message=failure.message,
        )

    def _unsuccessful(self, operation: BoundOperation, reading: Reading) -> Answer:
        code = reading.code or reading.status
        outcome = self._meaning(operation, reading)
        if outcome is Outcome.NOT_FOUND:
            return Answer(outcome=outcome, code=code, message=reading.message, as_of=self._clock.now())
        if outcome is None:
            return Answer(
                outcome=Outcome.UPSTREAM_FAULT,
                fault=Fault.THEIRS,
                code=code,
                message=reading.message,
                notice=f"the body says that the call failed, with {_UNMAPPED}",
            )
        notice = "the system says that the call failed, with a code that its manifest explains"
        if outcome is Outcome.DENIED:
            notice = "the system refused: our credentials or rights do not suffice"
        elif outcome is Outcome.INVALID:
            notice = "the system finds the request wrong or incomplete"
        return Answer(outcome=outcome, fault=_FAULTS.get(outcome), code=code, message=reading.message, notice=notice)


def _tells_of_system(answer: Answer, patient: bool) -> bool:  # noqa: FBT001 - one question about one answer
    """Whether an answer tells of the system: not if the caller was hasty, or we had no place for the call."""
    return answer.outcome is not Outcome.TIMED_OUT or (patient and answer.fault is not Fault.OURS)


def _all_refused(refused: Sequence[RowRefused]) -> Answer:
    """What rows that are none amount to: their outcome if they agree."""
    outcomes = {row.outcome for row in refused}
    first = refused[0]
    agreed = first.outcome if len(outcomes) == 1 else None
    outcome = agreed or Outcome.UPSTREAM_FAULT
    return Answer(
        outcome=outcome,
        fault=_FAULTS.get(outcome),
        code=first.code,
        message=first.message,
        notice=_some_refused(refused),
        dropped=len(refused),
    )


def _some_refused(refused: Sequence[RowRefused]) -> str | None:
    """How many rows are none and why; codes that nobody has mapped are not repeated, for they may be anything."""
    if not refused:
        return None
    known = sorted({row.code for row in refused if row.outcome is not None and row.code is not None})
    reasons = [f"code {code}" for code in known]
    if any(row.outcome is None for row in refused):
        reasons.append(_UNMAPPED)
    return f"the system refused {len(refused)} rows ({', '.join(reasons)})"
