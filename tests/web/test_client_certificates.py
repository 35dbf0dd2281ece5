"""Client certificates on the wire: shown to our own TLS, or handed on by a trusted proxy and by nobody else."""

import asyncio
import base64
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from certs.tokens import ApplicationCertificates, TrustedCallers
from gateway.cli.server import gateway_listener
from gateway.core.caller import Application
from gateway.core.errors import ConfigurationInvalid, Refusal
from gateway.core.issuers import CertifiedApplication
from gateway.settings import Settings
from gateway.system_clock import SystemClock
from gateway.web.evidence import TrustedProxies, read_evidence
from tests.certs.certificates import Made, make
from tests.servers.client import http_client

HEADER = "X-Client-Cert"
RUNNERS: list[Callable[[Coroutine[Any, Any, None]], None]] = [asyncio.run, uvloop.run]


class Cast(msgspec.Struct, frozen=True):
    """Everyone who has a certificate; ``known`` is the one that is registered."""

    authority: Made
    server: Made
    known: Made
    stranger: Made
    expired: Made
    forged: Made


@pytest.fixture(scope="module")
def cast() -> Cast:
    now = dt.datetime.now(dt.UTC)
    authority, other = make("authority", now=now), make("authority", now=now)
    return Cast(
        authority=authority,
        server=make("gateway", authority, now=now),
        known=make("portal", authority, now=now),
        stranger=make("stranger", authority, now=now),
        expired=make("portal", authority, now=now, begins=-2, ends=-1),
        forged=make("portal", other, now=now),
    )


def application(cast: Cast, proxies: TrustedProxies | None = None) -> Starlette:
    """Says as whom it proved the caller, or which problem it found."""
    portal = CertifiedApplication(
        application=Application("portal", "门户"), fingerprints=frozenset({cast.known.sha256, cast.expired.sha256})
    )
    verifier = TrustedCallers([], ApplicationCertificates([portal], SystemClock()), production=True)

    async def who(request: Request) -> JSONResponse:
        try:
            caller = await verifier.verify(read_evidence(request, proxies))
        except Refusal as refusal:
            return JSONResponse(refusal.problem.number)
        return JSONResponse(caller.application.code)

    return Starlette(routes=[Route("/", who)])


def tls_settings(cast: Cast, folder: Path) -> Settings:
    server = cast.server.write(folder, "server")
    (folder / "ca.pem").write_text(cast.authority.pem, "utf-8")
    return Settings(tls_certificate=server, tls_key=server, tls_client_ca=folder / "ca.pem")


@asynccontextmanager
async def served(app: Starlette, settings: Settings) -> AsyncIterator[str]:
    """The address of a server that is configured as `yiwang serve` does."""
    listener = gateway_listener(app, settings.model_copy(update={"port": 0, "connections": 100}))
    await listener.open()
    hurry = asyncio.Event()
    hurry.set()
    try:
        yield listener.address
    finally:
        await listener.close(0, hurry)


def trusting(cast: Cast, folder: Path, shown: Made | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=cast.authority.pem)
    if shown is not None:
        context.load_cert_chain(shown.write(folder, "client"))
    return context


async def ask(url: str, tls: ssl.SSLContext | bool = True, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http_client(verify=tls) as client:
        first = (await client.get(url, headers=named)).json()
        # the second request comes on the same connection
        assert (await client.get(url, headers=named)).json() == first
        return str(first)


# ---- our own TLS


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize(("shows", "answer"), [("known", "portal"), ("stranger", "YW-AU-05"), (None, "YW-AU-01")])
def test_the_certificate_of_the_connection_proves_the_application(
    cast: Cast, tmp_path: Path, run: Any, shows: str | None, answer: str
) -> None:
    async def scenario() -> None:
        async with served(application(cast), tls_settings(cast, tmp_path)) as url:
            shown = getattr(cast, shows) if shows else None
            assert await ask(url, trusting(cast, tmp_path, shown)) == answer

    run(scenario())


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("shows", ["expired", "forged"])
def test_a_certificate_that_is_not_vouched_for_ends_the_handshake(
    cast: Cast, tmp_path: Path, run: Any, shows: str
) -> None:
    async def scenario() -> None:
        async with served(application(cast), tls_settings(cast, tmp_path)) as url:
            with pytest.raises(httpx.TransportError):
                await ask(url, trusting(cast, tmp_path, getattr(cast, shows)))

    run(scenario())


async def test_without_authorities_no_certificate_is_asked_for(cast: Cast, tmp_path: Path) -> None:
    settings = tls_settings(cast, tmp_path).model_copy(update={"tls_client_ca": None})
    async with served(application(cast), settings) as url:
        assert await ask(url, trusting(cast, tmp_path, cast.known)) == "YW-AU-01"


async def test_an_old_protocol_version_is_refused(cast: Cast, tmp_path: Path) -> None:
    async with served(application(cast), tls_settings(cast, tmp_path)) as url:
        context = trusting(cast, tmp_path, cast.known)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.TransportError):
            await ask(url, context)


@pytest.mark.parametrize("wrong", ["tls_certificate", "tls_key", "tls_client_ca"])
def test_files_that_cannot_serve_are_said_at_start(cast: Cast, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "empty.pem").touch()
    for file in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        settings = tls_settings(cast, tmp_path).model_copy(update={wrong: file})
        with pytest.raises(ConfigurationInvalid, match="YIWANG_TLS_"):
            gateway_listener(application(cast), settings)


# ---- a trusted proxy's header


def escaped(made: Made) -> str:
    return quote(made.pem)


def structured(made: Made) -> str:
    return f":{base64.b64encode(made.der).decode()}:"


PROXY = TrustedProxies(HEADER.lower(), Settings(
    trusted_proxies="127.0.0.1", proxy_client_certificate_header=HEADER
).proxy_networks)  # fmt: skip
ELSEWHERE = TrustedProxies(HEADER.lower(), Settings(
    trusted_proxies="10.0.0.0/8", proxy_client_certificate_header=HEADER
).proxy_networks)  # fmt: skip


@pytest.mark.parametrize("write", [escaped, structured])
async def test_a_trusted_proxy_hands_on_the_certificate(cast: Cast, write: Callable[[Made], str]) -> None:
    async with served(application(cast, PROXY), Settings()) as url:
        assert await ask(url, X_Client_Cert=write(cast.known)) == "portal"
        assert await ask(url, X_Client_Cert=write(cast.stranger)) == "YW-AU-05"
        assert await ask(url, X_Client_Cert=write(cast.expired)) == "YW-AU-05"
        assert await ask(url, X_Client_Cert="") == "YW-AU-01"
        assert await ask(url) == "YW-AU-01"


@pytest.mark.parametrize("proxies", [None, ELSEWHERE])
async def test_the_header_of_anybody_else_is_ignored(cast: Cast, proxies: TrustedProxies | None) -> None:
    async with served(application(cast, proxies), Settings()) as url:
        assert await ask(url, X_Client_Cert=escaped(cast.known)) == "YW-AU-01"


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
async def test_nobody_becomes_a_proxy_by_saying_so(cast: Cast, header: str) -> None:
    claim: dict[str, Any] = {header: "for=10.0.0.1" if header == "Forwarded" else "10.0.0.1"}
    async with served(application(cast, ELSEWHERE), Settings()) as url:
        assert await ask(url, X_Client_Cert=escaped(cast.known), **claim) == "YW-AU-01"


async def test_a_proxys_own_certificate_is_not_its_callers(cast: Cast, tmp_path: Path) -> None:
    async with served(application(cast, PROXY), tls_settings(cast, tmp_path)) as url:
        tls = trusting(cast, tmp_path, cast.known)
        assert await ask(url, tls) == "YW-AU-01"
        assert await ask(url, tls, X_Client_Cert=escaped(cast.stranger)) == "YW-AU-05"


@pytest.mark.parametrize(
    "text",
    ["x", ":x:", ":é:", "%ff", "-----BEGIN CERTIFICATE-----", ":" + "A" * 40_000 + ":", "::", "-----BEGIN%20"],
)
async def test_a_header_that_is_no_certificate_proves_nothing(cast: Cast, text: str) -> None:
    async with served(application(cast, PROXY), Settings()) as url, http_client() as client:
        response = await client.get(url, headers=[(HEADER.encode(), text.encode("latin-1"))])
        assert response.json() == "YW-AU-05"


@pytest.mark.parametrize(
    ("name", "number"), [("Authorization", "YW-AU-02"), ("X-Yiwang-Person", "YW-AU-04"), (HEADER, "YW-AU-05")]
)
async def test_evidence_is_given_once(cast: Cast, name: str, number: str) -> None:
    async with served(application(cast, PROXY), Settings()) as url, http_client() as client:
        response = await client.get(url, headers=[(name, "Bearer a.b.c"), (name, "Bearer a.b.d")])
        assert response.json() == number


@pytest.mark.parametrize(
    ("host", "trusted"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("11.0.0.1", False), ("::1", False), ("unix", False), ("", False)],
)
def test_a_proxy_is_known_by_its_address(host: str, trusted: bool) -> None:
    assert ELSEWHERE.covers(host) is trusted
