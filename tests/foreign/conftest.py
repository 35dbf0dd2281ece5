"""SOAP servers that this project did not write, each in a process of its own: spyne's and PHP's."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import msgspec
import pytest

from adapters.kit.http import HostAllowList, HttpClient, HttpReply, HttpRequest
from adapters.kit.http.bodies import RequestCharset
from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.soap import SoapOperation, SoapVersion, UsernameToken, load_description
from gateway.core.clock import Deadline

HERE = Path(__file__).parent
PATHS = {SoapVersion.V11: "soap11", SoapVersion.V12: "soap12"}
PASSWORD = "foreign <&> 密码"


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Foreign(msgspec.Struct, frozen=True):
    """A running foreign service: its WSDL, its address and the version it speaks."""

    wsdl: Path
    url: str
    version: SoapVersion

    def operation(self, name: str) -> SoapOperation:
        return load_description(self.wsdl, SoapProtocol(wsdl=self.wsdl.name)).operations[name]

    async def ask(
        self,
        operation: SoapOperation,
        arguments: dict[str, object],
        password: str | None = PASSWORD,
        charset: RequestCharset = "UTF-8",
    ) -> HttpReply:
        clock = WallClock()
        headers = []
        if password is not None:
            headers = [UsernameToken("gateway", password, clock=clock, timestamp=True).header(operation.version)]
        request = operation.http_request(self.url, arguments, headers=headers, charset=charset)
        return await send(request)


async def send(request: HttpRequest) -> HttpReply:
    clock = WallClock()
    place = request.url.split("/")[2]
    client = HttpClient(clock=clock, allowed=HostAllowList([place]))
    try:
        return await client.send(request, limit=1_000_000, deadline=Deadline.after(20, clock))
    finally:
        await client.aclose()


@contextmanager
def program(arguments: list[str], says: str, **environment: str) -> Iterator[int]:
    """A program until it says its port (``says`` has it as a group), ended afterwards."""
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    try:
        said = ""
        found = None
        while found is None and (line := process.stdout.readline()):
            said += line
            found = re.search(says, line)
        if found is None:
            pytest.fail("the foreign server did not start: " + said[-2000:])
        drain = threading.Thread(target=process.stdout.read)  # a full pipe would stop the server
        drain.start()
        try:
            yield int(found[1])
        finally:
            process.kill()
            drain.join()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def spyne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[SoapVersion, Foreign]]:
    folder = tmp_path_factory.mktemp("spyne")
    # spyne's own modules warn on import; those are no warnings of ours
    with program([sys.executable, "-W", "ignore", str(HERE / "spyne_service.py")], r"^(\d+)$") as port:
        services = {}
        for version, path in PATHS.items():
            url = f"http://127.0.0.1:{port}/{path}"
            wsdl = folder / f"{path}.wsdl"
            with build_opener(ProxyHandler({})).open(f"{url}/?wsdl", timeout=60) as reply:
                wsdl.write_bytes(reply.read())
            services[version] = Foreign(wsdl, url, version)
        yield services


@pytest.fixture(scope="session")
def php(spyne: dict[SoapVersion, Foreign]) -> Iterator[dict[SoapVersion, Foreign]]:
    """PHP serves the very WSDL that spyne wrote."""
    with ExitStack() as stack:
        services = {}
        for version, described in spyne.items():
            start = program(
                ["php", "-S", "127.0.0.1:0", str(HERE / "php" / "deeds.php")],
                r"http://127\.0\.0\.1:(\d+)",
                DEEDS_WSDL=str(described.wsdl),
                DEEDS_VERSION=str(version),
            )
            services[version] = Foreign(described.wsdl, f"http://127.0.0.1:{stack.enter_context(start)}/", version)
        yield services
