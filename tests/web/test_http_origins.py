"""Pages of other origins: let in by name only, and never through what a browser sends by itself."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from certs.tokens import ApplicationCertificates, TrustedCallers
from gateway.core.caller import Application
from gateway.core.errors import ConfigurationInvalid
from gateway.core.issuers import CertifiedApplication
from gateway.settings import load_settings
from gateway.system_clock import SystemClock
from gateway.web.evidence import TrustedProxies
from gateway.web.origins import Origins
from tests.certs.certificates import make
from tests.web.gateways import Gateway

PAGE = "https://portal.example"
VIEWER = msgspec.json.encode({"query": "{ viewer { application { code } } }"})
QUERY = "/graphql?query=%7Bviewer%7Bapplication%7Bcode%7D%7D%7D"
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture
def open_gateway() -> Gateway:
    return Gateway(origins=Origins(frozenset({PAGE})))


def allowed(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_by_default_no_other_page_may_read_or_ask(gateway: Gateway) -> None:
    preflight = await gateway.client.options("/graphql", headers={"origin": PAGE, **ASKED})
    assert (preflight.status_code, preflight.headers["allow"]) == (204, "GET, POST, OPTIONS")
    answer = await gateway.post(VIEWER, headers={"origin": PAGE})
    assert answer.status_code == 200
    assert allowed(preflight) == allowed(answer) == {}


async def test_a_page_of_an_allowed_origin_is_told_what_it_may_send(open_gateway: Gateway) -> None:
    response = await open_gateway.client.options("/graphql", headers={"origin": PAGE, **ASKED})
    assert response.status_code == 204
    told = allowed(response)
    assert told["access-control-allow-origin"] == PAGE
    assert told["access-control-allow-methods"] == "GET, POST"
    assert {"authorization", "content-type", "x-request-timeout", "x-yiwang-person"} <= set(
        told["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in told


async def test_a_page_of_an_allowed_origin_reads_answers_and_refusals(open_gateway: Gateway) -> None:
    for headers, status in (({}, 200), ({"authorization": None}, 401)):
        response = await open_gateway.post(VIEWER, headers={"origin": PAGE, **headers})
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "x-request-id" in response.headers["access-control-expose-headers"]
        assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize(
    "origin", [None, "null", "https://portal.example.evil.invalid", "http://portal.example", "HTTPS://PORTAL.EXAMPLE"]
)
async def test_any_other_page_is_told_nothing(open_gateway: Gateway, origin: str | None) -> None:
    answer = await open_gateway.post(VIEWER, headers={"origin": origin})
    preflight = await open_gateway.client.options("/graphql", headers={"origin": origin} if origin else {})
    assert allowed(answer) == allowed(preflight) == {}
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "text",
    [
        "*", "null", "portal.example", "https://portal.example/", "https://*.example", "https://Portal.example",
        "https://portal.example:443", "http://portal.example:80", "https://a b", "https://a,ftp://b",
    ],
)  # fmt: skip
def test_what_no_browser_would_write_as_an_origin_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("YIWANG_ORIGINS", text)
    with pytest.raises(ConfigurationInvalid, match="YIWANG_ORIGINS"):
        load_settings()


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_ORIGINS", "https://a.example, http://127.0.0.1:5173,https://[::1]:8443")
    expected = {"https://a.example", "http://127.0.0.1:5173", "https://[::1]:8443"}
    assert load_settings().allowed_origins == expected


# ---- requests that a page could make a browser send


@pytest.fixture
def certified() -> tuple[Gateway, dict[str, str]]:
    """A gateway that knows an application by certificate, which browsers show by themselves, and the proxy's header."""
    now = SystemClock().now()
    made = make("portal", make("authority", now=now), now=now)
    known = CertifiedApplication(application=Application("portal", "门户"), fingerprints=frozenset({made.sha256}))
    verifier = TrustedCallers([], ApplicationCertificates([known], SystemClock()), production=True)
    proxies = TrustedProxies("x-client-cert", (ip_network("127.0.0.0/8"),))
    certificate = quote(made.pem.split("-----BEGIN PRIVATE")[0])
    return Gateway(verifier=verifier, proxies=proxies), {"x-client-cert": certificate}


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/graphql-response+json"])
async def test_a_get_that_any_page_could_send_is_refused(
    certified: tuple[Gateway, dict[str, str]], accept: str
) -> None:
    gateway, shown = certified
    response = await gateway.client.get(QUERY, headers={**shown, "accept": accept})
    assert response.status_code == 403
    error = response.json()["errors"][0]["extensions"]
    assert (error["number"], error["code"]) == ("YW-GQ-11", "FORBIDDEN")


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_post_that_any_page_could_send_is_refused(
    certified: tuple[Gateway, dict[str, str]], media_type: str | None
) -> None:
    gateway, shown = certified
    headers = {**shown, "authorization": None, "content-type": media_type, "x-yiwang-request": "1"}
    assert (await gateway.post(VIEWER, headers=headers)).status_code == 415


@pytest.mark.parametrize("header", [{"x-yiwang-request": "1"}, {"content-type": "application/json"}])
async def test_a_get_that_no_page_can_send_unasked_is_answered(
    certified: tuple[Gateway, dict[str, str]], header: dict[str, str]
) -> None:
    gateway, shown = certified
    response = await gateway.client.get(QUERY, headers=shown | header)
    assert response.status_code == 200
    assert response.json() == {"data": {"viewer": {"application": {"code": "portal"}}}}
