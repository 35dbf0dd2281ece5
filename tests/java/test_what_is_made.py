"""BouncyCastle accepts what is made here: certificates, lists, answers, signatures, seals, and OFD with seals on it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from certs.seals import SealVersion
from certs.signers import HeldSigner
from certs.x509 import KeyAlgorithm, Profile
from certs.x509.ocsp import Answer, CertificateId, Status
from certs.x509.revoking import make_crl, make_ocsp_response
from tests.java.checker import WITH_JAVA, check_all
from tests.ofd import world
from tests.timestamps.authorities import DATA, KINDS, NOW, development

pytestmark = WITH_JAVA
DAY = timedelta(days=1)


def verdicts(said: list[str]) -> list[str]:
    return [one.partition(" ")[0] for one in said]


@pytest.mark.parametrize("kind", KINDS)
def test_certificates_lists_and_answers(kind: KeyAlgorithm, tmp_path: Path) -> None:
    authority = development(kind)
    above, leaf = authority.intermediate, authority.issue("leaf")
    responder = authority.issue("responder", Profile.OCSP)
    answer = Answer(CertificateId.of(leaf.certificate, above.certificate), Status.GOOD, None, NOW, NOW + DAY)
    files = {
        "root": authority.root.certificate.der,
        "above": above.certificate.der,
        "leaf": leaf.certificate.der,
        "list": make_crl(above.certificate.subject_name, above.key, [], NOW, NOW + DAY),
        "answer": make_ocsp_response(
            responder.certificate, responder.key, [answer], NOW, certificates=[responder.certificate]
        ),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = check_all(
        [
            ("certificate", tmp_path / "leaf", tmp_path / "above"),
            ("certificate", tmp_path / "above", tmp_path / "root"),
            ("certificate", tmp_path / "leaf", tmp_path / "root"),
            ("crl", tmp_path / "list", tmp_path / "above"),
            ("crl", tmp_path / "list", tmp_path / "root"),
            ("ocsp", tmp_path / "answer"),
        ]
    )
    assert verdicts(said) == ["ok", "ok", "no", "ok", "no", "ok"]
    assert said[5] == f"ok {leaf.certificate.serial}=good"


def test_signatures_by_sm2(tmp_path: Path) -> None:
    made = development().issue("signer")
    signature = asyncio.run(HeldSigner(made.key, made.certificate).sign_raw(DATA))
    files = {"signature": signature, "message": DATA, "other": DATA + b"!", "certificate": made.certificate.der}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = check_all(
        [("sm2", tmp_path / "signature", tmp_path / of, tmp_path / "certificate") for of in ("message", "other")]
    )
    assert verdicts(said) == ["ok", "no"]


OFD: dict[str, Callable[[], bytes]] = {
    "a seal of V4": world.usual,
    "a seal of V5": lambda: world.sealed(with_seal=world.seal(SealVersion.V5)),
    "a timestamp": lambda: world.sealed(timestamps=world.stamp),
    "two seals": lambda: world.sealed(world.usual()),
    "a signature without a seal": world.signed,
    "a seal over such a signature": lambda: world.sealed(world.signed()),
}


def test_ofd_with_seals_and_signatures_and_nothing_left_uncovered(tmp_path: Path) -> None:
    checks = []
    for number, make in enumerate(OFD.values()):
        file = tmp_path / f"{number}.ofd"
        file.write_bytes(make())
        checks.append(("ofd", file))
    said = dict(zip(OFD, check_all(checks), strict=True))
    assert {name: one for name, one in said.items() if not one.startswith("ok ")} == {}
    assert all("uncovered=[]" in one for one in said.values())
    assert "stamped=time=2026-03-04T05:06:07Z" in said["a timestamp"]
    assert said["two seals"].startswith("ok signatures=2 ")


def test_ofd_whose_content_was_changed_is_refused(tmp_path: Path) -> None:
    """The list of signatures alone is nobody's: further ones have to fit into it."""
    files = world.files(world.usual())
    checks = []
    for number, name in enumerate(files):
        file = tmp_path / f"{number}.ofd"
        file.write_bytes(world.changed(world.usual(), {name: files[name] + b" "}))
        checks.append(("ofd", file))
    held = {name for name, one in zip(files, check_all(checks), strict=True) if one.startswith("ok ")}
    assert held == {"Doc_0/Signs/Signatures.xml"}
