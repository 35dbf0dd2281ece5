"""Compare the lists of exchanges with ours, day by day: what was in doubt is settled, what does not fit is told.

A request that is in an exchange's list is numbered as it is there. One that is not stays in doubt: a list may be late,
and a person decides whether it is sent again.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from gateway.core.audit.share_kinds import SHARE_RECONCILED, SHARE_SETTLED
from gateway.core.clock import CHINA, utc
from gateway.core.defects import trace
from gateway.core.outcome import Outcome
from gateway.core.records import all_of
from gateway.core.sharing.exchange import ExchangeList, ListedRequest, ShareExchange, ShareExchanges
from gateway.core.sharing.forwarding import NEEDS_PERSON, Forwarding, ForwardingState
from gateway.core.sharing.forwardings import ForwardingStore
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.upstream import is_number
from gateway.core.tasks import Claim, Rest, Step, TaskStore
from gateway.services.reconciling import AFTER_MIDNIGHT, Comparison, Lines, closed_at, day_task, read_day
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_pace import GIVE_UP, KIND_FORWARD, KIND_RECONCILE, LONGEST, our_call

_AT_ONCE: Final = 200
_UNREAD: Final = ExchangeList(outcome=Outcome.GATEWAY_ERROR)
_QUIET: Final = NEEDS_PERSON | {ForwardingState.QUEUED, ForwardingState.SENDING, ForwardingState.CALLED_OFF}
"""States in which nothing is amiss if the list does not have it."""

_log = structlog.get_logger("sharing")


class ReconcileExchange:
    """A Handler of days of exchanges."""

    kind = KIND_RECONCILE
    most = 1

    def __init__(
        self, desk: ShareDesk, forwardings: ForwardingStore, tasks: TaskStore, exchanges: ShareExchanges
    ) -> None:
        self._desk = desk
        self._forwardings = forwardings
        self._tasks = tasks
        self._exchanges = exchanges

    async def work(self, claims: Sequence[Claim]) -> None:
        """Compare the days, each of which has its successor compared when it is over."""
        for claim in claims:
            await self._day(claim, *read_day(claim.subject))

    async def _day(self, claim: Claim, system: str, day: date) -> None:
        exchange = self._exchanges.share_exchange(system)
        listed = _UNREAD if exchange is None else await self._listed(exchange, day)
        if listed.outcome is Outcome.OK:
            await self._done(claim, system, day, await self._compared(system, day, listed.lines))
            return
        now = self._desk.clock.now()
        if listed.outcome is Outcome.NOT_ASKED:  # it has none: what is in doubt there, a person settles
            await self._tasks.settle([Step(claim, Rest.DONE)])
            return
        _log.error("share.list.unread", system=system, day=day.isoformat(), outcome=listed.outcome.value)
        then = now + LONGEST if now < closed_at(day) + GIVE_UP else Rest.DONE
        following = self._tasks.adding([day_task(KIND_RECONCILE, system, day + timedelta(days=1))])
        await self._tasks.settle([Step(claim, then, following)])

    async def _listed(self, exchange: ShareExchange, day: date) -> ExchangeList:
        try:
            return await exchange.listed(day, our_call("reconciliation", self._desk.clock))
        except Exception as error:  # noqa: BLE001 - a broken adapter is an unread list
            _log.error("share.forwarding.defect", system=exchange.system, trace=trace(error))
            return _UNREAD

    async def _done(self, claim: Claim, system: str, day: date, found: Comparison) -> None:
        event = self._desk.log.of_deadline(
            SHARE_RECONCILED, "exchange day", claim.subject, self._desk.clock.now(), system=system,
            day=day.isoformat(), **found.words(),
        )  # fmt: skip
        following = self._tasks.adding([day_task(KIND_RECONCILE, system, day + timedelta(days=1))])
        also = all_of([self._desk.log.within([event]), following])
        await self._tasks.settle([Step(claim, Rest.DONE, also)])
        if found.differs():
            _log.error(
                "share.list.differs",
                system=system,
                day=day.isoformat(),
                unknown=found.unknown,
                missing=found.missing,
                doubled=found.doubled,
            )
        _log.info("share.list.compared", system=system, day=day.isoformat(), lines=found.lines, settled=found.settled)

    async def _compared(self, system: str, day: date, lines: Sequence[ListedRequest]) -> Comparison:
        found = Comparison(lines=len(lines))
        index = Lines(lines)
        begins = utc(datetime.combine(day, time(), CHINA))
        until = begins + timedelta(days=1)
        async for request in self._ours(system, begins - AFTER_MIDNIGHT, until + AFTER_MIDNIGHT):
            forwarding = request.forwarding
            assert forwarding is not None
            mine = index.only_of(forwarding.key, forwarding.number)
            await self._compare(request, mine, begins, until, found)
        for line in index.unused():
            if await self._explained(system, line) is None:
                found.unknown += 1
        return found

    async def _compare(
        self,
        request: ShareRequest,
        lines: Sequence[ListedRequest],
        begins: datetime,
        until: datetime,
        found: Comparison,
    ) -> None:
        forwarding = request.forwarding
        assert forwarding is not None
        if len({line.number for line in lines}) > 1:
            found.doubled += 1
        elif lines and forwarding.needs_person() and is_number(lines[0].number):
            found.settled += await self._settled(request, lines[0].number)
        elif lines and forwarding.number not in {None, lines[0].number}:
            found.doubled += 1
        elif not lines and forwarding.state not in _QUIET and _is_within(forwarding, begins, until):
            found.missing += 1

    async def _explained(self, system: str, line: ListedRequest) -> ShareRequest | None:
        """The request that a line is of, which was sent on another day."""
        if line.key is None:
            return await self._forwardings.numbered(system, line.number)
        request = await self._desk.requests.find(line.key)
        was_sent = request is not None and request.forwarding is not None and request.forwarding.attempts > 0
        return request if was_sent else None

    async def _settled(self, before: ShareRequest, number: str) -> int:
        """It is numbered, and followed from now on."""
        desk, now = self._desk, self._desk.clock.now()
        assert before.forwarding is not None
        after = before.track(lambda one: one.numbered(number, now), by=GATEWAY)
        words = {"system": before.forwarding.system, "forwarding": ForwardingState.NUMBERED.value, "by": "list"}
        line = desk.log.within([desk.log.of_request(SHARE_SETTLED, after, now, **words)])
        woken = self._tasks.waking(KIND_FORWARD, [after.id], now)
        return int(await desk.requests.change(before, after, all_of([line, woken])))

    async def _ours(self, system: str, since: datetime, until: datetime) -> AsyncIterator[ShareRequest]:
        after: str | None = None
        while some := await self._forwardings.sent(system, since, until, after, _AT_ONCE):
            for request in some:
                yield request
            after = some[-1].id


def _is_within(forwarding: Forwarding, begins: datetime, until: datetime) -> bool:
    """Whether all attempts were surely on that day, whatever the exchange's clock."""
    first, last = forwarding.first_sent_at, forwarding.sent_at
    assert first is not None
    assert last is not None
    return begins + AFTER_MIDNIGHT <= first and last < until - AFTER_MIDNIGHT
