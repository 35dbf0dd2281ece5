"""Where ends are known from: files of the settings, certificates that were shown, dated keys, the deployment file."""

import asyncio
import json
import ssl
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from adapters.kit.http import HttpClient, HttpRequest
from adapters.kit.http.hosts import HostAllowList
from adapters.kit.registry import registry
from certs.expiry import CertificateFile
from certs.tokens import ApplicationCertificates, Keyring
from certs.tokens.jwks import read_key_set
from gateway.core.caller import Application
from gateway.core.clock import Deadline
from gateway.core.errors import ConfigurationInvalid
from gateway.core.expiry import ExpiryKind
from gateway.core.issuers import CertifiedApplication
from gateway.store.deployment import load_deployment
from gateway.system_clock import SystemClock
from tests.certs.certificates import make
from tests.certs.trust import ec, key_set
from tests.services.fakes import START, ManualClock

AUTHORITY = make("authority", now=START, ends=900)
SERVER = make("yiwang", AUTHORITY, now=START, ends=20)


async def test_every_certificate_of_a_file_is_listed_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "chain.pem"
    file.write_text(SERVER.pem + AUTHORITY.pem)
    source = CertificateFile(ExpiryKind.SERVER_CERTIFICATE, file)
    assert [(one.kind, one.name, one.expires_at, one.system) for one in await source()] == [
        (ExpiryKind.SERVER_CERTIFICATE, "CN=yiwang", START + timedelta(days=20), None),
        (ExpiryKind.SERVER_CERTIFICATE, "CN=authority", START + timedelta(days=900), None),
    ]
    renewed = make("yiwang", AUTHORITY, now=START, ends=400)
    file.write_text(renewed.pem)
    assert [one.expires_at for one in await source()] == [START + timedelta(days=400)]


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
async def test_a_file_that_cannot_be_read_lists_nothing(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "chain.pem"
    if content is not None:
        file.write_text(content)
    assert await CertificateFile(ExpiryKind.CLIENT_AUTHORITY, file)() == []


async def test_a_certificate_without_a_name_goes_by_its_number(tmp_path: Path) -> None:
    nobody = x509.Name([])
    builder = x509.CertificateBuilder(nobody, nobody, AUTHORITY.key.public_key(), 0xABC)
    builder = builder.not_valid_before(START).not_valid_after(START + timedelta(days=3))
    file = tmp_path / "nameless.pem"
    file.write_bytes(builder.sign(AUTHORITY.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (found,) = await CertificateFile(ExpiryKind.SERVER_CERTIFICATE, file)()
    assert found.name == "abc"


async def test_an_applications_certificate_is_known_once_it_was_shown() -> None:
    shown = make("hall", AUTHORITY, now=START, ends=12)
    hall = CertifiedApplication(application=Application("hall", "大厅"), fingerprints=frozenset({shown.sha256}))
    certificates = ApplicationCertificates([hall], ManualClock())
    assert await certificates.expiries() == []
    for _ in range(2):
        certificates.verify(shown.der)
    assert [(one.kind, one.name, one.expires_at) for one in await certificates.expiries()] == [
        (ExpiryKind.APPLICATION_CERTIFICATE, "hall", START + timedelta(days=12))
    ]


async def test_a_dated_key_of_an_issuer_is_listed() -> None:
    ends = START + timedelta(days=5)
    dated = {**ec("new").as_dict(private=False), "exp": int(ends.timestamp())}
    undated = ec("old").as_dict(private=False)
    document = json.dumps({"keys": [dated, undated]}).encode()

    async def read(_: Deadline) -> bytes:
        return document

    keyring = Keyring(read, ManualClock(), lambda _: None)
    await keyring.read()
    assert [(one.kind, one.name, one.expires_at) for one in keyring.expiries("https://issuer.invalid")] == [
        (ExpiryKind.ISSUER_KEY, "https://issuer.invalid new", ends)
    ]


@pytest.mark.parametrize("exp", ["soon", -1, 0, 10**15, 1.5, None])
def test_what_is_no_date_says_nothing_and_the_key_holds(exp: object) -> None:
    (entry,) = json.loads(key_set(ec("k")))["keys"]
    (key,) = read_key_set(json.dumps({"keys": [{**entry, "exp": exp}]}).encode())
    assert key.expires_at is None


def deployment(folder: Path, expires: str) -> Path:
    file = folder / "systems.toml"
    file.touch(0o600)
    file.write_text(
        '[[system]]\nmanifest = "library"\nhosts = []\n'
        'serves = { ports = [], regions = [], types = [], issuers = [] }\n'
        f'settings = {{ app-key = "…" }}\nexpires = {expires}\n'
    )  # fmt: skip
    return file


async def test_the_deployment_file_says_when_secrets_end_in_china(tmp_path: Path) -> None:
    deployed = load_deployment(deployment(tmp_path, "{ app-key = 2027-01-31 }"))
    assert deployed[0].expires == {"app-key": date(2027, 1, 31)}
    async with registry(deployed, ManualClock()) as systems:
        (found,) = await systems.expiries()
    assert (found.kind, found.system, found.name) == (ExpiryKind.SYSTEM_SECRET, "library", "app-key")
    assert found.expires_at == datetime(2027, 1, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("expires", ["{ password = 2027-01-31 }", '{ app-key = "soon" }', "{ app-key = 2027 }"])
def test_a_day_for_no_setting_or_no_day_is_refused(tmp_path: Path, expires: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        load_deployment(deployment(tmp_path, expires))


async def test_a_hosts_certificate_is_known_once_it_was_connected_to(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = make("authority", now=now)
    server = make("host", authority, now=now, ends=9)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.write(tmp_path, "server"))

    async def answer(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    trust = ssl.create_default_context(cadata=authority.pem)
    clock = SystemClock()
    client = HttpClient(clock=clock, allowed=HostAllowList([f"127.0.0.1:{port}"]), tls=trust)
    assert client.certificates() == {}
    request = HttpRequest(method="GET", url=f"https://127.0.0.1:{port}/")
    try:
        await client.send(request, limit=100, deadline=Deadline.after(60, clock))
        assert client.certificates() == {f"127.0.0.1:{port}": server.certificate.not_valid_after_utc}
    finally:
        await client.aclose()
        listening.close()
        await listening.wait_closed()
