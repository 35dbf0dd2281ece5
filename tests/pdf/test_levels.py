"""Levels T, LT and LTA: what a timestamp proves, and what a document holds for its own verification."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from certs.examination import Check, Verdict
from certs.pdf import Level, Look, PdfError, ProofMissing, Proofs, SignerUnusable, Unseen, examine_pdf, sign_pdf
from certs.signers import HeldSigner
from certs.timestamps import Imprint, TimestampRequest, Token, TokenUnsupported, make_token, read_token
from certs.x509 import Certificate, Evidence, Hash, KeyAlgorithm, TrustStore, read_crl
from certs.x509.crl import Reason, Revoked
from certs.x509.revoking import make_crl
from gateway.core.clock import Deadline
from gateway.core.text import Text
from tests.pdf.by_hand import Change, by_hand, in_form, signed
from tests.pdf.documents import pdf
from tests.pdf.stage import KINDS, Stamps, evidence, examined, proofs, seal_office, sealed, signer, trusted, verdicts
from tests.timestamps.authorities import NOW, SteppedClock, development, stamper


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [Level.T, Level.LT, Level.LTA])
def test_every_level_is_valid_in_every_step(level: Level, kind: KeyAlgorithm) -> None:
    found = examined(sealed(pdf(stream=True), kind=kind, level=level), kind)
    assert verdicts(found) == {}
    assert found.step(Check.TIMESTAMP) is not None
    assert [one.kind for one in found.signatures] == ["signature", "timestamp"][: 1 + (level is Level.LTA)]


@pytest.mark.parametrize("level", [Level.LT, Level.LTA])
def test_what_the_document_holds_is_enough_to_verify_it_later_without_asking_anybody(level: Level) -> None:
    document = sealed(pdf(), level=level)
    assert examine_pdf(document, trusted(), NOW).verdict is Verdict.VALID
    years_later = NOW + timedelta(days=3 * 365)
    assert examine_pdf(document, trusted(), years_later).verdict is Verdict.VALID
    store = DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(document)))
    assert (len(store.certs), len(store.crls)) == (4, 2)


def test_several_signatures_share_one_store() -> None:
    first = sealed(pdf(), level=Level.LT)
    second = sealed(first, level=Level.LT)
    assert examine_pdf(second, trusted(), NOW).verdict is Verdict.VALID
    assert len(DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(second))).certs) == 4


def test_what_cannot_be_read_in_the_store_is_left_out() -> None:
    broken = dict.fromkeys((100, 101, 102), "<</Length 3>>\nstream\nxyz\nendstream")
    document = pdf(root="/DSS<</Certs[100 0 R]/CRLs[101 0 R]/OCSPs[102 0 R]>>", objects=broken)
    assert verdicts(examined(sealed(document, level=Level.LT))) == {}


def test_a_document_timestamp_proves_the_time_of_what_it_covers() -> None:
    """The signature states no time that counts, and its certificate ended since."""
    document = sealed(pdf(), level=Level.LTA)
    (signature, _) = examine_pdf(document, trusted(), NOW + timedelta(days=999)).signatures
    assert signature.verdict is Verdict.VALID
    assert signature.signed_at == NOW


def stamped(imprint: Imprint) -> bytes:
    return asyncio.run(Stamps().get_token(imprint, Deadline(0))).der


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (lambda covered: stamped(Imprint.of(covered, Hash.SHA256)), None),
        (lambda covered: stamped(Imprint.of(covered, Hash.SM3)), None),
        (lambda covered: stamped(Imprint.of(covered + b"!", Hash.SHA256)), Verdict.INVALID),
    ],
    ids=["SHA-256", "SM3", "about something else"],
)
def test_a_document_timestamp_by_itself(value: Change, verdict: Verdict | None) -> None:
    document = by_hand(value, in_form("ETSI.RFC3161"))
    assert verdicts(examined(document)).get("timestamp") is verdict


def test_a_document_timestamp_that_is_none() -> None:
    document = by_hand(signed, in_form("ETSI.RFC3161"))
    assert verdicts(examined(document)) == {"timestamp": Verdict.INVALID}


def test_a_document_timestamp_of_a_kind_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: bytes) -> Token:
        raise TokenUnsupported(Text("未知", "not known"))

    document = sealed(pdf(), level=Level.LTA)
    monkeypatch.setattr("certs.pdf.judging.read_token", unknown)
    assert verdicts(examined(document)) == {"timestamp": Verdict.UNSUPPORTED}


class Later(SteppedClock):
    """A clock that is ahead by an hour."""

    def __init__(self) -> None:
        super().__init__()
        self.step(3_600)


def made(tmp_path: Path, clock: SteppedClock, level: Level = Level.B, by: HeldSigner | None = None) -> bytes:
    target = tmp_path / "made.pdf"
    asyncio.run(sign_pdf(pdf(), target, by or signer(), Unseen(), clock, level, Look(), proofs()))
    return target.read_bytes()


def test_a_time_in_the_future_and_one_that_its_timestamp_contradicts(tmp_path: Path) -> None:
    assert verdicts(examined(made(tmp_path, Later()))) == {"times": Verdict.INVALID}
    late = examine_pdf(made(tmp_path, Later(), Level.T), trusted(), NOW + timedelta(days=1), evidence=evidence())
    assert verdicts(late) == {"times": Verdict.INVALID}
    told = late.step(Check.TIMES)
    assert told is not None
    assert "timestamp" in told.message.en


def test_a_certificate_that_is_not_in_force_signs_nothing_and_fails_only_the_step_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = development(KeyAlgorithm.RSA).issue(
        "Coming Office", not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=2)
    )
    by = HeldSigner(coming.key, coming.certificate)
    with pytest.raises(SignerUnusable):
        made(tmp_path, SteppedClock(), by=by)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("certs.pdf.signing._check_signer", lambda *_: None)
    document = made(tmp_path, SteppedClock(), by=by)
    assert verdicts(examined(document)) == {"times": Verdict.INVALID}


def test_a_revoked_certificate_fails_only_the_step_of_revocation() -> None:
    authority = development(KeyAlgorithm.RSA)
    entry = Revoked(seal_office().certificate.serial, NOW - timedelta(hours=1), Reason.SUPERSEDED)
    issuer = authority.intermediate
    listed = make_crl(issuer.certificate.subject_name, issuer.key, [entry], NOW, None)
    lists = Evidence((read_crl(listed), *evidence().lists))
    found = examine_pdf(sealed(pdf()), trusted(), NOW, evidence=lists)
    assert verdicts(found) == {"revocation": Verdict.INVALID}


def test_a_chain_to_nobody_is_undecided() -> None:
    found = examine_pdf(sealed(pdf()), TrustStore(), NOW, evidence=evidence())
    assert verdicts(found) == {"certificates": Verdict.UNDECIDED, "revocation": Verdict.UNDECIDED}


def test_a_timestamp_by_nobody_that_is_trusted_proves_no_time() -> None:
    document = sealed(pdf(), kind=KeyAlgorithm.RSA, level=Level.T)
    found = examine_pdf(document, TrustStore(), NOW, evidence=evidence())
    assert verdicts(found)["timestamp"] is Verdict.UNDECIDED


def test_a_timestamp_without_its_authority_s_certificate_cannot_be_kept_for_long(tmp_path: Path) -> None:
    class Bare(Stamps):
        async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
            return read_token(
                await make_token(TimestampRequest(imprint=imprint, wants_certificate=False), self.authority)
            )

    async def gather(path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        return evidence()

    given = Proofs(seal_office().chain, Bare(), trusted(), gather)
    with pytest.raises(ProofMissing, match="authority's certificate"):
        asyncio.run(sign_pdf(pdf(), tmp_path / "t.pdf", signer(), Unseen(), SteppedClock(), Level.LT, Look(), given))
    issued = stamper(KeyAlgorithm.RSA).signer.certificate
    kept = Proofs((*seal_office().chain, issued), Bare(), trusted(), gather)
    asyncio.run(sign_pdf(pdf(), tmp_path / "t.pdf", signer(), Unseen(), SteppedClock(), Level.LT, Look(), kept))
    assert examine_pdf((tmp_path / "t.pdf").read_bytes(), trusted(), NOW).verdict is Verdict.VALID


def test_a_token_that_is_longer_than_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.pdf.signing._TOKEN", 100)
    monkeypatch.setattr("certs.pdf.signing._FRAME", 0)
    with pytest.raises(PdfError, match="longer than"):
        made(tmp_path, SteppedClock(), Level.T)
    assert list(tmp_path.iterdir()) == []
