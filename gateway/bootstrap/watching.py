"""What is watched beside the requests: ends of validity, the event loop, and what metrics show of the parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from adapters.kit.registry import Registry
from gateway.bootstrap.callers import Callers
from gateway.bootstrap.records import Records
from gateway.core.caller import Caller, Evidence
from gateway.core.clock import Clock
from gateway.core.expiry import Expiry
from gateway.core.policy.rules import ANY
from gateway.core.ports import CallerVerifier
from gateway.services.sealing.pace import KIND_HERE, KIND_PLATFORM, KIND_PREPARE, KIND_RECONCILE
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE, KIND_FORWARD, KIND_UPSTREAM
from gateway.services.sharing.exchanges.forward_pace import KIND_RECONCILE as KIND_COMPARE
from gateway.services.sharing.exports.export_desk import KIND_EXPORT
from gateway.services.sharing.share_day import KIND_DAY
from gateway.services.watch_expiry import WatchExpiry
from gateway.services.watch_work import WatchWork
from gateway.store.call_records import CallRecorder
from gateway.store.rule_book import FileRules
from gateway.web.metrics import Metrics, Views, watch_loop
from gateway.web.overload import Overload

_TASK_KINDS: Final = frozenset({KIND_PREPARE, KIND_HERE, KIND_PLATFORM, KIND_RECONCILE, KIND_DAY, KIND_EXPORT}) | {
    KIND_FORWARD,
    KIND_DISPUTE,
    KIND_UPSTREAM,
    KIND_COMPARE,
}

_log = structlog.get_logger("systems")


@asynccontextmanager
async def watching(
    expiries: WatchExpiry, work: WatchWork, metrics: Metrics, overload: Overload, clock: Clock
) -> AsyncIterator[WatchExpiry]:
    """``expiries`` and ``work``, looked at now and then, and the event loop judged and measured, until the end."""
    tasks = [
        asyncio.create_task(overload.keep_judging(), name="overload"),
        asyncio.create_task(expiries.keep_looking(), name="expiries"),
        asyncio.create_task(work.keep_looking(), name="work"),
        asyncio.create_task(watch_loop(metrics, clock), name="loop lag"),
    ]
    try:
        yield expiries
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class NamedCallers:
    """Proves callers as ``verifier`` does, and has metrics name the applications that are proven."""

    def __init__(self, verifier: CallerVerifier, metrics: Metrics) -> None:
        self._verifier = verifier
        self._metrics = metrics

    async def verify(self, evidence: Evidence) -> Caller:
        """The caller; raises as ``verifier`` does."""
        caller = await self._verifier.verify(evidence)
        self._metrics.proven(caller.application.code)
        return caller


def views(
    systems: Registry,
    rules: FileRules,
    callers: Callers,
    records: Records,
    recorder: CallRecorder,
    expiries: WatchExpiry,
    work: WatchWork,
) -> Views:
    """What metrics show of the gateway's parts; applications are named that the rule book or the issuers file names."""
    return Views(
        systems=systems.systems,
        applications=callers.register.registered.union(*(rule.applications for rule in rules.book().rules)) - {ANY},
        pool=records.database.pool,
        records=recorder.state,
        expiries=expiries.expiries,
        audit_waiting=lambda: records.trail.waiting,
        work=work.seen,
        task_kinds=_TASK_KINDS,
    )


def report_expiry(expiry: Expiry, stage: int) -> None:
    """Log that something ends in ``stage`` days or less."""
    _log.warning(
        "expiry.near",
        kind=expiry.kind.value,
        name=expiry.name,
        system=expiry.system,
        days=stage,
        expires_at=expiry.expires_at.isoformat(),
    )
