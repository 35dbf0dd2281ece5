"""Where an exchange that a manifest describes takes disputes over its records. The kit never repeats a dispute."""

from collections.abc import Mapping, Sequence
from typing import Final, Self

import msgspec

from adapters.kit.asking import Asked, Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.exchange_replies import DELIVERY, Said, fault, is_explained, is_number, no_answer, reply_of, single
from adapters.kit.manifest.sharing import (
    OF_CORRECTIONS,
    SHARE_CORRECT,
    SHARE_CORRECTION,
    SHARE_WITHDRAW_CORRECTION,
    CorrectionState,
)
from adapters.kit.mapping import CorrectionRow, Scope, Share
from gateway.core.call import Call
from gateway.core.outcome import Outcome
from gateway.core.ports import Row
from gateway.core.sharing.exchange import ExchangeReply
from gateway.core.sharing.exchange_corrections import CorrectionOrder, CorrectionStanding, CorrectionStatus

_STANDING: Final[Mapping[CorrectionState, CorrectionStanding]] = {
    CorrectionState.PENDING: CorrectionStanding.PENDING,
    CorrectionState.CORRECTED: CorrectionStanding.CORRECTED,
    CorrectionState.UPHELD: CorrectionStanding.UPHELD,
    CorrectionState.REFUSED: CorrectionStanding.REFUSED,
    CorrectionState.UNKNOWN_KEY: CorrectionStanding.UNKNOWN,
}
_NUMBER: Final = "share.correction"
_KEY: Final = "share.key"
_SECTION: Final = "correction"


class ManifestShareCorrections:
    """A ShareCorrections over one system's operations, by the port methods that they serve."""

    def __init__(self, asking: Asking, operations: Mapping[str, BoundOperation]) -> None:
        self.system = asking.system
        self._asking = asking
        self._operations = operations
        self._correct = operations[SHARE_CORRECT]
        self.delivery = DELIVERY[self._correct.bound.operation.idempotent]

    @classmethod
    def of(cls, asking: Asking, operations: Mapping[str, BoundOperation]) -> Self | None:
        """What takes disputes among these operations; None if none does."""
        found: dict[str, BoundOperation] = {}
        for bound in operations.values():
            port = bound.bound.operation.serves
            if port is not None and port in OF_CORRECTIONS:
                found[port] = bound
        return cls(asking, found) if SHARE_CORRECT in found else None

    async def correct(self, order: CorrectionOrder, call: Call) -> ExchangeReply:
        """Send a dispute, once; never raises for what the exchange did."""
        share = Share(
            number=order.resource,
            key=order.key,
            request=order.request,
            requester=order.requester,
            parameters=order.record,
            fields=order.fields,
            text=order.text,
            received_at=order.received_at,
            digests=tuple(file.sha256 for file in order.evidence),
            sizes=tuple(file.bytes for file in order.evidence),
        )
        said = Said(self._correct, _SECTION)

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            row: CorrectionRow = single(rows)
            said.verify_echo(row, order.key, None)
            if row.state is not CorrectionState.REFUSED and not is_number(row.number):
                raise fault("took a dispute, and gives no number that can be read")
            return rows

        asked = await self._asking.asked(self._correct, self._scope(share, call), finish=finish)
        row: CorrectionRow | None = asked.answer.rows[0] if asked.answer.rows else None
        is_refused = row is not None and row.state is CorrectionState.REFUSED
        number = None if row is None else row.number
        return reply_of(self._asking, asked, self._correct, number, refused=is_refused)

    async def correction(self, key: str, number: str | None, call: Call) -> CorrectionStatus:
        """How far a dispute is, by its number, or by our key while it has none."""
        operation = self._operations.get(SHARE_CORRECTION)
        if operation is None or not ((number and operation.refers_to(_NUMBER)) or operation.refers_to(_KEY)):
            notice = "this exchange cannot be asked how far the dispute is"
            return CorrectionStatus(standing=CorrectionStanding.UNANSWERED, outcome=Outcome.NOT_ASKED, notice=notice)
        said = Said(operation, _SECTION)

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            row: CorrectionRow = single(rows)
            if row.state is CorrectionState.UNKNOWN:
                raise fault("says how far the dispute is in a word that the manifest's table does not know")
            if row.state is not CorrectionState.UNKNOWN_KEY:
                said.verify_echo(row, key, number)
            if row.number is not None and not is_number(row.number):
                raise fault("gives a number that cannot be one")
            if row.state is CorrectionState.CORRECTED and (
                ("fields" in said and not row.fields) or any(warned.field != "reason" for warned in row.warnings)
            ):
                raise fault("corrected a record, and which fields cannot be read")
            return rows

        scope = self._scope(Share(key=key, correction=number), call)
        asked = await self._asking.asked(operation, scope, finish=finish)
        status, answer = self._standing(asked, operation), asked.answer
        return msgspec.structs.replace(status, code=answer.code, message=answer.message, received=answer.received)

    async def withdraw_correction(self, number: str, call: Call) -> Outcome:
        """Tell it that a dispute is taken back here; NOT_FOUND if it says that it does not know it."""
        operation = self._operations.get(SHARE_WITHDRAW_CORRECTION)
        if operation is None:
            return Outcome.NOT_ASKED
        asked = await self._asking.asked(operation, self._scope(Share(correction=number), call))
        return Outcome.OK if asked.accepted else asked.answer.outcome

    def _scope(self, share: Share, call: Call) -> Scope:
        return msgspec.structs.replace(self._asking.scope(call), share=share)

    def _standing(self, asked: Asked, operation: BoundOperation) -> CorrectionStatus:
        answer = asked.answer
        row: CorrectionRow | None = answer.rows[0] if answer.rows else None
        if row is None:
            if answer.outcome is Outcome.NOT_FOUND and is_explained(self._asking, asked, operation):
                return CorrectionStatus(standing=CorrectionStanding.UNKNOWN, outcome=Outcome.NOT_FOUND)
            said = no_answer(answer)
            return CorrectionStatus(
                standing=CorrectionStanding.UNANSWERED, outcome=said.outcome, fault=said.fault, notice=said.notice
            )
        is_corrected = row.state is CorrectionState.CORRECTED and row.fields is not None
        return CorrectionStatus(
            standing=_STANDING[row.state],
            outcome=Outcome.OK,
            number=row.number,
            key=row.key,
            corrected=frozenset(row.fields or ()) if is_corrected else None,
            reason=row.reason,
        )
