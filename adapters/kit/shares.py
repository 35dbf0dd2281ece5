"""A system that answers for resources, as a manifest describes it: one operation for each resource."""

import json
from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from adapters.kit.asking import Asked, Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.manifest.replies import Paging
from adapters.kit.manifest.sharing import SHARE
from adapters.kit.mapping import Page, Reading, Share, ShareRow
from adapters.kit.mapping.shares import PREFIX
from adapters.kit.paging import NEXT
from gateway.core.call import Call
from gateway.core.outcome import Outcome
from gateway.core.sharing.source import ShareAnswer, ShareQuestion

MOST_PAGES: Final = 10_000
"""Pages of one question: more is no question any more, it is a copy."""

_LONGEST_TOKEN: Final = 2_000


class _At(msgspec.Struct, frozen=True, array_like=True):
    """Where an answer goes on: the page to ask for, how many of its records were given, pages so far."""

    page: Page | None
    given: int = 0
    pages: int = 0


class ManifestShareSource:
    """A ShareSource over one system's operations, by their names."""

    def __init__(self, asking: Asking, operations: Mapping[str, BoundOperation]) -> None:
        self.system = asking.system
        self._asking = asking
        self._operations = operations

    @classmethod
    def of(cls, asking: Asking, operations: Mapping[str, BoundOperation]) -> Self | None:
        """The source that these operations are; None if none of them answers for a resource."""
        found = {name: one for name, one in operations.items() if one.bound.operation.serves == SHARE}
        return cls(asking, found) if found else None

    async def query(self, question: ShareQuestion, call: Call) -> ShareAnswer:
        """Records of a resource: of one page where the system has pages; never raises for what the system did."""
        operation = self._operations.get(question.operation)
        if operation is None:
            return ShareAnswer(outcome=Outcome.NOT_ASKED, notice="this system has no such operation for resources")
        paging = operation.bound.operation.paging
        at = _first(paging, question.limit) if question.cursor is None else _read(question.cursor)
        share = Share(
            resource=question.resource,
            number=question.number,
            fields=tuple(sorted(question.fields)),
            parameters=question.parameters,
            access=question.access,
        )
        scope = msgspec.structs.replace(self._asking.scope(call), share=share, page=at.page)
        asked = await self._asking.asked(operation, scope, question.fields)
        return _answer(asked, at, question.limit, paging)


def _first(paging: Paging | None, limit: int) -> _At:
    """The page that begins: no larger than what is wanted, so that nothing is fetched that is not given."""
    if paging is None:
        return _At(None)
    first = {} if paging.first is None else {"number" if paging.by == "page" else "offset": paging.first}
    page = Page(number=1, offset=0, size=min(paging.size, limit))
    return _At(msgspec.structs.replace(page, **first))


def _answer(asked: Asked, at: _At, limit: int, paging: Paging | None) -> ShareAnswer:
    answer = asked.answer
    rows: tuple[ShareRow, ...] = tuple(answer.rows)[at.given :]
    following = _At(at.page, at.given + limit, at.pages) if len(rows) > limit else _next(asked.reading, at, paging)
    ended_early = following is not None and following.pages >= MOST_PAGES
    given = rows[:limit]
    # past the last page a system may say that there is nothing: of the question as a whole that is not so
    is_end = answer.outcome is Outcome.NOT_FOUND and at.pages > 0
    return ShareAnswer(
        outcome=Outcome.OK if is_end else answer.outcome,
        records=tuple({**dict.fromkeys(row.unasked), **row.values} for row in given),
        dirty=frozenset(warned.field.removeprefix(PREFIX) for row in given for warned in row.warnings),
        cursor=None if following is None or ended_early else _write(following),
        truncated=ended_early or (paging is None and answer.truncated),
        skipped=at.given,
        as_of=answer.as_of,
        fault=answer.fault,
        code=answer.code,
        message=answer.message,
        notice=answer.notice,
        unreadable=answer.dropped,
        retry_after=answer.retry_after,
        received=answer.received,
    )


def _next(reading: Reading | None, at: _At, paging: Paging | None) -> _At | None:
    """The page that follows a page; None if it was the last."""
    page = at.page
    if paging is None or page is None or reading is None or reading.accepted is False or reading.seen == 0:
        return None
    token = reading.extras.get(NEXT)
    following = Page(number=page.number + 1, offset=page.offset + reading.seen, size=page.size, token=token)
    if paging.by == "token":
        is_last = token is None or token == page.token or len(token) > _LONGEST_TOKEN
    elif reading.total is not None:
        first = 1 if paging.first is None else paging.first
        before = page.offset if paging.by == "offset" else (page.number - first) * page.size
        is_last = before + reading.seen >= reading.total
    else:
        is_last = reading.seen < page.size
    return None if is_last else _At(following, 0, at.pages + 1)


def _write(at: _At) -> str:
    return json.dumps(msgspec.to_builtins(at), separators=(",", ":"))


def _read(cursor: str) -> _At:
    """Where a cursor leads; it was written here, and has come back by way of whoever sealed it."""
    value: Any = json.loads(cursor)
    return msgspec.convert(value, _At)
