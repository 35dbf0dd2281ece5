import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.kit.http import HostAllowList, HttpClient, HttpRequest
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.system_clock import SystemClock


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wire test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def port(answer: Any, certificate: Path) -> int:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    return int(await answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=server))


async def ask(client: HttpClient, port: int, host: str, soon: Callable[[float], Deadline]) -> bytes:
    try:
        request = HttpRequest(method="GET", url=f"https://{host}:{port}/")
        return (await client.send(request, limit=100, deadline=soon(60))).body
    finally:
        await client.aclose()


async def test_a_trusted_certificate_is_accepted(port: int, certificate: Path, clock: Any, soon: Any) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    client = HttpClient(clock=clock, allowed=HostAllowList([f"127.0.0.1:{port}"]), tls=trust)
    assert await ask(client, port, "127.0.0.1", soon) == b"ok"


@pytest.mark.parametrize(
    ("trusted", "host", "says", "fault"),
    [
        (False, "127.0.0.1", "certificate was not accepted: self-signed", Fault.OURS),
        (True, "localhost", "Hostname mismatch", Fault.THEIRS),
    ],
)
async def test_a_certificate_of_nobody_or_of_another_is_refused(
    port: int, certificate: Path, clock: Any, soon: Any, trusted: bool, host: str, says: str, fault: Fault
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate)) if trusted else None
    client = HttpClient(clock=clock, allowed=HostAllowList([f"{host}:{port}"]), tls=trust)
    with pytest.raises(SystemFailure, match=says) as caught:
        await ask(client, port, host, soon)
    assert (caught.value.outcome, caught.value.fault) == (Outcome.UNAVAILABLE, fault)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_tls_connection_is_used_again(loop: Any, certificate: Path) -> None:
    handshakes, clock = 0, SystemClock()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal handshakes
        handshakes += 1
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async def scene() -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        listening = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=server)
        port = listening.sockets[0].getsockname()[1]
        trust = ssl.create_default_context(cafile=str(certificate))
        client = HttpClient(clock=clock, allowed=HostAllowList([f"127.0.0.1:{port}"]), tls=trust)
        request = HttpRequest(method="GET", url=f"https://127.0.0.1:{port}/")
        for _ in range(5):
            await client.send(request, limit=100, deadline=Deadline.after(60, clock))
        await client.aclose()
        listening.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(scene())
    assert handshakes == 1
