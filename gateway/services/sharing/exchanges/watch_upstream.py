"""Look each day whether what exchanges gave is still given: what they ended, ends here with all that is below it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from gateway.core.audit.catalogue import Kind
from gateway.core.audit.share_kinds import GRANT_NARROWED, GRANT_REVOKED
from gateway.core.call import Call
from gateway.core.defects import trace
from gateway.core.outcome import Fault, Outcome
from gateway.core.sharing.exchange import ExchangeStatus, ShareExchanges, Standing
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import GATEWAY, Party
from gateway.core.sharing.reasons import ENDED_UPSTREAM
from gateway.core.sharing.records import GrantChoice
from gateway.core.sharing.upstream import as_told, is_sound
from gateway.core.tasks import Claim, Rest, Step, TaskStore, Then
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_pace import DAILY, KIND_UPSTREAM, LONGEST, our_call

_ENDED: Final = frozenset({Standing.ENDED, Standing.REFUSED})
_AT_ONCE: Final = 200
_UNKNOWN: Final = ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.GATEWAY_ERROR, fault=Fault.OURS)

_log = structlog.get_logger("sharing")


class WatchUpstream:
    """A Handler of exchanges' grants."""

    kind = KIND_UPSTREAM
    most = 1

    def __init__(self, desk: ShareDesk, tasks: TaskStore, exchanges: ShareExchanges) -> None:
        self._desk = desk
        self._tasks = tasks
        self._exchanges = exchanges

    async def work(self, claims: Sequence[Claim]) -> None:
        """Ask for each grant."""
        for claim in claims:
            grant = await self._desk.grants.find(claim.subject)
            then: Then = Rest.DONE
            if grant is not None and grant.upstream is not None:
                then = await self._looked(grant)
            await self._tasks.settle([Step(claim, then)])

    async def _looked(self, grant: Grant) -> Then:
        """When to look again."""
        now = self._desk.clock.now()
        if grant.revoked_at is not None:
            await self._end_below(grant.id, grant.revoked_at)
            return Rest.DONE
        if grant.terms.valid_until <= now:
            return Rest.DONE
        status = await self._status(grant)
        if status.standing in _ENDED:
            return await self._ended(grant, now)
        if status.standing is Standing.APPROVED:
            after = as_told(grant, status)
            is_kept = after is grant or await self._changed(grant, after, GRANT_NARROWED, now)
            return now + DAILY if is_kept else now
        if status.standing is Standing.UNKNOWN:
            _log.warning("share.upstream.forgotten", system=_system(grant))
        return now + LONGEST

    async def _status(self, grant: Grant) -> ExchangeStatus:
        """What the exchange says of its grant; UNANSWERED for what cannot be of it."""
        assert grant.upstream is not None
        system, number = grant.upstream.system, grant.upstream.number
        exchange = self._exchanges.share_exchange(system)
        if exchange is None:
            return _UNKNOWN
        call: Call = our_call("upstream grant", self._desk.clock)
        try:
            status = await exchange.status(grant.request, number, call)
        except Exception as error:  # noqa: BLE001 - a broken adapter ends no grant
            _log.error("share.forwarding.defect", system=system, trace=trace(error))
            return _UNKNOWN
        is_other = status.key not in {None, grant.request} or status.number not in {None, number}
        if is_other or not is_sound(status):
            _log.error("share.forwarding.odd", system=system, reason="other" if is_other else "status")
            return _UNKNOWN
        return status

    # ---- what has ended

    async def _ended(self, grant: Grant, now: datetime) -> Then:
        if not await self._changed(grant, self._revoked(grant, now), GRANT_REVOKED, now):
            return now  # it was changed meanwhile: look again
        _log.warning("share.upstream.ended", system=_system(grant))
        await self._end_below(grant.id, now)
        return Rest.DONE

    async def _end_below(self, above: str, at: datetime) -> None:
        """Say of those below that they have ended too, which they have since the one above did."""
        after: str | None = None
        while some := await self._desk.grants.page(GrantChoice(parent=above), after, _AT_ONCE):
            for grant in some:
                if grant.revoked_at is None:
                    await self._changed(grant, self._revoked(grant, at), GRANT_REVOKED, at)
                await self._end_below(grant.id, at)
            after = some[-1].id

    def _revoked(self, grant: Grant, at: datetime) -> Grant:
        return grant.revoke(self._desk.rules.reasons, ENDED_UPSTREAM, by=GATEWAY, party=Party.GATEWAY, at=at)

    async def _changed(self, before: Grant, after: Grant, kind: Kind, at: datetime) -> bool:
        words = {} if after.revoked_for is None else {"reason": after.revoked_for}
        line = self._desk.log.within([self._desk.log.of_grant(kind, after, at, **words)])
        return await self._desk.grants.change(before, after, line)


def _system(grant: Grant) -> str:
    assert grant.upstream is not None, "a grant of an exchange"
    return grant.upstream.system
