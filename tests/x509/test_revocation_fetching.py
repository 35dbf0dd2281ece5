"""What certificates point to is fetched from allowed hosts only, once for as long as it is good."""

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest

from certs.x509 import (
    Certificate,
    DevelopmentAuthority,
    Evidence,
    RevocationFetcher,
    making,
    ocsp,
)
from certs.x509 import extensions as ext
from certs.x509.fetching import LONGEST_MEMORY, PAUSE
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from tests.services.fakes import ManualClock
from tests.x509.authorities import key

CRL = "http://crl.example.invalid/ca.crl"
OCSP = "http://ocsp.example.invalid/ask"
HOSTS = ("CRL.example.invalid", "ocsp.example.invalid")
SOON = Deadline(1_000_000.0)


class Network:
    """Publishes documents by address, and counts how often each was asked for."""

    def __init__(self) -> None:
        self.published: dict[str, Callable[[str], bytes]] = {}
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()

    async def fetch(self, url: str, limit: int, deadline: Deadline) -> bytes:
        self.asked.append(url)
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        for start, made in self.published.items():
            if url.startswith(start):
                return made(url)
        raise SystemFailure(Outcome.UNAVAILABLE, Fault.THEIRS, "nothing is there")


class World:
    """An authority that publishes, and a gateway that looks it up."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.authority = DevelopmentAuthority.create(self.clock)
        self.network = Network()
        self.told: list[tuple[str, str]] = []
        self.fetcher = RevocationFetcher(
            self.network, HOSTS, self.clock, lambda host, why: self.told.append((host, why))
        )

    def publish_list(self, **how: object) -> None:
        data = self.authority.crl(**how)  # type: ignore[arg-type] # times
        self.network.published[CRL] = lambda _: data

    def publish_answers(self) -> None:
        def respond(url: str) -> bytes:
            return self.authority.respond(base64.b64decode(unquote(url.rpartition("/")[2])))

        self.network.published[OCSP] = respond

    def certificate(self, *, crl: str | None = CRL, responder: str | None = OCSP) -> Certificate:
        extra = {
            ext.CRL_POINTS: making.crl_points(crl) if crl else None,
            ext.AUTHORITY_ACCESS: making.ocsp_access(responder) if responder else None,
        }
        return self.authority.issue("x", key=key(), extra=extra).certificate

    async def gather(self, certificate: Certificate) -> Evidence:
        return await self.fetcher.gather((certificate, self.authority.intermediate.certificate), SOON)


@pytest.fixture
def world() -> World:
    return World()


async def test_an_answer_is_asked_for_first(world: World) -> None:
    world.publish_list()
    world.publish_answers()
    evidence = await world.gather(world.certificate())
    assert (len(evidence.responses), evidence.lists) == (1, ())
    assert [url.startswith(OCSP + "/") for url in world.network.asked] == [True]


async def test_without_an_answer_the_list_is_fetched(world: World) -> None:
    world.publish_list()
    for certificate in (world.certificate(responder=None), world.certificate()):
        evidence = await world.gather(certificate)
        assert (len(evidence.lists), evidence.responses) == (1, ())
    assert world.told == [("ocsp.example.invalid", "nothing is there")]


async def test_an_answer_about_another_certificate_is_no_answer(world: World) -> None:
    world.publish_list()
    other = ocsp.ocsp_request(world.certificate(), world.authority.root.certificate)
    world.network.published[OCSP] = lambda _: world.authority.respond(other)
    evidence = await world.gather(world.certificate())
    assert (len(evidence.lists), evidence.responses) == (1, ())


async def test_where_there_is_nothing_there_is_no_evidence(world: World) -> None:
    assert await world.gather(world.certificate(crl=None, responder=None)) == Evidence()
    assert await world.gather(world.certificate()) == Evidence()
    world.network.published[CRL] = lambda _: b"<html>not a list</html>"
    world.clock.step(PAUSE)
    assert await world.gather(world.certificate(responder=None)) == Evidence()
    assert world.told[-1][0] == "crl.example.invalid"


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "http://crl.example.invalid.evil.example/ca.crl",
        "http://user@crl.example.invalid/ca.crl",
        "http://crl.example.invalid:8080/ca.crl",
        "http://crl.example.invalid:99999/ca.crl",
        "http://crl.example.invalid/ca.crl?x=1",
        "ldap://crl.example.invalid/ca",
        "file:///etc/passwd",
        "http://[crl.example.invalid/",
        "http://crl.example.invalid/" + "a" * 2_048,
    ],
)
async def test_what_is_not_allowed_is_never_asked(world: World, address: str) -> None:
    assert await world.gather(world.certificate(crl=address, responder=address)) == Evidence()
    assert world.network.asked == []


async def test_a_list_is_remembered_while_it_is_good(world: World) -> None:
    world.publish_list(next_update=world.clock.now() + timedelta(hours=1))
    certificate = world.certificate(responder=None)
    for _ in range(3):
        assert (await world.gather(certificate)).lists
    assert len(world.network.asked) == 1
    world.clock.step(3_600)
    assert (await world.gather(certificate)).lists
    assert len(world.network.asked) == 2


async def test_nothing_is_remembered_for_longer_than_a_day(world: World) -> None:
    world.publish_list(next_update=world.clock.now() + timedelta(days=30))
    certificate = world.certificate(responder=None)
    await world.gather(certificate)
    world.clock.step(LONGEST_MEMORY.total_seconds() - 1)
    await world.gather(certificate)
    assert len(world.network.asked) == 1
    world.clock.step(1)
    await world.gather(certificate)
    assert len(world.network.asked) == 2


async def test_a_failure_is_remembered_for_a_moment(world: World) -> None:
    certificate = world.certificate(responder=None)
    for _ in range(3):
        await world.gather(certificate)
    assert len(world.network.asked) == len(world.told) == 1
    world.clock.step(PAUSE)
    world.publish_list()
    assert (await world.gather(certificate)).lists
    assert len(world.network.asked) == 2


async def test_many_documents_at_once_ask_once(world: World) -> None:
    world.publish_list()
    world.network.gate = asyncio.Event()
    certificate = world.certificate(responder=None)
    asking = [asyncio.create_task(world.gather(certificate)) for _ in range(5)]
    await world.network.reached.wait()
    asking[0].cancel()
    world.network.gate.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert all(isinstance(one, Evidence) and one.lists for one in found[1:])
    assert len(world.network.asked) == 1


async def test_closing_ends_what_is_being_read(world: World) -> None:
    world.network.gate = asyncio.Event()
    asking = asyncio.create_task(world.gather(world.certificate()))
    await world.network.reached.wait()
    await world.fetcher.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_failures_need_not_be_told_to_anybody(world: World) -> None:
    silent = RevocationFetcher(world.network, HOSTS, world.clock)
    pair = (world.certificate(), world.authority.intermediate.certificate)
    assert await silent.gather(pair, SOON) == Evidence()
