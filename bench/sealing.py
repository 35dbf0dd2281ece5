"""The seal service: a batch from the request to the last released document, against sealing and comparing alone."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager, nullcontext
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from pydantic import SecretStr

from bench.frame import Subject
from bench.seals import NotWhatItSeems
from certs.documents import TrustFolder, compare_documents, examine_document
from certs.examination import Examination, Verdict
from certs.ofd import AtPoint, seal_ofd
from certs.seals import read_seal
from certs.signers import open_signer
from certs.x509 import read_certificates
from gateway.system_clock import SystemClock
from tests.ofd import world
from tests.sealing.live import OFFICER, Live, live
from tests.servers.postgres import postgres

DOCUMENTS = 1_000
"""Of a batch."""
GOAL = 0.6
_PLACE = AtPoint(1, 50, 50)
_IDEAL_SECONDS = 2.0
_LOOK_SECONDS = 0.25
"""Between two looks whether a batch is done. Looking is work too, and the last look comes half of it late."""
_PATIENCE = 300.0
_CLOCK = SystemClock()
_SEAL = "mutation ($input: SealDocumentsInput!) { sealDocuments(input: $input) { batch problems { message } } }"
_STATES = """
query ($batch: ID!) {
  prepared: sealings(batch: $batch, state: PREPARED, first: 1) { nodes { id } }
  sealing: sealings(batch: $batch, state: SEALING, first: 1) { nodes { id } }
  failed: sealings(batch: $batch, state: FAILED, first: 1) { nodes { id } }
  released: sealings(batch: $batch, state: RELEASED, first: 1) { nodes { id } }
}
"""


def sealing() -> AbstractContextManager[Sequence[Subject]]:
    """The subject on SQLite, in a file as `yiwang serve` has it."""
    return _subjects(nullcontext(None))


def sealing_on_postgresql() -> AbstractContextManager[Sequence[Subject]]:
    """The subject on PostgreSQL; the server's work is no part of the processor's time, but of the clock's."""
    return _subjects(_server())


@contextmanager
def _server() -> Iterator[str]:
    with TemporaryDirectory(prefix="yiwang-bench-") as folder, postgres(Path(folder) / "db", durable=True) as server:
        server.sql("CREATE DATABASE bench")
        yield server.url("bench")


@contextmanager
def _subjects(database: AbstractContextManager[str | None]) -> Iterator[Sequence[Subject]]:
    """A gateway that runs, with its uploads, in a thread of its own. It may use all cores, its rival one.

    Its processes' work is no part of the processor's time, but of the clock's.
    """
    folder = TemporaryDirectory(prefix="yiwang-bench-")
    with folder, database as url, _loop() as run:
        changed: dict[str, Any] = {
            "document_processes": None,
            "person_rate": "2000/20000",
            "application_rate": "2000/20000",
        }
        if url is not None:
            changed["database"] = SecretStr(url)
        stage = _Stage(Path(folder.name), changed)
        try:
            run(stage.open())
            library = _Library(Path(folder.name))
            yield [
                Subject(
                    name="batch",
                    chinese=f"{DOCUMENTS} 份小 OFD 的批次放行，相对签章与核验之和",
                    english=f"batches of {DOCUMENTS} small OFD released, against sealing and comparing alone",
                    goal=GOAL,
                    work=lambda: asyncio.to_thread(run, stage.batch()),
                    rival=library.rate,
                    units=DOCUMENTS,
                    by_clock=True,
                ),
                Subject(name="seal", chinese="仅签章", english="sealing alone, in memory", work=library.seal),
                Subject(
                    name="compare",
                    chinese="仅核验（与原件比对并验章）",
                    english="comparing alone",
                    work=library.compare,
                ),
                Subject(name="examine", chinese="仅验章", english="examining alone", work=library.examine),
            ]
        finally:
            run(stage.close())


class _Stage:
    """The gateway and whoever asks it."""

    def __init__(self, folder: Path, changed: dict[str, Any]) -> None:
        self._folder = folder
        self._changed = changed
        self._stack = AsyncExitStack()
        self._uploads: list[str] = []
        self._batches = 0
        self._use = ""

    async def open(self) -> None:
        self._gateway: Live = await self._stack.enter_async_context(live(self._folder, **self._changed))
        self._use = await self._gateway.use()
        for number in range(DOCUMENTS):
            self._uploads.append(await self._gateway.upload(_document(number), f"{number}.ofd"))

    async def close(self) -> None:
        await self._stack.aclose()

    async def batch(self) -> None:
        """Ask for all of them with one request, and wait until each is released."""
        self._batches += 1
        documents = [
            {"idempotencyKey": f"{self._batches}-{number}", "file": {"upload": upload}}
            for number, upload in enumerate(self._uploads)
        ]
        place = {"page": 1, "x": _PLACE.x, "y": _PLACE.y}
        asked = {"use": self._use, "seal": self._gateway.seal, "documents": documents, "at": place}
        made = (await self._gateway.ask(OFFICER, _SEAL, input=asked))["sealDocuments"]
        if made["batch"] is None:
            raise NotWhatItSeems(f"the batch is refused: {made['problems']}")
        async with asyncio.timeout(_PATIENCE):
            # once more at the end: between two of the questions a document may have been put off
            while await self._goes_on(made["batch"]) or await self._goes_on(made["batch"]):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)
        states = await self._states(made["batch"])
        if "failed" in states or "released" not in states:
            raise NotWhatItSeems("a document of the batch was not released")

    async def _goes_on(self, batch: str) -> bool:
        return not {"prepared", "sealing"}.isdisjoint(await self._states(batch))

    async def _states(self, batch: str) -> frozenset[str]:
        """In which states there are documents of the batch, by one request, as a caller asks now and then."""
        found = await self._gateway.ask(OFFICER, _STATES, batch=batch)
        return frozenset(state for state, page in found.items() if page["nodes"])


class _Library:
    """What has to be done with a document in any case, by the library alone, with the same seal and key."""

    def __init__(self, folder: Path) -> None:
        box = folder / "box"
        chain = read_certificates((box / "signer.pem").read_bytes())
        self._signer = asyncio.run(open_signer(f"file:{box / 'signer.key'}", chain[0]))
        self._seal = (box / "seal.esl").read_bytes()
        self._trust = TrustFolder(box / "trust").current()
        self._original, self._sealed = folder / "original.ofd", folder / "sealed.ofd"
        self._number = 0
        self._put(asyncio.run(self.seal()))

    def rate(self) -> float:
        """Documents a second by the clock: 1 / (1 / sealed + 1 / compared)."""
        return asyncio.run(self._rate())

    async def _rate(self) -> float:
        done, taken = 0, 0.0
        while taken < _IDEAL_SECONDS:
            began = time.perf_counter()
            sealed = await self.seal()
            taken += time.perf_counter() - began
            self._put(sealed)
            began = time.perf_counter()
            await self.compare()
            taken += time.perf_counter() - began
            done += 1
        return done / taken

    def _put(self, sealed: bytes) -> None:
        self._original.write_bytes(_document(self._number))
        self._sealed.write_bytes(sealed)

    async def seal(self) -> bytes:
        """In memory."""
        self._number = (self._number + 1) % DOCUMENTS
        out = BytesIO()
        await seal_ofd(_document(self._number), out, read_seal(self._seal), self._signer, _PLACE, _CLOCK)
        return out.getvalue()

    async def compare(self) -> None:
        """The last one that was sealed: whether it is the original with this seal, and valid."""
        _require_valid(compare_documents(self._original, self._sealed, self._seal, self._trust, _CLOCK.now()))

    async def examine(self) -> None:
        """The same one by itself."""
        _require_valid(examine_document(self._sealed, self._trust, _CLOCK.now()))


def _require_valid(found: Examination) -> None:
    if found.verdict is not Verdict.VALID:
        raise NotWhatItSeems(f"examination gives {found.verdict}")


@cache
def _document(number: int) -> bytes:
    """A document of one page that is like no other."""
    return world.packed(world.document(world.text(f"document {number}")))


@contextmanager
def _loop() -> Iterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """An event loop in a thread of its own; what is called runs there and is waited for."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="gateway")
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
