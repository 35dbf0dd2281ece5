"""Calls to systems for those whom they concern: operations all, a department its systems', an application its own."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.call_ledger import CallFilter, CallLedger, CallStatistics, RecordedCall, is_place
from gateway.core.caller import Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import SystemDirectory
from gateway.services.paging import Page, cut_page, open_page

DEFAULT_SPAN: Final = timedelta(hours=24)
LONGEST_SPAN: Final = timedelta(days=31)
DEFAULT_WINDOW: Final = 600
LONGEST_WINDOW: Final = 86_400
SHORTEST_WINDOW: Final = 60
_PIECE = 1_000

_SEE_ALL = frozenset({Role.OPERATIONS, Role.HUB, Role.AUDITOR})


class CallsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls are asked for: to one system or all that may be seen, in a span that ends now unless it says so."""

    system: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class ListCalls:
    """Answers questions about calls, each caller about those that concern him."""

    def __init__(self, ledger: CallLedger, directory: SystemDirectory, clock: Clock) -> None:
        self._ledger = ledger
        self._directory = directory
        self._clock = clock

    async def __call__(self, request: CallsRequest, first: int, after: str | None, call: Call) -> Page[RecordedCall]:
        """A page of calls, newest first; ``total`` counts the page only, since nobody counts millions.

        Raises:
            Refusal: FORBIDDEN for calls that are not the caller's to see, BAD_INPUT for a wrong span, size or cursor.
        """
        before = open_page(first, after)
        if before is not None and not is_place(before):
            raise Refusal(problems.CURSOR_INVALID, "after")
        found = await self._ledger.calls(self._filter(request, call), first + 1, before)
        return cut_page(found, lambda recorded: recorded.place, first, min(first, len(found)))

    async def statistics(self, system: str | None, window: int, call: Call) -> Sequence[CallStatistics]:
        """How the calls of the last ``window`` seconds went, by system and operation.

        Raises:
            Refusal: FORBIDDEN for calls that are not the caller's to see, BAD_INPUT for a window out of range.
        """
        if not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "window", low=SHORTEST_WINDOW, high=LONGEST_WINDOW)
        since = self._clock.now() - timedelta(seconds=window)
        return await self._ledger.statistics(self._filter(CallsRequest(system=system, since=since), call))

    def export(self, request: CallsRequest, call: Call) -> AsyncIterator[Sequence[RecordedCall]]:
        """All calls of the span, newest first, piece by piece; whether they may be seen is decided at once.

        Raises:
            Refusal: as for a page.
        """
        return self._pieces(self._filter(request, call))

    async def _pieces(self, which: CallFilter) -> AsyncIterator[Sequence[RecordedCall]]:
        before: str | None = None
        while piece := await self._ledger.calls(which, _PIECE, before):
            yield piece
            before = piece[-1].place

    def _filter(self, request: CallsRequest, call: Call) -> CallFilter:
        now = self._clock.now()
        until = now if request.until is None else request.until
        since = until - DEFAULT_SPAN if request.since is None else request.since
        if not timedelta(0) < until - since <= LONGEST_SPAN:
            raise Refusal(problems.WINDOW_INVALID, "since", days=LONGEST_SPAN.days)
        systems, application = self._seen(call)
        if request.system is not None:
            if systems is not None and request.system not in systems:
                raise Refusal(problems.CALLS_UNSEEN, "system")
            systems = frozenset({request.system})
        return CallFilter(since=since, until=until, systems=systems, application=application)

    def _seen(self, call: Call) -> tuple[frozenset[str] | None, str | None]:
        """The systems and the application whose calls the caller may see; None where nothing narrows it."""
        person = call.caller.person
        if person is None:
            return None, call.caller.application.code
        if person.role in _SEE_ALL:
            return None, None
        if person.role is Role.DEPARTMENT and person.body is not None:
            return frozenset(view.code for view in self._directory.systems() if view.owner == person.body), None
        raise Refusal(problems.CALLS_UNSEEN)
