"""Platforms of a running sandbox as a gateway opens them, and what is sent to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import adapters.systems
from adapters.kit.opening import OpenSystem, opened
from adapters.sandbox.faults import Fault, FaultKind
from adapters.sandbox.running import Sandbox
from adapters.sandbox.sealing.desk import Answers, Desk, Manner
from adapters.sandbox.system import SealsDocuments
from certs.examination import Examination
from certs.national import SmCrypto
from certs.ofd import examine_ofd
from certs.pdf import examine_pdf
from certs.x509 import TrustStore, load_lists
from gateway.core.call import Call
from gateway.core.call_record import CallRecord
from gateway.core.caller import Application, Caller
from gateway.core.clock import CHINA, Clock, Deadline
from gateway.core.seals.place import Place, Point
from gateway.core.seals.platform import Mode, SealOrder, SealPlatform, SealReply, SealStatus
from gateway.core.system import Assignment, DeployedSystem
from gateway.store.deployment import SystemSettings
from tests.ofd.world import HELLO
from tests.pdf.documents import pdf

MANIFESTS = Path(adapters.systems.__path__[0])
HUB, BUREAU, DISTRICT = "seal-hub", "seal-bureau", "seal-district"
AT_ONCE = {HUB: "QZ42-0001", BUREAU: "Y2015001", DISTRICT: "420102-01"}
LATER = {HUB: "QZ42-0002", DISTRICT: "420102-02"}
OFD, PDF = "application/ofd", "application/pdf"
DOCUMENTS = {OFD: HELLO, PDF: pdf("", "", "")}


def assignment(*ports: str) -> Assignment:
    return Assignment(ports=frozenset(ports or ("SealService",)), regions=("420000",), types=("*",), issuers=("*",))


class Site:
    """A sandbox with a folder of its own, and its platforms opened for the time of a test."""

    def __init__(self, sandbox: Sandbox, clock: Clock, folder: Path, stack: AsyncExitStack) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.folder = folder
        self.records: list[CallRecord] = []
        self._stack = stack
        (folder / "replies").mkdir()

    def deployed(self, code: str, folder: Path | None = None, **changes: str) -> DeployedSystem:
        settings = {**self.sandbox.settings()[code], **{name.replace("_", "-"): text for name, text in changes.items()}}
        host = urlsplit(settings["url"]).netloc
        return DeployedSystem(
            folder=folder or MANIFESTS / code,
            hosts=(host,),
            assignment=assignment(),
            secrets=SystemSettings(code, settings),
        )

    async def open(self, deployed: DeployedSystem) -> OpenSystem:
        return await self._stack.enter_async_context(
            opened(deployed, self.clock, SmCrypto(), record_call=self.records.append)
        )

    async def platform(self, code: str, **changes: str) -> SealPlatform:
        system = await self.open(self.deployed(code, None, **changes))
        assert system.seals is not None, system.health.health().last_error
        return system.seals

    def desk(self, code: str) -> Desk:
        system = self.sandbox.systems[code]
        assert isinstance(system, SealsDocuments)
        return system.desk

    def answers(self, code: str, *, hold: bool = False, answer: Manner | None = None) -> None:
        self.desk(code).set_answers(Answers(answer=answer, ms=0, hold=hold))

    async def worked(self, code: str) -> None:
        """Let the platform come to the end of what it has to do."""
        await asyncio.gather(*self.desk(code)._working.values())

    def fault(self, code: str, kind: FaultKind, share: float | None = None) -> None:
        self.sandbox.faults.set(code, Fault(kind=kind, share=share))

    def order(
        self,
        code: str,
        key: str = "K1",
        media_type: str = OFD,
        *,
        seal: str | None = None,
        content: bytes | None = None,
        place: Place | None = Point(1, 20.0, 30.0),  # noqa: B008 - frozen
        callback: str | None = None,
    ) -> SealOrder:
        document = self.folder / f"{key}.in"
        document.write_bytes(DOCUMENTS[media_type] if content is None else content)
        return SealOrder(
            key=key,
            seal=seal or AT_ONCE[code],
            mode=Mode.DOCUMENT,
            document=document,
            media_type=media_type,
            place=place,
            item="I1",
            case="C1",
            operator="officer01",
            callback=callback,
        )

    def call(self, seconds: float = 20) -> Call:
        return Call(
            request_id="r1", caller=Caller(Application("test", "test")), deadline=Deadline.after(seconds, self.clock)
        )

    async def seal(self, platform: SealPlatform, order: SealOrder) -> SealReply:
        return await platform.seal(order, self.folder / "replies", self.call())

    async def query(self, platform: SealPlatform, order: SealOrder, number: str | None = None) -> SealReply:
        return await platform.query(order, number, self.folder / "replies", self.call())

    def examine(self, code: str, document: Path) -> Examination:
        """What our own examination says of a document, by the anchors that the platform shows."""
        trust = self.folder / "state" / code / "seals" / "trust"
        content = document.read_bytes()
        examine = examine_ofd if content.startswith(b"PK") else examine_pdf
        return examine(content, TrustStore.load(trust), self.clock.now(), evidence=load_lists(trust, {".crl"}))

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(CHINA).date()


def counted(site: Site, code: str) -> dict[str, int]:
    """How often each key was sealed, by the platform's own ledger."""
    found = site.desk(code).shown()["byKey"]
    assert isinstance(found, dict)
    return found


def content_of(reply: SealReply) -> bytes:
    assert reply.status is SealStatus.DONE, reply
    assert reply.document is not None
    return reply.document.read_bytes()


@asynccontextmanager
async def listening(
    answer: bytes | None = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
) -> AsyncIterator["Listener"]:
    """A server that keeps what it was sent, answers with these bytes, and breaks off after them; None never answers."""
    listener = Listener(answer)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.port = int(server.sockets[0].getsockname()[1])
    try:
        yield listener
    finally:
        server.close()


class Listener:
    def __init__(self, answer: bytes | None) -> None:
        self.port = 0
        self.came: asyncio.Queue[bytes] = asyncio.Queue()
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            body = await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
            await self.came.put(head + body)
            if self._answer is None:
                await reader.read()
            else:
                writer.write(self._answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
