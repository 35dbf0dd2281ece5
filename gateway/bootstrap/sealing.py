"""Sealing, put together: the workshop, the folder, the worker that seals, and the use cases."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import structlog

from certs.documents import DocumentWorkshop, Limits, TrustFolder, WorkProcesses
from gateway.bootstrap.cores import cores
from gateway.bootstrap.pins import read_seal_pins
from gateway.bootstrap.records import Records
from gateway.core.clock import Clock
from gateway.core.policy.provider import PolicyProvider
from gateway.core.seals.platform import SealPlatforms
from gateway.services.create_upload import FileLimits
from gateway.services.lend_result import LendResult
from gateway.services.live_use import LiveUse
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sealing.decide_sealing import DecideSealing
from gateway.services.sealing.documents import Documents
from gateway.services.sealing.find_sealings import FindSealings
from gateway.services.sealing.give_sealed import GiveSealed
from gateway.services.sealing.ledger import Ledger
from gateway.services.sealing.pace import KIND_HERE, KIND_PLATFORM, Pace
from gateway.services.sealing.prepare_sealing import PrepareSealings
from gateway.services.sealing.reconcile import Reconcile
from gateway.services.sealing.reconcile_days import Days
from gateway.services.sealing.run_sealing import RunSealings
from gateway.services.sealing.seal_away import SealAway
from gateway.services.sealing.seal_documents import Counter, SealDocuments
from gateway.services.sealing.seal_here import SealHere
from gateway.services.sealing.seal_log import SealLog
from gateway.services.sealing.seal_rights import SealRights
from gateway.services.sealing.settle_sealing import SettleSealing
from gateway.services.sealing.tools import Tools
from gateway.services.sealing.verify_document import VerifyDocument
from gateway.services.sealing.wake_sealing import WakeSealing
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases
from gateway.services.tasks.worker import Worker, working
from gateway.settings import Mode, Settings
from gateway.store.work_folder import work_folder
from schema.context import SealingCases

_log = structlog.get_logger("sealing")
_AHEAD = 1
"""Groups for keys here that are fetched or written down while as many as there are workers are sealed."""
_TOGETHER_AWAY = 4
_HANDS_AWAY = 8
"""Requests to platforms at a time are the product; each platform's own bulkhead bounds them further."""


class SealingParts(msgspec.Struct, frozen=True):
    """What the use cases of sealing are made of; ``wake`` follows what platforms tell."""

    counter: Counter
    workshop: DocumentWorkshop
    platforms: SealPlatforms
    wake: WakeSealing


@asynccontextmanager
async def open_sealing(
    settings: Settings, clock: Clock, records: Records, rules: PolicyProvider, platforms: SealPlatforms
) -> AsyncIterator[SealingParts]:
    """The workshop and, unless this process is to do no work, its worker; what is in hand is ended or handed back."""
    pace = Pace()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(work_folder(settings.work_folder))
        trust = TrustFolder(settings.seal_trust).current
        workshop = DocumentWorkshop(
            clock,
            trust,
            files=settings.mode is not Mode.PRODUCTION,
            pin=read_seal_pins(settings),
            threads=max(1, settings.workers),
            processes=_processes(settings),
        )
        stack.push_async_callback(workshop.aclose)
        counter = Counter(
            sealings=records.sealings,
            tasks=records.tasks,
            files=records.files,
            documents=Documents(records.files, folder, clock, pace),
            rights=SealRights(records.seals, rules, clock),
            log=SealLog(records.trail, records.references),
            clock=clock,
            pace=pace,
            audit=records.audit,
        )
        if settings.workers:
            leases = Leases(records.tasks, clock)
            posts = _posts(settings, counter, workshop, leases, platforms)
            await stack.enter_async_context(working(Worker(leases, posts, clock)))
        yield SealingParts(counter, workshop, platforms, WakeSealing(records.sealings, records.tasks, clock))


def build_sealing_cases(parts: SealingParts, uses: LiveUse, limits: FileLimits) -> SealingCases:
    """Every use case of sealing."""
    counter = parts.counter
    uploads = ReceiveUpload(counter.files, counter.clock, counter.audit)
    return SealingCases(
        ask=SealDocuments(counter, uses),
        decide=DecideSealing(counter),
        settle=SettleSealing(counter, parts.platforms),
        find=FindSealings(counter.sealings, counter.rights, counter.clock),
        give=GiveSealed(LendResult(counter.files, counter.clock, limits, counter.audit)),
        verify=VerifyDocument(uploads, counter.documents, parts.workshop, counter.audit),
    )


def _processes(settings: Settings) -> WorkProcesses | None:
    most = settings.document_processes
    if most is None:
        most = min(max(1, settings.workers), cores())
    limits = Limits(settings.document_seconds, settings.document_memory << 20)
    return WorkProcesses(most, _died, limits=limits, spent=_spent) if most else None


def _died(status: int) -> None:
    _log.error("document.process.died", status=status)


def _spent() -> None:
    _log.warning("document.process.spent")


def _posts(
    settings: Settings, counter: Counter, workshop: DocumentWorkshop, leases: Leases, platforms: SealPlatforms
) -> list[Post]:
    clock, pace = counter.clock, counter.pace
    ledger = Ledger(leases, counter.sealings, counter.files, counter.log)
    tools = Tools(ledger, counter.documents, counter.rights, workshop, counter.log, clock, pace)
    address = settings.callback_url or settings.public_url
    callbacks = f"{address}/callbacks/" if address else None
    here, away = SealHere(tools), SealAway(tools, platforms, Days(leases), callbacks)
    reconcile = Reconcile(counter.sealings, leases, platforms, counter.log, clock, pace)
    return [
        Post(handler=PrepareSealings(tools)),
        Post(handler=RunSealings(KIND_HERE, pace.together, tools, here, away), hands=settings.workers + _AHEAD),
        Post(handler=RunSealings(KIND_PLATFORM, _TOGETHER_AWAY, tools, here, away), hands=_HANDS_AWAY),
        Post(handler=reconcile, hands=1),
    ]
