"""Replies in pages: asked for one after another, read as one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from adapters.kit.manifest.replies import Paging
from adapters.kit.mapping import Page, Reading
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Outcome

MAX_PAGES: Final = 20
NEXT: Final = "page.next"
"""Name of the extra value by which a reading leads to the next page."""

Ask = Callable[[Page], Awaitable[Reading]]
Meaning = Callable[[Reading], Outcome | None]


async def read_pages(paging: Paging, ask: Ask, most: int, meaning: Meaning) -> Reading:
    """The reading of all pages together.

    What breaks off after the first page leaves what was read, truncated, with a notice; so does a system that gives
    the same page again (it ignores paging), and the end of patience after 20 pages.

    Args:
        paging: the manifest's.
        ask: one page.
        most: rows after which no further page is asked for.
        meaning: what a reading's code means when it is no success; NOT_FOUND past the last page is its end.

    Raises:
        SystemFailure: there is no first page.
    """
    first = {} if paging.first is None else {"number" if paging.by == "page" else "offset": paging.first}
    page = msgspec.structs.replace(Page(number=1, offset=0, size=paging.size), **first)
    pages: list[Reading] = []
    rows = 0
    while True:
        try:
            reading = await ask(page)
        except SystemFailure as failure:
            if not pages:
                raise
            return _together(pages, cut=f"page {len(pages) + 1} failed: {failure.notice}")
        if reading.accepted is False:
            if not pages:
                return reading
            cut = None if meaning(reading) is Outcome.NOT_FOUND else f"page {len(pages) + 1} was refused"
            return _together(pages, cut=cut, last=None if cut is None else reading)
        if pages and reading.rows and reading.rows == pages[-1].rows:
            return _together(pages, cut="the system gave the same page again: it seems to ignore paging")
        pages.append(reading)
        rows += len(reading.rows)
        page = Page(
            number=page.number + 1,
            offset=page.offset + reading.seen,
            size=page.size,
            token=reading.extras.get(NEXT),
        )
        if _is_last(paging, pages, page.token):
            return _together(pages)
        if rows >= most or len(pages) == MAX_PAGES:
            return _together(pages, stopped=True, cut=None if rows >= most else f"not read beyond {MAX_PAGES} pages")


def _is_last(paging: Paging, pages: Sequence[Reading], token: str | None) -> bool:
    last = pages[-1]
    if paging.by == "token" and token is None:
        return True
    if last.seen == 0:
        return True
    if last.total is not None:
        return sum(page.seen for page in pages) >= last.total
    return paging.by != "token" and last.seen < paging.size


def _together(
    pages: Sequence[Reading], *, stopped: bool = False, cut: str | None = None, last: Reading | None = None
) -> Reading:
    """The pages as one reading.

    Args:
        pages: at least one.
        stopped: there is more, and it was not asked for.
        cut: why what follows is missing.
        last: the reading that ended it, if its code and text say why.
    """
    seen, total = sum(page.seen for page in pages), pages[-1].total
    said = last or pages[-1]
    return msgspec.structs.replace(
        pages[0],
        code=said.code,
        message=said.message,
        rows=tuple(row for page in pages for row in page.rows),
        refused=tuple(row for page in pages for row in page.refused),
        dropped=sum(page.dropped for page in pages),
        seen=seen,
        total=total,
        truncated=stopped or cut is not None or any(page.cut_off for page in pages) or (total or 0) > seen,
        notice=cut,
    )
