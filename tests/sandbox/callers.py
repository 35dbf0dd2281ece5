"""Callers of the sandbox's systems, and the clock of its tests."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from lxml import etree

from adapters.sandbox.running import Sandbox
from tests.sandbox import soap_calls

_Family = TypeVar("_Family")


def system_of(sandbox: Sandbox, code: str, family: type[_Family]) -> _Family:
    """A system of the sandbox as what it is, for tests that reach past its interface."""
    system = sandbox.systems[code]
    assert isinstance(system, family)
    return system


def child(element: etree._Element, path: str) -> etree._Element:
    """The first element at a path, which has to be there."""
    found = element.find(path)
    assert found is not None
    return found


def text_at(element: etree._Element, path: str) -> str:
    """The text of the first element at a path, which has to be there."""
    text = element.findtext(path)
    assert text is not None
    return text


class SteppedClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 4, tzinfo=UTC) + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def step(self, seconds: float) -> None:
        self._passed += seconds


class CityCaller:
    """Speaks to the city's library as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self._http = http
        self._settings = sandbox.settings()["city-licences"]
        self.token = ""

    async def login(self, **changes: str) -> dict[str, Any]:
        names = {"app_key": "app-key", "app_secret": "app-secret", "account": "account", "password": "password"}
        body = {field: self._settings[key] for field, key in names.items()} | changes
        answer = await self._http.post(f"{self._settings['url']}/security/login", json=body)
        reply: dict[str, Any] = answer.json()
        self.token = reply.get("access_token", "")
        return reply

    async def post(self, path: str, **body: object) -> dict[str, Any]:
        reply = await self._http.post(f"{self._settings['url']}{path}", params={"access_token": self.token}, json=body)
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        reply = await self._http.get(f"{self._settings['url']}{path}", params={"access_token": self.token, **query})
        told: dict[str, Any] = reply.json()
        return told

    async def licences(self, number: str, **more: object) -> dict[str, Any]:
        return await self.post("/license/auth", identity_number=number, service_item_code="item", **more)


class ProvinceCaller:
    """Speaks to the provincial library as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.sandbox = sandbox
        self.settings = sandbox.settings()["province-licences"]
        self._http = http
        self._clock = clock
        self._nonces = 0

    def token(
        self, *, settings: dict[str, str] | None = None, created: datetime | None = None, text: bool = False
    ) -> str:
        self._nonces += 1
        return soap_calls.token(
            self.settings if settings is None else settings,
            self._clock.now() if created is None else created,
            b"nonce-%d" % self._nonces,
            text=text,
        )

    async def send(self, content: bytes, action: str = "") -> httpx.Response:
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{action}"'}
        return await self._http.post(self.settings["url"], content=content, headers=headers)

    async def ask(self, payload: str, security: str | None = None) -> etree._Element:
        reply = await self.send(soap_calls.envelope(self.token() if security is None else security, payload))
        return etree.fromstring(reply.content)[0][0]

    async def fault(self, content: bytes, status: int = 500) -> str:
        reply = await self.send(content)
        assert reply.status_code == status
        return text_at(etree.fromstring(reply.content)[0][0], "faultcode")
