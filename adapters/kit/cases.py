"""A case system that a manifest describes."""

from collections.abc import Sequence

import msgspec

from adapters.kit.asking import Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.mapping import CaseRow
from gateway.core.call import Call
from gateway.core.case import CaseState, CaseStatus
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, CaseAnswer, Row


class ManifestCaseSystem:
    """A CaseSystem over one system's operation."""

    def __init__(self, asking: Asking, operation: BoundOperation) -> None:
        self.system = asking.system
        self._asking = asking
        self._operation = operation

    async def status(self, number: str, call: Call) -> CaseAnswer:
        """The status of the case of this number; a system that answers with another case has failed."""

        async def own(rows: Sequence[Row]) -> Sequence[Row]:
            return [_the_one(rows, number)]

        scope = msgspec.structs.replace(self._asking.scope(call), case=number)
        answer = await self._asking.ask(self._operation, scope, finish=own)
        return _case_answer(answer)


def _the_one(rows: Sequence[CaseRow], number: str) -> CaseRow:
    wanted = _plain(number)
    mine = [row for row in rows if row.number is not None and _plain(row.number) == wanted]
    if not mine:
        raise _fault("answered with another case than the one asked for")
    if any((row.state, row.item) != (mine[0].state, mine[0].item) for row in mine):
        raise _fault("answered with the case several times, each time otherwise")
    return mine[0]


def _case_answer(answer: Answer) -> CaseAnswer:
    row: CaseRow | None = answer.rows[0] if answer.rows else None
    outcome, fault, notice = answer.outcome, answer.fault, answer.notice
    if outcome is Outcome.OK and row is None:
        outcome, fault, notice = Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the answer holds something that is no case"
    case = None
    if row is not None and row.number is not None:
        case = CaseStatus(
            number=row.number,
            state=row.state,
            item=row.item,
            applicant_type=row.applicant_type,
            applicant_number=row.applicant_number,
            body=row.body,
            region=row.region,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )
        if row.state is CaseState.UNKNOWN and any(warned.field == "state" for warned in row.warnings):
            notice = "the state is a code that the manifest's table does not know"
    return CaseAnswer(
        outcome=outcome,
        case=case,
        fault=fault,
        code=answer.code,
        message=answer.message,
        notice=notice,
        received=answer.received,
    )


def _plain(number: str) -> str:
    return number.strip().casefold()


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
