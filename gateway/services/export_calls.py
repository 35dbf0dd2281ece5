"""Export calls to a file that others can work with: CSV for a spreadsheet, JSON Lines for a program."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.core.audit.catalogue import CALLS_EXPORTED
from gateway.core.call import Call
from gateway.core.call_ledger import RecordedCall
from gateway.core.clock import Clock
from gateway.services.auditing import Auditing, Note
from gateway.services.issue_ticket import FileTicket, IssueTicket
from gateway.services.list_calls import CallsRequest, ListCalls

COLUMNS: Final = (
    "askedAt", "sentAt", "answeredAt", "requestId", "application", "system", "version", "operation", "kind", "attempt",
    "queuedMilliseconds", "milliseconds", "requestBytes", "replyBytes", "replySha256", "status", "outcome", "fault",
    "code", "servedFrom", "breaker", "notSent", "succeeded",
)  # fmt: skip
"""Names of the columns, which are those of the JSON objects too."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


class ExportFormat(StrEnum):
    """How the file is written."""

    CSV = "CSV"
    JSONL = "JSONL"


_MEDIA_TYPES: Final = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.JSONL: "application/jsonl"}


class ExportCalls:
    """Gives callers the calls that concern them as a file behind a ticket."""

    def __init__(self, list_calls: ListCalls, issue_ticket: IssueTicket, clock: Clock, audit: Auditing) -> None:
        self._list_calls = list_calls
        self._issue_ticket = issue_ticket
        self._clock = clock
        self._audit = audit

    async def __call__(self, request: CallsRequest, kind: ExportFormat, call: Call) -> FileTicket:
        """The ticket.

        Raises:
            Refusal: as ListCalls and IssueTicket say.
        """
        name = f"calls-{request.system or 'all'}-{self._clock.now():%Y%m%dT%H%M%SZ}.{kind.value.lower()}"
        async with self._audit.noting(CALLS_EXPORTED, call) as note:
            note.says(format=kind.value, filter=",".join(_narrowed(request)))
            chunks = write_calls(_counted(self._list_calls.export(request, call), note), kind)
            return await self._issue_ticket(name, _MEDIA_TYPES[kind], chunks, call)


def _narrowed(request: CallsRequest) -> list[str]:
    return [name for name, value in msgspec.structs.asdict(request).items() if value is not None]


async def _counted(pieces: AsyncIterator[Sequence[RecordedCall]], note: Note) -> AsyncIterator[Sequence[RecordedCall]]:
    count = 0
    note.counts(count)
    async for piece in pieces:
        count += len(piece)
        note.counts(count)
        yield piece


def row(recorded: RecordedCall) -> dict[str, Any]:
    """The call by COLUMNS; instants as ISO 8601 in UTC, what is missing as None."""
    one = recorded.record
    values = (
        one.asked_at, one.sent_at, one.answered_at, one.request_id, one.application, one.system, one.version,
        one.operation, one.kind, one.attempt, one.queued_ms, one.taken_ms, one.request_bytes,
        one.received.bytes if one.received else None, one.received.sha256 if one.received else None, one.status,
        one.outcome, one.fault, one.code, one.served_from, one.breaker, one.not_sent, one.succeeded,
    )  # fmt: skip
    named: dict[str, Any] = msgspec.to_builtins(dict(zip(COLUMNS, values, strict=True)))
    return named


async def write_calls(pieces: AsyncIterator[Sequence[RecordedCall]], kind: ExportFormat) -> AsyncIterator[bytes]:
    """The file, piece by piece; the first line of a CSV file names the columns."""
    write = _WRITERS[kind]
    if kind is ExportFormat.CSV:
        yield _csv_lines([COLUMNS])
    async for piece in pieces:
        yield write([row(recorded) for recorded in piece])


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return _csv_lines([tuple(_cell(value) for value in values.values()) for values in rows])


def _csv_lines(lines: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_ENCODER = msgspec.json.Encoder()


def _jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return _ENCODER.encode_lines(rows)


_WRITERS: Final[dict[ExportFormat, Callable[[Sequence[dict[str, Any]]], bytes]]] = {
    ExportFormat.CSV: _csv,
    ExportFormat.JSONL: _jsonl,
}
