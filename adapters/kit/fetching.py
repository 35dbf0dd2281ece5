"""Files of licences: taken from an answer, or fetched from the temporary address that it names."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from adapters.kit.addresses import file_address
from adapters.kit.asking import Asking, Finish
from adapters.kit.exchange import BoundOperation
from adapters.kit.manifest.replies import FileAt
from adapters.kit.mapping import FileRow, Scope
from gateway.core.errors import SystemFailure
from gateway.core.licence import LicenceKey
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, FileAnswer, LicenceFile, Row

_MEDIA_TYPES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/ofd"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
"""How the files of licences begin; the only ZIP archives among them are OFD documents."""

_ANY_TYPE: Final = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_NAME_LIMIT = 200


class FileFetcher:
    """Gives the files of one system's licences.

    Args:
        asking: asks for them.
        operations: the system's operations by name, of which a detail may give the file.
        endpoint: name of the setting with the system's address, which relative addresses are below.
    """

    def __init__(self, asking: Asking, operations: Mapping[str, BoundOperation], endpoint: str) -> None:
        self._asking = asking
        self._operations = operations
        self._endpoint = endpoint

    async def fetch(self, operation: BoundOperation | None, scope: Scope) -> FileAnswer:
        """The file of ``scope.licence`` that an operation gives, or the detail of the one row that it gives.

        Never raises for what the system did.
        """
        response = operation.bound.operation.response if operation is not None else None
        if response is None or response.detail is None:
            return await self._fetch(operation, scope)
        found = await self._asking.ask(operation, scope, frozenset({"file"}), _only(scope.licence))
        if not found.rows:
            return _answer(found, None)
        own = msgspec.structs.replace(scope, row=found.rows[0].detail or {})
        return await self._fetch(self._operations[response.detail.operation], own)

    async def _fetch(self, operation: BoundOperation | None, scope: Scope) -> FileAnswer:
        files: list[LicenceFile] = []

        async def finish(rows: Sequence[Row]) -> Sequence[Row]:
            response = operation.bound.operation.response if operation is not None else None
            assert operation is not None, "rows come from an operation"
            assert response is not None, "the check lets no file be served without saying where it is"
            assert response.file is not None, "the check lets no file be served without saying where it is"
            files.append(await self._file(operation, response.file, rows[0], scope))
            return rows

        answer = await self._asking.ask(operation, scope, finish=finish)
        return _answer(answer, files[0] if files else None)

    async def _file(self, operation: BoundOperation, file: FileAt, row: FileRow, scope: Scope) -> LicenceFile:
        content, labelled = row.content, row.media_type
        if any(warned.field == "content" for warned in row.warnings):
            raise _fault("the file in the answer is not written in base64")
        if file.url is not None and row.url is not None:
            address = file_address(scope.secrets, self._endpoint, file.rewrite, row.url)
            reply = await self._asking.exchange.fetch(operation, address, scope)
            content, labelled = reply.body, labelled or reply.content_type
        if not content:
            raise _fault("the answer holds no file")
        return LicenceFile(content=content, name=_name(row.name), media_type=_media_type(labelled, content))


def _only(licence: LicenceKey | None) -> Finish:
    """Leaves the one row that is the licence; a row that does not say which it is counts as it."""

    async def finish(rows: Sequence[Row]) -> Sequence[Row]:
        mine = [row for row in rows if licence is None or _is(row, licence)]
        if len(mine) > 1:
            raise _fault("answered with several licences where one was asked for")
        if not mine:
            raise _fault("answered with another licence than the one asked for")
        return mine

    return finish


def _is(row: Row, licence: LicenceKey) -> bool:
    if licence.identifier is not None and row.identifier is not None:
        return licence.names(row.identifier)
    return licence.number is None or row.number is None or row.number == licence.number


def _answer(answer: Answer, file: LicenceFile | None) -> FileAnswer:
    outcome, fault, notice = answer.outcome, answer.fault, answer.notice
    if outcome is Outcome.OK and file is None:
        outcome, fault, notice = Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the answer holds something that is no file"
    return FileAnswer(
        outcome=outcome,
        file=file,
        fault=fault,
        code=answer.code,
        message=answer.message,
        notice=notice,
        received=answer.received,
    )


def _name(name: str | None) -> str | None:
    """The last part of a name, without what no file name should have."""
    last = re.split(r"[/\\]", name or "")[-1]
    kept = "".join(character for character in last if character.isprintable()).strip(" .")
    return kept[:_NAME_LIMIT] or None


def _media_type(labelled: str | None, content: bytes) -> str:
    """The type that the bytes show, else the label if it is one: labels of files lie as those of text do."""
    shown = next((kind for start, kind in _MEDIA_TYPES if content.startswith(start)), None)
    label = (labelled or "").partition(";")[0].strip().lower()
    return shown or (label if _MEDIA_TYPE.fullmatch(label) else _ANY_TYPE)


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
