"""The sandbox's timestamping authority: tokens by both kinds of key, and refusals in the protocol's own words."""

from pathlib import Path

import httpx
import pytest

from adapters.sandbox.faults import Fault, FaultKind
from adapters.sandbox.running import Sandbox
from certs.documents import Trust
from certs.examination import Verdict
from certs.timestamps import Imprint, TimestampRefused, TimestampRequest, examine_token, read_response
from certs.x509 import Hash, TrustStore, examine_revocation, read_certificates
from gateway.core.errors import ConfigurationInvalid
from tests.sandbox.callers import SteppedClock

SYSTEM = "timestamps"
DATA = "一网通办".encode()


async def asked(sandbox: Sandbox, http: httpx.AsyncClient, kind: str, document: bytes) -> bytes:
    url = sandbox.settings()[SYSTEM]["url"]
    reply = await http.post(f"{url}/{kind}", content=document, headers={"Content-Type": "application/timestamp-query"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/timestamp-reply")
    return reply.content


@pytest.mark.parametrize(("kind", "used"), [("sm2", Hash.SM3), ("ec", Hash.SHA256)])
async def test_tokens_hold_under_the_published_roots(
    sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock, kind: str, used: Hash
) -> None:
    request = TimestampRequest(imprint=Imprint.of(DATA, used), nonce=7)
    token = read_response(await asked(sandbox, http, kind, request.to_der()))
    roots = (await http.get(f"{sandbox.settings()[SYSTEM]['url']}/roots")).content
    found = examine_token(token.der, DATA, TrustStore(read_certificates(roots)), clock.now())
    assert (found.step.verdict, found.time) == (Verdict.VALID, clock.now())


@pytest.mark.parametrize(("kind", "used"), [("sm2", Hash.SM3), ("ec", Hash.SHA256)])
async def test_nothing_of_a_token_was_revoked_by_the_published_lists(
    sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock, kind: str, used: Hash, tmp_path: Path
) -> None:
    token = read_response(await asked(sandbox, http, kind, TimestampRequest(imprint=Imprint.of(DATA, used)).to_der()))
    url = sandbox.settings()[SYSTEM]["url"]
    (tmp_path / "roots.pem").write_bytes((await http.get(f"{url}/roots")).content)
    (tmp_path / "stamps.crl").write_bytes((await http.get(f"{url}/crl")).content)
    trust = Trust.read(tmp_path)
    found = examine_token(token.der, DATA, trust.anchors, clock.now(), evidence=trust.evidence)
    assert found.chain is not None
    revocation = examine_revocation(found.chain.path, clock.now(), trust.evidence, clock.now())
    assert (revocation.verdict, len(trust.evidence.lists)) == (Verdict.VALID, 4)
    (tmp_path / "broken.crl").write_bytes(b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n")
    with pytest.raises(ConfigurationInvalid, match="cannot be used"):
        Trust.read(tmp_path)


async def test_what_is_no_request_is_refused_and_counted(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    with pytest.raises(TimestampRefused, match="BAD_DATA_FORMAT"):
        read_response(await asked(sandbox, http, "sm2", b"nothing"))
    url = sandbox.settings()[SYSTEM]["url"]
    assert (await http.post(f"{url}/elsewhere", content=b"")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "words"), [(FaultKind.ERROR, "SYSTEM_FAILURE"), (FaultKind.EXPIRED, "TIME_NOT_AVAILABLE")]
)
async def test_its_faults_are_an_authoritys(
    sandbox: Sandbox, http: httpx.AsyncClient, kind: FaultKind, words: str
) -> None:
    sandbox.faults.set(SYSTEM, Fault(kind=kind))
    with pytest.raises(TimestampRefused, match=words):
        read_response(await asked(sandbox, http, "sm2", b"nothing"))
