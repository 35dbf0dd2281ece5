"""Implementations that we did not write read our requests, answers and tokens, and we read theirs."""

import asyncio
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp

from certs.examination import Verdict
from certs.timestamps import (
    Imprint,
    TimestampRefused,
    TimestampRequest,
    examine_token,
    read_response,
    read_token,
    respond,
)
from certs.x509 import Hash, Issued, KeyAlgorithm, Profile
from certs.x509.asn1 import Reader
from certs.x509.private_key import key_to_pem
from tests.java.checker import WITH_JAVA, check, check_all
from tests.timestamps.authorities import DATA, KINDS, NOW, development, issued, request, stamper, token, trust

WITH_OPENSSL = pytest.mark.group("openssl", needs="openssl 3")
OPENSSL_KINDS = (KeyAlgorithm.RSA, KeyAlgorithm.EC)
CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 2.999.3161.2
other_policies = 2.999.3161.3
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = {chain}
ess_cert_id_alg = {digest}
"""


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["openssl", "ts", *words], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    return (done.stdout + done.stderr).decode()


def prepared(folder: Path, by: Issued, digest: str = "sha256", chain: str = "no") -> Path:
    """A folder from which openssl can answer as this authority."""
    (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder, digest=digest, chain=chain), "ascii")
    (folder / "serial").write_text("0A\n", "ascii")
    (folder / "tsa.pem").write_text(by.certificate.to_pem(), "ascii")
    (folder / "tsa.key").write_text(key_to_pem(by.key), "ascii")
    (folder / "chain.pem").write_text("".join(one.to_pem() for one in by.chain), "ascii")
    (folder / "data").write_bytes(DATA)
    return folder


@WITH_OPENSSL
@pytest.mark.parametrize("kind", OPENSSL_KINDS)
def test_openssl_verifies_our_answer_to_its_request(kind: KeyAlgorithm, tmp_path: Path) -> None:
    folder = prepared(tmp_path, issued(kind))
    (folder / "root.pem").write_text(development(kind).root.certificate.to_pem(), "ascii")
    openssl(folder, "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
    query = (folder / "query").read_bytes()
    assert TimestampRequest.read(query).imprint == Imprint.of(DATA, Hash.SHA256)
    (folder / "reply").write_bytes(asyncio.run(respond(query, stamper(kind))))
    verify = ("-CAfile", "root.pem", "-attime", str(int(NOW.timestamp())))
    assert "Verification: OK" in openssl(folder, "-verify", "-queryfile", "query", "-in", "reply", *verify)
    assert "Verification: OK" in openssl(folder, "-verify", "-data", "data", "-in", "reply", *verify)
    (folder / "data").write_bytes(DATA + b"!")
    assert "Verification: FAILED" in openssl(folder, "-verify", "-data", "data", "-in", "reply", *verify)


@WITH_OPENSSL
@pytest.mark.parametrize("kind", OPENSSL_KINDS)
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_we_accept_openssls_answer_to_our_request(kind: KeyAlgorithm, digest: str, tmp_path: Path) -> None:
    """``digest`` is by which openssl names its certificate: by SHA-1 in the older attribute."""
    by = development(kind).issue("openssl", Profile.TIMESTAMP, not_before=NOW, not_after=NOW + timedelta(days=3_000))
    folder = prepared(tmp_path, by, digest, "yes" if digest == "sha512" else "no")
    asked = request(hash=Hash.SHA384, policy="2.999.3161.3")
    (folder / "query").write_bytes(asked.to_der())
    openssl(
        folder, "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
        "-chain", "chain.pem", "-out", "reply",
    )  # fmt: skip
    found = read_response((folder / "reply").read_bytes())
    assert (found.imprint, found.nonce, found.policy) == (asked.imprint, asked.nonce, asked.policy)
    assert found.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=100)
    examined = examine_token(found.der, DATA, trust(kind), found.time)
    assert examined.step.verdict is Verdict.VALID, examined.step.message.en


@WITH_OPENSSL
def test_openssls_refusal_is_one(tmp_path: Path) -> None:
    folder = prepared(tmp_path, issued(KeyAlgorithm.RSA))
    (folder / "query").write_bytes(request(hash=Hash.SHA256, policy="2.999.9").to_der())
    openssl(
        folder, "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
        "-out", "reply",
    )  # fmt: skip
    with pytest.raises(TimestampRefused, match="UNACCEPTED_POLICY"):
        read_response((folder / "reply").read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_asn1crypto_reads_our_token_as_we_do(kind: KeyAlgorithm) -> None:
    ours = read_token(token(by=stamper(kind)))
    signed = cms.ContentInfo.load(ours.der, strict=True)["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert isinstance(info, tsp.TSTInfo)
    assert info["gen_time"].native == ours.time
    assert (info["serial_number"].native, info["nonce"].native) == (ours.serial, ours.nonce)
    assert info["message_imprint"]["hashed_message"].native == ours.imprint.digest
    assert [one.chosen.dump() for one in signed["certificates"]] == [one.der for one in ours.signed.certificates]


def test_asn1crypto_reads_our_request_and_our_refusal() -> None:
    read = tsp.TimeStampReq.load(request(hash=Hash.SHA256, policy="2.999.1").to_der(), strict=True)
    assert (read["req_policy"].native, read["nonce"].native, read["cert_req"].native) == ("2.999.1", 7, True)
    # asn1crypto has no form for an answer without a token, only for the status in it
    status = Reader(asyncio.run(respond(b"", stamper()))).inside().raw()
    refused = tsp.PKIStatusInfo.load(status, strict=True)
    assert refused["status"].native == "rejection"
    assert refused["fail_info"].native == {"bad_data_format"}


@WITH_JAVA
def test_bouncycastle_accepts_our_answers_and_tokens_of_every_kind(tmp_path: Path) -> None:
    checks: list[tuple[object, ...]] = []
    for kind in KINDS:
        asked = request(hash=Hash.SM3)
        query, reply, stamp = (tmp_path / f"{kind}.{end}" for end in ("query", "reply", "token"))
        query.write_bytes(asked.to_der())
        reply.write_bytes(asyncio.run(respond(asked.to_der(), stamper(kind))))
        stamp.write_bytes(read_response(reply.read_bytes()).der)
        checks += [("response", query, reply), ("token", stamp, asked.imprint.digest.hex()), ("cms", stamp)]
    said = check_all(checks)
    assert [one.partition(" ")[0] for one in said] == ["ok"] * len(checks)
    assert all("time=2026-03-04T05:06:07.890Z" in one for one in said[0::3])


@WITH_JAVA
def test_bouncycastle_refuses_our_token_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(token())
    assert "about something else" in check("token", tmp_path / "token", Hash.SM3.digest(b"other").hex())
