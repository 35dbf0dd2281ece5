"""Judging what came of a call: an outcome and who has to mend it, by what the manifest says of the system's codes."""

from collections.abc import Sequence

from adapters.kit.guard import Ending
from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.mapping import Reading, RowRefused
from gateway.core.clock import Clock
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer

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


class Judge:
    """Judges the calls of one system.

    Args:
        manifest: says what codes mean.
        clock: gives the instant for which an answer vouches.
    """

    def __init__(self, manifest: Manifest, clock: Clock) -> None:
        self._manifest = manifest
        self._clock = clock

    def meaning(self, operation: Operation, reading: Reading) -> Outcome | None:
        """What the code of a reading means; None if nobody has said."""
        return self._means(operation, reading.code or reading.status)

    def answer(self, operation: Operation, reading: Reading) -> Answer:
        """The answer that a reading amounts to."""
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

    def failed(self, operation: Operation, failure: SystemFailure) -> Answer:
        """The answer that a failure amounts to; a fault's own code may mean what the manifest says it means."""
        meant = self._means(operation, failure.code)
        return Answer(
            outcome=meant or failure.outcome,
            fault=_FAULTS.get(meant) if meant else failure.fault,
            notice=failure.notice,
            code=failure.code,
            message=failure.message,
            retry_after=failure.retry_after,
        )

    def ending(self, operation: Operation, reading: Reading) -> Ending:
        """How the call ended that gave a reading. A code that nobody knows is an answer: the system works."""
        if reading.accepted is not False and operation.response is None:
            return Ending(outcome=Outcome.OK, answered=True)
        answer = self.answer(operation, reading)
        known = self.meaning(operation, reading) is not None
        return Ending(
            outcome=answer.outcome,
            fault=answer.fault,
            notice=answer.notice,
            code=answer.code if known else None,
            answered=reading.accepted is not False or not known,
        )

    def failed_ending(self, operation: Operation, failure: SystemFailure) -> Ending:
        """How the call ended that failed."""
        answer = self.failed(operation, failure)
        return Ending(
            outcome=answer.outcome,
            fault=answer.fault,
            notice=answer.notice,
            code=answer.code if self._means(operation, answer.code) is not None else None,
            retry_after=answer.retry_after,
        )

    def _means(self, operation: Operation, code: str | None) -> Outcome | None:
        return None if code is None else self._manifest.outcome_of(operation, code)

    def _unsuccessful(self, operation: Operation, reading: Reading) -> Answer:
        code = reading.code or reading.status
        outcome = self.meaning(operation, reading)
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
