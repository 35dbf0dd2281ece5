"""The desk seals and signs either format, as long as is asked for."""

import asyncio
from pathlib import Path

import pytest

from certs.documents import Desk, DocumentFormat, FormatUnknown, format_of
from certs.documents.threads import Job
from certs.examination import Check, Verdict
from certs.ofd import examine_ofd
from certs.pdf import Level, Proofs
from certs.placement import AtPoint
from certs.seals import Seal, flaw_in_use, read_seal
from certs.signers import ElsewhereSigner, HeldSigner
from certs.x509 import KeyAlgorithm, TrustStore
from tests.documents import shop
from tests.ofd import world
from tests.ofd.world import DAY, NOW, SetClock
from tests.pdf.stage import Stamps, trusted


def signer(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> HeldSigner:
    return HeldSigner(shop.office(kind).key, shop.office(kind).certificate)


def worked(source: Path, target: Path, level: Level, seal: Seal | None = None) -> Path:
    proofs = Proofs(shop.office().chain, Stamps(KeyAlgorithm.SM2), trusted(KeyAlgorithm.SM2))
    asyncio.run(Desk(SetClock(), signer(), proofs, level, seal).work(source, target, AtPoint(1, 20, 30)))
    return target


@pytest.mark.parametrize("form", [0, 1], ids=["ofd", "pdf"])
@pytest.mark.parametrize("level", [Level.B, Level.T])
@pytest.mark.parametrize("with_seal", [True, False])
def test_documents_are_sealed_or_signed_with_and_without_a_timestamp(
    tmp_path: Path, form: int, level: Level, with_seal: bool
) -> None:
    seal = read_seal(shop.seal()) if with_seal else None
    target = worked(shop.documents(tmp_path)[form], tmp_path / "out", level, seal)
    found = shop.run(lambda workshop: workshop.examine(target))
    steps = {step.number: step for step in found.steps}
    said = steps[Check.TIMESTAMP].message.en if Check.TIMESTAMP in steps else "there is no timestamp"
    assert ("no timestamp" in said) is (level is Level.B)
    assert shop.failing(found).keys() <= ({Check.TIMESTAMP} if level is Level.T else set())


def test_a_timestamp_proves_when_a_plain_signature_was_made(tmp_path: Path) -> None:
    target = worked(shop.documents(tmp_path)[0], tmp_path / "out", Level.T)
    anchors = [*world.trust().anchors, *trusted(KeyAlgorithm.SM2).anchors]
    found = examine_ofd(target, TrustStore(anchors), NOW, intermediates=world.authority().intermediate.chain)
    step = found.step(Check.TIMESTAMP)
    assert step is not None
    assert step.verdict is not Verdict.INVALID
    assert found.signatures[0].kind == "signature"


def test_formats_are_told_by_content(tmp_path: Path) -> None:
    file = tmp_path / "a"
    for content, form in (
        (b"junk before %PDF-1.7", DocumentFormat.PDF),
        (b"%PDF-1.7", DocumentFormat.PDF),
        (b"PK\x03\x04", DocumentFormat.OFD),
        (b"junk before PK\x05\x06", DocumentFormat.OFD),
    ):
        file.write_bytes(content)
        assert format_of(file) is form
    file.write_bytes(b"text")
    with pytest.raises(FormatUnknown):
        format_of(file)


def test_what_forbids_a_seal_is_told() -> None:
    seal, certificate = read_seal(shop.seal()), shop.office().certificate.der
    assert flaw_in_use(seal, certificate, NOW) is None
    late = flaw_in_use(seal, certificate, NOW + 301 * DAY)
    stranger = flaw_in_use(seal, world.issued("stranger").certificate.der, NOW)
    changed = read_seal(shop.seal().replace("测试".encode(), "例子".encode()))
    forged = flaw_in_use(changed, certificate, NOW)
    for said, word in ((late, "outside"), (stranger, "list"), (forged, "forged")):
        assert said is not None
        assert word in said.en


def test_a_signer_elsewhere_shows_nothing_of_what_it_signs() -> None:
    async def sign(digest: bytes) -> bytes:
        return digest

    assert repr(ElsewhereSigner(shop.office().certificate, sign)) == "<ElsewhereSigner SM2_SM3>"


def test_work_that_was_cancelled_before_it_began_does_not_begin() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    job = Job(work)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        job.run()
    assert done == []


def test_work_that_is_over_cannot_be_cancelled_any_more() -> None:
    async def work() -> str:
        return "done"

    job = Job(work)
    assert job.run() == "done"
    job.cancel()
