"""What the sandbox's control port shows of platforms, and how it has them answer."""

import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.sandbox.faults import Fault, FaultInvalid, FaultKind
from certs.seals import read_seal
from certs.x509 import read_certificates
from gateway.core.seals.platform import SealStatus
from tests.platforms.site import BUREAU, DISTRICT, HUB, Site, content_of
from tests.servers.client import http_client


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.mark.parametrize("code", [HUB, BUREAU, DISTRICT])
async def test_seals_are_shown_with_all_that_registering_them_takes(
    site: Site, http: httpx.AsyncClient, code: str
) -> None:
    shown = (await http.get(f"{site.sandbox.control}/seals/{code}")).json()

    trust = site.folder / "state" / code / "seals" / "trust"
    assert shown["trust"]["roots"] == [(trust / "root.pem").read_text()]
    assert len(shown["trust"]["crls"]) == 2
    for one in shown["seals"]:
        seal = read_seal(base64.b64decode(one["esl"]))
        assert seal.name == one["name"]
        chains = [read_certificates(text.encode()) for text in one["certificates"].values()]
        assert {chain[0].der for chain in chains} == set(seal.signers.certificates)


async def test_the_ledger_tells_how_often_each_key_and_each_document_was_sealed(
    site: Site, http: httpx.AsyncClient
) -> None:
    platform = await site.platform(DISTRICT)
    order = site.order(DISTRICT)
    for _ in range(2):
        content_of(await site.seal(platform, order))

    ledger = (await http.get(f"{site.sandbox.control}/ledger/{DISTRICT}")).json()

    assert (ledger["accepted"], ledger["byKey"]) == (2, {"K1": 2})
    assert list(ledger["byDocument"].values()) == [2]
    assert [line["number"] for line in ledger["sealings"]] == ["D00000001", "D00000002"]


async def test_a_platform_answers_as_it_is_told_to(site: Site, http: httpx.AsyncClient) -> None:
    address = f"{site.sandbox.control}/answers/{HUB}"
    platform = await site.platform(HUB)

    told = await http.put(address, json={"answer": "polling", "ms": 0})
    first = await site.seal(platform, site.order(HUB, "K1"))
    cleared = await http.delete(address)
    second = await site.seal(platform, site.order(HUB, "K2"))
    wrong = await http.put(address, json={"answer": "by post"})

    assert (told.status_code, cleared.status_code, wrong.status_code) == (200, 204, 400)
    assert (first.status, second.status) == (SealStatus.PENDING, SealStatus.DONE)
    assert "at-once|polling|callback" in wrong.json()["error"]


async def test_what_is_no_platform_has_no_ledger(site: Site, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{site.sandbox.control}/ledger/city-licences")

    assert reply.status_code == 404
    assert HUB in reply.json()["error"]


def test_faults_of_sealing_are_for_platforms(site: Site) -> None:
    with pytest.raises(FaultInvalid, match="seals nothing"):
        site.sandbox.faults.set("city-licences", Fault(kind=FaultKind.FORGET))


async def test_a_share_of_the_requests_to_seal_is_met_whatever_else_is_asked(site: Site) -> None:
    platform = await site.platform(DISTRICT)
    site.fault(DISTRICT, FaultKind.NOTHING, share=0.5)

    found = []
    for at in range(4):
        order = site.order(DISTRICT, f"K{at}")
        found.append((await site.seal(platform, order)).status)
        await site.query(platform, order)

    assert found == [SealStatus.DONE, SealStatus.UNANSWERED] * 2
