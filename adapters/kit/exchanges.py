"""An exchange that a manifest describes.

A request is never repeated by the kit, and UNKNOWN is said only by a code that the manifest explains.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, Self

import msgspec

from adapters.kit.asking import Asked, Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.exchange_catalogue import catalogue_of
from adapters.kit.exchange_replies import (
    DELIVERY,
    Said,
    fault,
    is_explained,
    is_number,
    is_plain,
    no_answer,
    not_sent,
    reply_of,
    single,
)
from adapters.kit.manifest.sharing import (
    OF_EXCHANGES,
    SHARE_CATALOGUE,
    SHARE_LIST,
    SHARE_REQUEST,
    SHARE_STATUS,
    SHARE_WITHDRAW,
    RequestState,
)
from adapters.kit.mapping import ExchangeRow, ListedRow, Scope, Share
from gateway.core.call import Call
from gateway.core.delivery import Delivery
from gateway.core.licence import Warned
from gateway.core.outcome import Outcome
from gateway.core.ports import Answer, Row
from gateway.core.sharing.exchange import (
    ExchangeCatalogue,
    ExchangeList,
    ExchangeOrder,
    ExchangeReply,
    ExchangeStatus,
    ListedRequest,
    Standing,
)

_STANDING: Final[Mapping[RequestState, Standing]] = {
    RequestState.PENDING: Standing.PENDING,
    RequestState.FIRST_STAGE: Standing.FIRST_STAGE,
    RequestState.APPROVED: Standing.APPROVED,
    RequestState.REFUSED: Standing.REFUSED,
    RequestState.ENDED: Standing.ENDED,
    RequestState.UNKNOWN_KEY: Standing.UNKNOWN,
}
_GIVEN: Final = ("fields", "access")
"""What an approval has to have, where the manifest says where it is."""

_REQUEST: Final = "share.request"
_KEY: Final = "share.key"
_LONGEST_SECRET: Final = 4_000


class ManifestShareExchange:
    """A ShareExchange over one system's operations, by the port methods that they serve."""

    def __init__(self, asking: Asking, operations: Mapping[str, BoundOperation]) -> None:
        self.system = asking.system
        request = operations.get(SHARE_REQUEST)
        self.delivery = Delivery.ONCE if request is None else DELIVERY[request.bound.operation.idempotent]
        self._asking = asking
        self._operations = operations

    @classmethod
    def of(cls, asking: Asking, operations: Mapping[str, BoundOperation]) -> Self | None:
        """The exchange that these operations are; None if none of them is of an exchange."""
        found: dict[str, BoundOperation] = {}
        for one in operations.values():
            port = one.bound.operation.serves
            if port is not None and port in OF_EXCHANGES:
                found[port] = one
        return cls(asking, found) if found else None

    async def request(self, order: ExchangeOrder, call: Call) -> ExchangeReply:
        """Send a request, once; never raises for what the exchange did."""
        operation = self._operations.get(SHARE_REQUEST)
        if operation is None:
            return not_sent(Outcome.NOT_ASKED, None, "this exchange takes no requests")
        share = Share(
            number=order.resource,
            key=order.key,
            requester=order.requester,
            fields=order.fields,
            items=order.items,
            purpose=order.purpose,
            basis=order.basis,
            valid_from=order.valid_from,
            valid_until=order.valid_until,
            per_day=order.per_day,
            in_all=order.in_all,
        )

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            row: ExchangeRow = single(rows)
            Said(operation, "exchange").verify_echo(row, order.key, None)
            if row.state is not RequestState.REFUSED and not is_number(row.number):
                raise fault("took a request, and gives no number that can be read")
            return rows

        asked = await self._asking.asked(operation, self._scope(share, call), finish=finish)
        row: ExchangeRow | None = asked.answer.rows[0] if asked.answer.rows else None
        is_refused = row is not None and row.state is RequestState.REFUSED
        number = None if row is None else row.number
        return reply_of(self._asking, asked, operation, number, refused=is_refused)

    async def status(self, key: str, number: str | None, call: Call) -> ExchangeStatus:
        """How far a request is, by its number, or by our key while it has none."""
        operation = self._operations.get(SHARE_STATUS)
        if operation is None or not ((number and operation.refers_to(_REQUEST)) or operation.refers_to(_KEY)):
            notice = "this exchange cannot be asked how far the request is"
            return ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.NOT_ASKED, notice=notice)
        said = Said(operation, "exchange")

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            row: ExchangeRow = single(rows)
            if row.state is RequestState.UNKNOWN:
                raise fault("says how far the request is in a word that the manifest's table does not know")
            if row.state is not RequestState.UNKNOWN_KEY:
                said.verify_echo(row, key, number)
            if row.number is not None and not is_number(row.number):
                raise fault("gives a number that cannot be one")
            if row.state is RequestState.APPROVED:
                _verify_approval(said, row)
            return rows

        asked = await self._asking.asked(operation, self._scope(Share(key=key, request=number), call), finish=finish)
        status, answer = self._standing(asked, operation), asked.answer
        return msgspec.structs.replace(status, code=answer.code, message=answer.message, received=answer.received)

    async def withdraw(self, number: str, call: Call) -> Outcome:
        """Tell it that a request is withdrawn here; NOT_FOUND if it says that it does not know it."""
        operation = self._operations.get(SHARE_WITHDRAW)
        if operation is None:
            return Outcome.NOT_ASKED
        asked = await self._asking.asked(operation, self._scope(Share(request=number), call))
        return Outcome.OK if asked.accepted else asked.answer.outcome

    async def listed(self, day: date, call: Call) -> ExchangeList:
        """The exchange's list of one day; OK only if every line of it was read."""
        operation = self._operations.get(SHARE_LIST)
        if operation is None:
            return ExchangeList(outcome=Outcome.NOT_ASKED, notice="this exchange gives no list")
        return _list_of(await self._asking.ask(operation, self._scope(Share(day=day), call)))

    async def catalogue(self, call: Call) -> ExchangeCatalogue:
        """The exchange's catalogue, all pages; OK only if all of it came, readable or not."""
        operation = self._operations.get(SHARE_CATALOGUE)
        if operation is None:
            return ExchangeCatalogue(outcome=Outcome.NOT_ASKED, notice="this exchange gives no catalogue")
        return catalogue_of(await self._asking.ask(operation, self._asking.scope(call)))

    def _scope(self, share: Share, call: Call) -> Scope:
        return msgspec.structs.replace(self._asking.scope(call), share=share)

    def _standing(self, asked: Asked, operation: BoundOperation) -> ExchangeStatus:
        answer = asked.answer
        row: ExchangeRow | None = answer.rows[0] if answer.rows else None
        if row is None:
            if answer.outcome is Outcome.NOT_FOUND and is_explained(self._asking, asked, operation):
                return ExchangeStatus(standing=Standing.UNKNOWN, outcome=Outcome.NOT_FOUND)
            said = no_answer(answer)
            return ExchangeStatus(
                standing=Standing.UNANSWERED, outcome=said.outcome, fault=said.fault, notice=said.notice
            )
        standing = _STANDING[row.state]
        found = ExchangeStatus(standing=standing, outcome=Outcome.OK, number=row.number, key=row.key, reason=row.reason)
        if standing is not Standing.APPROVED:
            return found
        return msgspec.structs.replace(
            found,
            fields=None if row.fields is None else frozenset(row.fields),
            valid_until=row.valid_until,
            per_day=row.per_day,
            in_all=row.in_all,
            access=row.access,
        )


def _verify_approval(said: Said, row: ExchangeRow) -> None:
    """Raises SystemFailure for an approval of which nobody can say what it gives."""
    if any(name in said and not getattr(row, name) for name in _GIVEN) or _spoilt(row.warnings):
        raise fault("approved a request, and what it gives cannot be read")
    if row.access is not None and not is_plain(row.access, _LONGEST_SECRET):
        raise fault("approved a request, and what it gives cannot be read")


def _spoilt(warnings: Iterable[Warned]) -> bool:
    return any(warned.field != "reason" for warned in warnings)


def _list_of(answer: Answer) -> ExchangeList:
    if answer.outcome is Outcome.NOT_FOUND:
        return ExchangeList(outcome=Outcome.OK)
    rows: Sequence[ListedRow] = answer.rows
    lines = tuple(
        ListedRequest(number=row.number, key=row.key, resource=row.resource, standing=_STANDING[row.state])
        for row in rows
        if row.number is not None and is_number(row.number) and row.resource is not None
        if row.state in _STANDING and not row.warnings
    )
    if answer.outcome is Outcome.OK and (answer.dropped or len(lines) < len(rows)):
        return ExchangeList(
            outcome=Outcome.UPSTREAM_FAULT, lines=lines, notice="the list has lines that cannot be read"
        )
    if answer.outcome is Outcome.OK and answer.truncated:
        notice = "the list has more lines than were read: raise limits.rows"
        return ExchangeList(outcome=Outcome.UPSTREAM_FAULT, lines=lines, notice=notice)
    return ExchangeList(outcome=answer.outcome, lines=lines, notice=answer.notice)
