"""The sealing service on a database, with a workshop and platforms of tests, and workers that can be killed."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from gateway.core.audit.references import References
from gateway.core.caller import Caller, Person
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.files import CHUNK_BYTES, File, Owner, Purpose, Quota
from gateway.core.records import Also
from gateway.core.seals.place import Across, Place
from gateway.core.seals.register import RegisteredSeal
from gateway.core.seals.sealing import ENDED, Sealing, SealingState
from gateway.core.seals.verification import Verification
from gateway.core.seals.workshop import Sheet
from gateway.core.tasks import Claim, LeaseLost, Step
from gateway.services.auditing import Auditing
from gateway.services.create_upload import FileLimits
from gateway.services.lend_result import LendResult
from gateway.services.live_use import LiveUse
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sealing.asking import DocumentRequest, SealRequest
from gateway.services.sealing.decide_sealing import DecideSealing
from gateway.services.sealing.documents import Documents
from gateway.services.sealing.find_sealings import FindSealings
from gateway.services.sealing.give_sealed import GiveSealed
from gateway.services.sealing.ledger import Ledger
from gateway.services.sealing.pace import KIND_HERE, KIND_PLATFORM, KIND_RECONCILE, Pace
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
from gateway.services.tasks.handler import Handler
from gateway.services.tasks.leases import Leases
from gateway.store.database import Database, database
from gateway.store.files import SqlFiles
from gateway.store.sealings import SqlSealings
from gateway.store.tasks import SqlTasks
from gateway.store.work_folder import LocalWorkFolder
from tests.seal_register.entries import BODIES
from tests.seal_register.registers import MemorySeals
from tests.sealing.making import FakePlatform, FakePlatforms, FakeWorkshop, a_document, made
from tests.services.fakes import OFFICER, ManualClock, call_of, use_of
from tests.services.memory import MemoryUses
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher

LEASE = timedelta(seconds=60)
PLENTY = Quota(100_000, 10**10)
PACE = Pace(give_up=timedelta(hours=3))
"""What waits the longest between two tries is tried some forty times."""


class Killed(BaseException):
    """The process was killed."""


class Fuse:
    """Counts the moments at which a process can be killed, and kills it at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed = 0

    def step(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


class Rules:
    """A PolicyProvider of which only the bodies are asked."""

    bodies = BODIES

    def book(self) -> Any:
        return self

    def policy(self) -> Any:
        raise AssertionError("no rule of licences is asked")


class FusedTasks(Leases):
    """Leases whose owner may be killed before and after each transaction."""

    fuse: Fuse

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        self.fuse.step()
        lost = await super().settle(steps, also)
        self.fuse.step()
        return lost


class Fused:
    """Any collaborator of which some methods are moments at which a process may be killed."""

    def __init__(self, of: Any, fuse: Fuse, *names: str) -> None:
        self._of = of
        self._fuse = fuse
        self._names = names

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._of, name)
        if name not in self._names:
            return value

        async def fused(*given: Any) -> Any:
            self._fuse.step()
            result = await cast("Callable[..., Awaitable[Any]]", value)(*given)
            self._fuse.step()
            return result

        return fused


class FusedWorkshop(Fused):
    """A workshop whose process may be killed before and after each document."""

    async def seal_all(self, sheets: Sequence[Sheet]) -> Sequence[Verification | Refusal | KeyUnusable]:
        return [await made(self, sheet) for sheet in sheets]


class Bench:
    """Everything, with one seal and one platform unless told otherwise."""

    def __init__(self, db: Database, folder: Path, seal: RegisteredSeal, *platforms: FakePlatform) -> None:
        self.db = db
        self.clock = ManualClock()
        cipher = a_cipher()
        self.files = SqlFiles(db, cipher)
        self.sealings = SqlSealings(db, cipher)
        self.tasks = SqlTasks(db, self.clock)
        self.register = MemorySeals(seal)
        self.platforms = FakePlatforms(*platforms)
        self.workshop = FakeWorkshop()
        self.trail = MemoryTrail()
        self.references = References(cipher)
        self.audit = Auditing(self.trail, self.references, self.clock)
        self.log = SealLog(self.trail, self.references)
        self.rights = SealRights(self.register, Rules(), self.clock)
        self.folder = LocalWorkFolder(folder)
        self.pace = PACE
        self.uses = MemoryUses(self.clock)
        nobody: Any = None
        live = LiveUse(self.uses, nobody, nobody, nobody, self.clock)
        self.documents = Documents(self.files, self.folder, self.clock, self.pace)
        self.counter = Counter(
            self.sealings, self.tasks, self.files, self.documents, self.rights, self.log, self.clock, self.pace,
            self.audit,
        )  # fmt: skip
        self.ask = SealDocuments(self.counter, live)
        self.decide = DecideSealing(self.counter)
        self.settle = SettleSealing(self.counter, self.platforms)
        self.find = FindSealings(self.sealings, self.rights, self.clock, look=0.001)
        self.give = GiveSealed(LendResult(self.files, self.clock, FileLimits(), self.audit))
        uploads = ReceiveUpload(self.files, self.clock, self.audit)
        self.verify = VerifyDocument(uploads, self.documents, self.workshop, self.audit)
        self.wake = WakeSealing(self.sealings, self.tasks, self.clock)
        self.count = 0

    # ---- asking

    async def upload(self, content: bytes, person: Person | None = OFFICER, name: str = "a.pdf", told: str = "") -> str:
        """A complete upload; large ones in chunks."""
        self.count += 1
        file = File(
            id=f"upload-{self.count}", purpose=Purpose.UPLOAD, owner=Owner.of(call_of(person, self.clock).caller),
            name=name, media_type="application/octet-stream", bytes=len(content), sha256=None,
            created_at=self.clock.now(), expires_at=self.clock.now() + timedelta(hours=1),
        )  # fmt: skip
        assert await self.files.declare(file, PLENTY, self.clock.now())
        sending = await self.files.begin(file.id)
        assert sending is not None
        for number in range(-(-len(content) // CHUNK_BYTES)):
            chunk = content[number * CHUNK_BYTES :][:CHUNK_BYTES]
            assert await self.files.append(file.id, sending, number, chunk)
        sha256 = hashlib.sha256(content).hexdigest()
        assert await self.files.complete(file.id, sending, len(content), sha256, None, told)
        return file.id

    async def use(self, person: Person = OFFICER) -> str:
        use = use_of(person, self.clock)
        await self.uses.add(use)
        return use.id

    async def request(self, *contents: bytes, place: Place | None = None, **changed: Any) -> SealRequest:
        documents = [
            DocumentRequest(f"key-{number}", await self.upload(content)) for number, content in enumerate(contents, 1)
        ]
        usual: dict[str, Any] = {
            "use": await self.use(), "seal": "seal-1", "place": place or Across(), "documents": tuple(documents),
        }  # fmt: skip
        return SealRequest(**usual | changed)

    async def asked(self, *contents: bytes, **changed: Any) -> Sequence[Sealing]:
        """Sealings that were asked for by the officer."""
        request = await self.request(*(contents or (a_document(),)), **changed)
        return (await self.ask(request, call_of(OFFICER, self.clock))).sealings

    async def now(self, sealing: Sealing) -> Sealing:
        found = await self.sealings.find(sealing.id)
        assert found is not None
        return found

    async def result(self, sealing: Sealing, caller: Caller | None = None) -> bytes:
        """What the caller gets by his ticket."""
        ticket = await self.give(sealing, call_of(OFFICER, self.clock))
        assert ticket is not None
        owner = Owner.of(call_of(OFFICER, self.clock).caller)
        file = await self.files.find(ticket.url.rpartition("/")[2], Purpose.TICKET, owner, self.clock.now())
        assert file is not None
        return b"".join([piece async for piece in self.files.read(file, 0, file.bytes - 1)])

    # ---- working

    def worker(self, fuse: Fuse | None = None) -> "Worker":
        return Worker(self, fuse or Fuse())

    async def run(self, worker: "Worker | None" = None, rounds: int = 50) -> None:
        """Work, and step to the time at which more is due, until nothing is or the rounds are over."""
        worker = worker or self.worker()
        for _ in range(rounds):
            if not await worker.once():
                counts = await self.tasks.counts()
                due = [one.oldest_due_at for kind, one in counts.items() if kind != KIND_RECONCILE and one.due]
                moments = [moment for moment in due if moment is not None]
                if not moments:
                    return
                self.clock.step(max(0.0, (min(moments) - self.clock.now()).total_seconds()))

    async def run_until_ended(self, sealing: Sealing, worker: "Worker | None" = None) -> Sealing:
        await self.run(worker)
        found = await self.now(sealing)
        assert found.state in ENDED | {SealingState.IN_DOUBT}
        return found


class Worker:
    """One process that works."""

    def __init__(self, bench: Bench, fuse: Fuse) -> None:
        self.bench = bench
        self.leases = FusedTasks(bench.tasks, bench.clock)
        self.leases.fuse = fuse
        ledger = Ledger(self.leases, bench.sealings, bench.files, bench.log)
        workshop = FusedWorkshop(bench.workshop, fuse, "seal", "compare")
        documents = Documents(bench.files, bench.folder, bench.clock, bench.pace)
        tools = Tools(ledger, documents, bench.rights, workshop, bench.log, bench.clock, bench.pace)
        platforms = FusedPlatforms(bench.platforms, fuse)
        away = SealAway(tools, platforms, Days(bench.tasks), "https://gateway.example/callbacks/")
        here = SealHere(tools)
        self.handlers: list[Handler] = [
            PrepareSealings(tools),
            *(RunSealings(kind, 32, tools, here, away) for kind in (KIND_HERE, KIND_PLATFORM)),
        ]
        self.reconcile = Reconcile(bench.sealings, self.leases, platforms, bench.log, bench.clock, bench.pace)

    async def claim(self, kind: str) -> Sequence[Claim]:
        now = self.bench.clock.now()
        return await self.leases.claim(kind, now, now + LEASE, 32)

    async def once(self) -> int:
        """Do what is due; how many."""
        done = 0
        for handler in self.handlers:
            claims = await self.claim(handler.kind)
            done += len(claims)
            if claims:
                try:
                    await handler.work(claims)
                except LeaseLost:
                    continue
        return done

    async def compare(self) -> int:
        """Compare the days that are due; how many."""
        claims = await self.claim(KIND_RECONCILE)
        if claims:
            await self.reconcile.work(claims)
        return len(claims)


class FusedPlatforms:
    def __init__(self, platforms: FakePlatforms, fuse: Fuse) -> None:
        self._platforms = platforms
        self._fuse = fuse

    def seal_platform(self, system: str) -> Any:
        platform = self._platforms.seal_platform(system)
        return None if platform is None else Fused(platform, self._fuse, "seal", "query")


@asynccontextmanager
async def bench_on(url: str, folder: Path, seal: RegisteredSeal, *platforms: FakePlatform) -> AsyncIterator[Bench]:
    async with database(url, ManualClock()) as db:
        yield Bench(db, folder, seal, *platforms)
