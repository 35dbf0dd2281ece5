"""Systems of a few lines for tests of the kit: a real server that keeps what it was asked, and a manifest for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

from adapters.kit.opening import OpenSystem, opened
from adapters.kit.registry import Registry
from adapters.kit.states import SystemStates
from certs.national import SmCrypto
from gateway.core.call_record import CallRecord
from gateway.core.clock import Clock
from gateway.core.system import Assignment, DeployedSystem
from gateway.store.deployment import SystemSettings
from gateway.system_clock import SystemClock

HEAD = """
manifest: 1
system:
  code: sample
  title: {zh: 示例库, en: Sample library}
  level: city
  regions: ["420100"]
  owner: {name: 示例数据局, creditCode: "11100000000013338W", contact: duty desk}
offers: {holderTypes: ["111"], licenceTypes: ["*"]}
success: {at: code, equals: "0", code: code, message: message}
codes: {stand: {"1": VALID}}
"""
REST = "protocol: {rest: {format: json}, endpoint: {setting: sample/url}}\n"
ROWS = b'{"code": "0", "rows": [{"no": "L1", "st": "1"}]}'
LIST = """
  list:
    serves: LicenceSource.list
    safe: true
    http: {method: POST, path: /list}
    request: {idNo: holder.number}
    response: {each: "rows[]", number: no, state: {code: st, table: stand}}
"""


class Asked(msgspec.Struct, frozen=True):
    """A request as it came: header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    """What a server answers."""

    body: bytes = ROWS
    status: int = 200
    headers: dict[str, str] = {}


Answer = Callable[[Asked], Reply]


class SmallServer:
    """A server that answers by a function and keeps what it was asked.

    Attributes:
        answer: may be changed while it runs.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Answer = lambda _: Reply()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
                method, target, _ = first.split(" ")
                parts = urlsplit(target)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.asked.append(Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body))
                reply = self.answer(self.asked[-1])
                more = "".join(f"{name}: {text}\r\n" for name, text in reply.headers.items())
                writer.write(
                    f"HTTP/1.1 {reply.status} X\r\ncontent-length: {len(reply.body)}\r\n{more}\r\n".encode()
                    + reply.body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def small_server() -> AsyncIterator[SmallServer]:
    """A server on a free port until the block ends."""
    server = SmallServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = int(listening.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listening.close()


class Workshop:
    """Opens systems that a test describes in place.

    Args:
        folder: where manifests are written.
        clock: of the gateway.
        stack: closes what was opened.

    Attributes:
        records: of all calls of the systems that it has opened.
    """

    def __init__(self, folder: Path, clock: Clock, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._clock = clock
        self._stack = stack
        self._nonce = 0
        self.records: list[CallRecord] = []

    def random_bytes(self, count: int) -> bytes:
        """Bytes that are never the same twice."""
        self._nonce += 1
        return self._nonce.to_bytes(count, "big")

    def deployed(
        self, manifest: str, settings: dict[str, str], *, code: str = "sample", files: dict[str, bytes] | None = None
    ) -> DeployedSystem:
        """A system with this manifest; ``url`` among the settings is its one allowed host."""
        folder = self._folder / code
        folder.mkdir(exist_ok=True)
        (folder / "manifest.yaml").write_text(manifest, encoding="utf-8")
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content)
        ports = frozenset({"LicenceSource"})
        return DeployedSystem(
            folder=folder,
            hosts=(urlsplit(settings["url"]).netloc,),
            assignment=Assignment(ports=ports, regions=("420000",), types=("*",), issuers=("*",)),
            secrets=SystemSettings(code, settings),
        )

    async def open(self, deployed: DeployedSystem) -> OpenSystem:
        """The system, open until the test ends."""
        return await self._stack.enter_async_context(
            opened(
                deployed,
                self._clock,
                SmCrypto(),
                random_bytes=self.random_bytes,
                record_call=self.records.append,
            )
        )


def registry_of(*systems: OpenSystem) -> Registry:
    """The registry of systems that were opened one by one."""
    clock = SystemClock()
    return Registry(systems, SystemStates(clock), clock)
