"""A seal platform that a manifest describes.

A sealing is never repeated by the kit. What matters most is told apart with care: NOT_SENT is said only where nothing
of the request has left the gateway or the platform has refused to look at it; REFUSED only where the platform says so
in a code that its manifest explains; whatever else is no clear answer is UNANSWERED, for it may have been sealed.
"""

import asyncio
import base64
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Self

import msgspec

from adapters.kit.addresses import file_address
from adapters.kit.asking import Asked, Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.manifest.sealing import LOG, QUERY, SIGN, SealingAt, SealState
from adapters.kit.mapping import LogRow, Scope, Sealing, SealingRow
from gateway.core.call import Call
from gateway.core.delivery import Delivery
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, Row
from gateway.core.seals.platform import (
    LoggedSealing,
    Mode,
    SealLog,
    SealOrder,
    SealReply,
    SealStatus,
)

_LONGEST_WAIT: Final = 86_400
_DELIVERY: Final[Mapping[object, Delivery]] = {
    True: Delivery.IDEMPOTENT,
    False: Delivery.ONCE,
    "query-first": Delivery.QUERY_FIRST,
}
_REFUSES: Final = frozenset({Outcome.DENIED, Outcome.INVALID, Outcome.EXPIRED, Outcome.NOT_FOUND})
"""What a code means that says: this was not and will not be sealed."""

_STATUS: Final[Mapping[SealState, SealStatus]] = {
    SealState.PENDING: SealStatus.PENDING,
    SealState.REFUSED: SealStatus.REFUSED,
    SealState.UNKNOWN_KEY: SealStatus.UNKNOWN_KEY,
}


class ManifestSealPlatform:
    """A SealPlatform over one system's operations.

    Args:
        asking: asks them.
        signs: what seals, by mode; at least one.
        query: asks what became of a request.
        log: gives the platform's log.
    """

    def __init__(
        self,
        asking: Asking,
        signs: Mapping[Mode, BoundOperation],
        query: BoundOperation | None,
        log: BoundOperation | None,
    ) -> None:
        self.system = asking.system
        self.modes = frozenset(signs)
        self.delivery = _DELIVERY[next(iter(signs.values())).bound.operation.idempotent]
        self._asking = asking
        self._signs = signs
        self.asks_by_number = query is not None and query.refers_to(_NUMBER)
        self._query = query
        self._log = log
        self._largest = asking.manifest.limits.document_bytes

    @classmethod
    def of(cls, asking: Asking, operations: Mapping[str, BoundOperation]) -> Self | None:
        """The platform that these operations are; None if none of them seals."""
        signs: dict[Mode, BoundOperation] = {}
        for operation in operations.values():
            if operation.bound.operation.serves == SIGN:
                signs |= {Mode(mode.upper()): operation for mode in operation.bound.operation.modes}
        if not signs:
            return None
        found = {one.bound.operation.serves: one for one in operations.values()}
        return cls(asking, signs, found.get(QUERY), found.get(LOG))

    async def seal(self, order: SealOrder, folder: Path, call: Call) -> SealReply:
        """Ask for a seal, once; never raises for what the platform did."""
        operation = self._signs.get(order.mode)
        if operation is None:
            return _not_sent(Outcome.NOT_ASKED, None, "this platform does not seal what is sent in this mode")
        try:
            sealing = await asyncio.to_thread(self._sealing, order, operation)
        except SystemFailure as failure:
            return _not_sent(failure.outcome, failure.fault, failure.notice)
        return await _Request(self._asking, operation, order, folder).send(sealing, call)

    async def query(self, order: SealOrder, number: str | None, folder: Path, call: Call) -> SealReply:
        """What became of a request, by its key, or by the platform's number where that is known."""
        operation = self._query
        if operation is None or not (operation.refers_to("sealing.key") or (number and operation.refers_to(_NUMBER))):
            return _unanswered(Outcome.NOT_ASKED, None, "this platform cannot be asked what became of the request")
        sealing = Sealing(key=order.key, seal=order.seal, number=number, mode=order.mode.value.lower())
        return await _Request(self._asking, operation, order, folder, number=number, is_query=True).send(sealing, call)

    async def log(self, day: date, call: Call) -> SealLog:
        """The platform's own log of one day; OK only if every line of it was read."""
        if self._log is None:
            return SealLog(outcome=Outcome.NOT_ASKED, notice="this platform gives no log")
        scope = msgspec.structs.replace(self._asking.scope(call), sealing=Sealing(day=day))
        answer = await self._asking.ask(self._log, scope)
        return _log_of(answer)

    def _sealing(self, order: SealOrder, operation: BoundOperation) -> Sealing:
        """What the request may refer to; blocking. Raises SystemFailure, ours, for a document that cannot be sent."""
        document: bytes | str | None = None
        if order.mode is Mode.DOCUMENT:
            content = self._read(order.document)
            http = operation.bound.operation.http
            is_file = http is not None and http.body == "multipart"
            document = content if is_file else base64.b64encode(content).decode("ascii")
        digest = order.digest if order.mode is Mode.DIGEST else None
        return Sealing(
            key=order.key,
            seal=order.seal,
            mode=order.mode.value.lower(),
            document=document,
            digest=None if digest is None else base64.b64encode(digest).decode("ascii"),
            digest_hex=None if digest is None else digest.hex(),
            media_type=order.media_type,
            place=order.place,
            item=order.item,
            case=order.case,
            operator=order.operator,
            callback=order.callback,
        )

    def _read(self, document: Path | None) -> bytes:
        if document is None:
            raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, "there is no document to send")
        try:
            with document.open("rb") as opened:
                content = opened.read(self._largest + 1)
        except OSError as error:
            raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, "the document to send cannot be read") from error
        if len(content) > self._largest:
            megabytes = self._largest / 1_000_000
            raise SystemFailure(
                Outcome.INVALID, Fault.OURS, f"the document is larger than this platform takes: {megabytes:g} MB"
            )
        return content


class _Request:
    """One request to a platform, and the reading of what it says to it."""

    def __init__(
        self,
        asking: Asking,
        operation: BoundOperation,
        order: SealOrder,
        folder: Path,
        *,
        number: str | None = None,
        is_query: bool = False,
    ) -> None:
        self._asking = asking
        self._operation = operation
        self._order = order
        self._folder = folder
        self._number = number
        self._is_query = is_query
        self._content: bytes | None = None
        self._largest = asking.manifest.limits.document_bytes
        response = operation.bound.operation.response
        assert response is not None, "the check lets no sealing be served without a response"
        assert response.sealing is not None, "the check lets no sealing be served without saying what became of it"
        self._at: SealingAt = response.sealing

    async def send(self, sealing: Sealing, call: Call) -> SealReply:
        """The reply."""
        scope = msgspec.structs.replace(self._asking.scope(call), sealing=sealing)

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            self._content = await self._take(rows, scope)
            return rows

        asked = await self._asking.asked(self._operation, scope, finish=finish)
        reply = await self._read(asked)
        return msgspec.structs.replace(
            reply,
            code=reply.code or asked.answer.code,
            message=asked.answer.message,
            received=asked.answer.received,
        )

    async def _take(self, rows: Sequence[SealingRow], scope: Scope) -> bytes | None:
        """The document of a request that is done; raises SystemFailure for a reply that cannot be an answer to ours."""
        row = rows[0]
        if len(rows) > 1:
            raise _fault("answered with several requests to seal where one was asked for")
        if row.key is not None and row.key != self._order.key:
            raise _fault("answered about another request than the one asked for")
        if row.number is not None and self._number is not None and row.number != self._number:
            raise _fault("answered about another request than the one asked for")
        if row.state is not SealState.DONE:
            return None
        if self._order.mode is Mode.DIGEST:
            if not row.signature:
                raise _fault("says that it has signed, and gives no signature that can be read")
            return None
        content = row.document
        if content is None and row.document_url is not None:
            content = await self._fetch(row.document_url, scope)
        if not content:
            raise _fault("says that it has sealed, and gives no document that can be read")
        if len(content) > self._largest:
            raise _fault("gave a document that is larger than any that is sent to it")
        return content

    async def _fetch(self, url: str, scope: Scope) -> bytes:
        endpoint = self._asking.manifest.protocol.endpoint.setting
        address = file_address(scope.secrets, endpoint, self._at.rewrite, url)
        return (await self._asking.exchange.fetch(self._operation, address, scope)).body

    async def _read(self, asked: Asked) -> SealReply:
        answer = asked.answer
        row: SealingRow | None = answer.rows[0] if answer.rows else None
        if asked.unsent:
            return _not_sent(answer.outcome, answer.fault, answer.notice, answer.retry_after)
        if row is None:
            return self._without_row(asked)
        if row.state is SealState.UNKNOWN:
            notice = "what became of the request is said in a word that the manifest's table does not know"
            reply = _unanswered(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
            return msgspec.structs.replace(reply, number=row.number, code=row.state_code)
        if row.state is SealState.UNKNOWN_KEY and not self._is_query:
            reply = _unanswered(Outcome.UPSTREAM_FAULT, Fault.THEIRS, "called a key unknown that it was just given")
            return msgspec.structs.replace(reply, number=row.number)
        if row.state is SealState.DONE:
            document = None
            if self._content is not None:
                document = await asyncio.to_thread(_kept, self._folder, self._content)
            return SealReply(
                status=SealStatus.DONE,
                outcome=Outcome.OK,
                number=row.number,
                document=document,
                signature=row.signature if self._order.mode is Mode.DIGEST else None,
            )
        refused = row.state is SealState.REFUSED
        return SealReply(
            status=_STATUS[row.state],
            outcome=Outcome.DENIED if refused else Outcome.OK,
            fault=Fault.OURS if refused else None,
            number=row.number,
            code=row.state_code if refused else None,
            retry_after=_wait(row.retry_after) if row.state is SealState.PENDING else None,
        )

    def _without_row(self, asked: Asked) -> SealReply:
        answer = asked.answer
        if answer.outcome is Outcome.NOT_ASKED:  # what a manifest calls a code that says: not taken, come again
            return _not_sent(Outcome.UNAVAILABLE, Fault.THEIRS, "the platform did not take the request for now")
        if answer.outcome is Outcome.NOT_FOUND and asked.accepted:
            return _unanswered(Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the reply says nothing of the request")
        if answer.outcome in _REFUSES and not self._is_query:
            status = SealStatus.REFUSED
        elif answer.outcome is Outcome.NOT_FOUND:
            status = SealStatus.UNKNOWN_KEY
        else:
            status = SealStatus.UNANSWERED
        return SealReply(status=status, outcome=answer.outcome, fault=answer.fault, notice=answer.notice)


_NUMBER: Final = "sealing.number"


def _log_of(answer: Answer) -> SealLog:
    if answer.outcome is Outcome.NOT_FOUND:
        return SealLog(outcome=Outcome.OK)
    rows: Sequence[LogRow] = answer.rows
    lines = tuple(
        LoggedSealing(
            number=row.number,
            key=row.key,
            seal=row.seal,
            at=row.at,
            digest_before=_digest(row.before),
            digest_after=_digest(row.after),
        )
        for row in rows
        if row.number is not None and row.seal is not None and row.at is not None
    )
    if answer.outcome is Outcome.OK and (answer.dropped or len(lines) < len(rows)):
        return _in_part(lines, "the log has lines that cannot be read")
    if answer.outcome is Outcome.OK and answer.truncated:
        return _in_part(lines, "the log has more lines than were read: raise limits.rows")
    return SealLog(outcome=answer.outcome, lines=lines, notice=answer.notice)


def _in_part(lines: Sequence[LoggedSealing], notice: str) -> SealLog:
    return SealLog(outcome=Outcome.UPSTREAM_FAULT, lines=lines, notice=notice)


def _digest(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _kept(folder: Path, content: bytes) -> Path:
    file = folder / f"{secrets.token_hex(16)}.sealed"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    return file


def _wait(seconds: str | None) -> int | None:
    if seconds is None or not (seconds.isascii() and seconds.isdecimal()):
        return None
    return max(1, min(int(seconds[:9]), _LONGEST_WAIT))


def _not_sent(outcome: Outcome, fault: Fault | None, notice: str | None, retry_after: int | None = None) -> SealReply:
    return SealReply(status=SealStatus.NOT_SENT, outcome=outcome, fault=fault, notice=notice, retry_after=retry_after)


def _unanswered(outcome: Outcome, fault: Fault | None, notice: str) -> SealReply:
    return SealReply(status=SealStatus.UNANSWERED, outcome=outcome, fault=fault, notice=notice)


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
