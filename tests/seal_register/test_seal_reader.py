"""A seal comes into the register only if its maker made it, its signer may use it, and both are trusted."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certs.documents import Trust
from certs.seal_reader import TrustedSealReader
from certs.seals import Seal, SignerList, read_seal
from certs.x509 import Certificate, Evidence, KeyAlgorithm, TrustStore, read_certificate, read_crl
from certs.x509.authority import DevelopmentAuthority
from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.seals.reading import SealReading
from gateway.core.text import Language
from tests.seals import making
from tests.seals.making import NOW, StillClock

FIXTURES = Path(__file__).parent.parent / "seals" / "fixtures"
AUTHORITY = making.authority(KeyAlgorithm.SM2)
SIGNER = making.signer("signer").certificate
DAY = timedelta(days=1)


class At(StillClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def trusting(*anchors: Certificate, **other: Any) -> Trust:
    return Trust(TrustStore(anchors or (AUTHORITY.root.certificate,)), **other)


def chain(first: Certificate = SIGNER) -> list[bytes]:
    return [first.der, *(one.der for one in AUTHORITY.intermediate.chain)]


def read(
    structure: bytes, certificates: list[bytes] | None = None, trust: Trust | None = None, at: datetime = NOW
) -> SealReading:
    believed = trusting() if trust is None else trust
    reader = TrustedSealReader(lambda: believed, At(at), files=False)
    return asyncio.run(reader.read(structure, chain() if certificates is None else certificates))


def refused(structure: bytes, reason: str, field: str, **other: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(structure, **other)
    assert caught.value.problem is problems.SEAL_UNFIT
    assert caught.value.field == f"input.{field}"
    assert reason in caught.value.message(Language.EN)
    assert caught.value.message(Language.ZH)


def usual(**other: Any) -> Seal:
    return making.seal(**other) if other else making.usual_seal()


def test_a_seal_is_read_with_the_time_in_which_it_and_its_certificate_are_in_force() -> None:
    seal = usual()
    found = read(seal.envelope.raw)
    assert (found.number, found.name, found.structure) == ("SEAL0001", "测试专用章", seal.envelope.raw)
    assert found.certificates == tuple(chain())
    assert found.valid_from == max(seal.valid_from, SIGNER.not_before)
    assert found.valid_until == SIGNER.not_after < seal.valid_until
    assert found.usable_here


def test_certificates_come_as_pem_too_and_are_kept_as_der() -> None:
    pem = [SIGNER.to_pem().encode(), AUTHORITY.intermediate.certificate.to_pem().encode()]
    assert read(usual().envelope.raw, pem).certificates == tuple(chain())


def test_intermediates_may_come_from_the_gateways_own_folder() -> None:
    trust = trusting(between=AUTHORITY.intermediate.chain)
    assert read(usual().envelope.raw, [SIGNER.der], trust).certificates == (SIGNER.der,)


def test_a_seal_of_the_first_version_is_for_platforms_only() -> None:
    raw = (FIXTURES / "UserV1.esl").read_bytes()
    seal = read_seal(raw)
    maker, signer = read_certificate(seal.envelope.maker), read_certificate(seal.signers.certificates[0])
    at = max(maker.not_before, signer.not_before, seal.created_at) + DAY
    assert not read(raw, [signer.der], trusting(maker, signer), at).usable_here


def test_what_is_no_seal_or_was_changed_is_refused() -> None:
    refused(b"", "not DER", "structure")
    raw = usual().envelope.raw
    name = raw.index("测试".encode())
    refused(raw[:name] + b"\xe8" + raw[name + 1 :], "changed or forged", "structure")


@pytest.mark.parametrize("other", [{"name": "a\nb"}, {"name": "章" * 201}, {"identity": " " * 201}])
def test_names_that_nobody_can_read_are_refused(other: dict[str, str]) -> None:
    refused(usual(**other).envelope.raw, "1 to 200 visible characters", "structure")


def test_a_signer_who_is_not_in_the_seals_list_is_refused() -> None:
    stranger = making.signer("stranger").certificate
    refused(usual().envelope.raw, "not in the seal's list", "certificates", certificates=chain(stranger))


def test_certificates_are_needed_can_be_read_and_are_not_too_many() -> None:
    raw = usual().envelope.raw
    refused(raw, "is missing", "certificates", certificates=[])
    refused(raw, "more than 8", "certificates", certificates=[SIGNER.der] * 9)
    refused(raw, "certificate 2 cannot", "certificates", certificates=[SIGNER.der, b"\x30\x00"])


def test_a_signer_whom_nobody_vouches_for_is_refused() -> None:
    raw = usual().envelope.raw
    refused(raw, "the signer's certificate: ", "certificates", trust=Trust(TrustStore()))
    refused(raw, "not in force any more", "certificates", at=SIGNER.not_after + DAY)


def test_a_maker_whom_nobody_vouches_for_is_refused() -> None:
    other = DevelopmentAuthority.create(StillClock())
    signer = other.issue("signer").certificate
    seal = usual(signers=SignerList(certificates=(signer.der,)))
    certificates = [signer.der, *(one.der for one in other.intermediate.chain)]
    trust = trusting(other.root.certificate)
    refused(seal.envelope.raw, "the maker's certificate: ", "structure", certificates=certificates, trust=trust)


def test_a_signer_who_was_revoked_is_refused() -> None:
    authority = DevelopmentAuthority.create(StillClock())
    signer = authority.issue("signer").certificate
    authority.revoke(signer, NOW - DAY / 2)
    seal = usual(signers=SignerList(certificates=(signer.der,)))
    certificates = [signer.der, *(one.der for one in authority.intermediate.chain)]
    trust = trusting(
        authority.root.certificate, AUTHORITY.root.certificate,
        between=AUTHORITY.intermediate.chain, evidence=Evidence((read_crl(authority.crl()),)),
    )  # fmt: skip
    refused(seal.envelope.raw, "revoked", "certificates", certificates=certificates, trust=trust)


def test_a_reason_that_looks_like_a_placeholder_is_shown_as_it_is() -> None:
    name = "{0}{limit}"
    stranger = AUTHORITY.issue(name).certificate
    seal = usual(signers=SignerList(certificates=(stranger.der,)))
    refused(seal.envelope.raw, name, "certificates", certificates=chain(stranger), at=stranger.not_after + DAY)


@pytest.mark.parametrize(
    ("reference", "in_development", "in_production"),
    [
        ("file:/run/keys/seal.pem", True, False),
        ("pkcs11:token=hsm;object=seal?module-path=/usr/lib/p11.so", True, True),
        ("sdf:key=1?module-path=/usr/lib/libsdf.so", True, True),
        ("remote:platform/key", False, False),
        ("pkcs11:token=hsm?pin-value=123456", False, False),
        ("hsm", False, False),
        ("", False, False),
    ],
)
def test_keys_are_where_this_gateway_may_open_them(reference: str, in_development: bool, in_production: bool) -> None:
    for files, expected in ((True, in_development), (False, in_production)):
        assert TrustedSealReader(trusting, StillClock(), files=files).is_key(reference) is expected
