"""Trust anchors are the certificates in a folder; a file that cannot be used is said, never skipped."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certs.examination import Verdict
from certs.sm import KeyInvalid
from certs.x509 import DevelopmentAuthority, KeyAlgorithm, Name, TrustFolder, TrustStore, build_chain, extensions
from certs.x509 import trust as trust_module
from gateway.core.errors import ConfigurationInvalid
from gateway.core.expiry import Expiry, ExpiryKind
from tests.x509.authorities import CLOCK, NOW, authority, drafted, key, leaf, trust


def filled(folder: Path) -> Path:
    root = authority().root.certificate
    (folder / "root.pem").write_text(root.to_pem())
    (folder / "ec.DER").write_bytes(authority(KeyAlgorithm.EC).root.certificate.der)
    (folder / "again.crt").write_text(root.to_pem() + authority(KeyAlgorithm.RSA).root.certificate.to_pem())
    (folder / "README").write_text("what is here")
    (folder / "folder.pem").mkdir()
    return folder


def test_every_certificate_of_a_folder_is_an_anchor(tmp_path: Path) -> None:
    store = TrustStore.load(filled(tmp_path))
    assert set(store.anchors) == {authority(kind).root.certificate for kind in KeyAlgorithm}
    assert len(store.anchors) == 3
    assert authority().root.certificate in store
    assert leaf().certificate not in store
    assert store.named(authority().root.certificate.subject_name) == [authority().root.certificate]
    assert store.named(Name.of(CN="nobody")) == ()
    assert TrustStore.load(tmp_path / "folder.pem").anchors == ()


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    with pytest.raises(ConfigurationInvalid, match=r"broken\.pem cannot be used"):
        TrustStore.load(tmp_path)
    with pytest.raises(ConfigurationInvalid, match="nowhere"):
        TrustStore.load(tmp_path / "nowhere")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigurationInvalid, match=r"broken\.pem cannot be read: Permission denied"):
        TrustStore.load(tmp_path)


def test_there_are_only_so_many_anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_module, "MOST_ANCHORS", 2)
    with pytest.raises(ConfigurationInvalid, match="more than 2 trust anchors"):
        TrustStore.load(filled(tmp_path))


async def test_the_end_of_each_anchor_is_watched(tmp_path: Path) -> None:
    root = authority().root.certificate
    expiries = await TrustFolder(filled(tmp_path))()
    assert Expiry(kind=ExpiryKind.TRUST_ANCHOR, name=root.subject, expires_at=root.not_after) in expiries
    assert len(expiries) == 3
    assert await TrustFolder(tmp_path / "nowhere")() == []


def test_an_anchor_without_a_name_is_told_by_its_fingerprint() -> None:
    nameless = drafted(Name.of(), (Name.of(CN="x"), key()), {})
    assert TrustStore([nameless]).expiries()[0].name == nameless.fingerprint_sha256.hex()


def test_what_the_authority_writes_is_read_back(tmp_path: Path) -> None:
    made = leaf()
    file, secret = made.write(tmp_path, "leaf")
    assert secret.stat().st_mode & 0o777 == 0o600
    assert TrustStore.load(tmp_path).anchors == (made.certificate, *made.chain)
    assert file.name == "leaf.pem"
    with pytest.raises(FileExistsError):
        made.write(tmp_path, "leaf")


@pytest.mark.parametrize("kind", list(KeyAlgorithm))
def test_an_authority_is_kept_in_a_folder(kind: KeyAlgorithm, tmp_path: Path) -> None:
    authority(kind).write(tmp_path)
    again = DevelopmentAuthority.load(tmp_path, CLOCK)
    assert again.root.certificate == authority(kind).root.certificate
    made = again.issue("x", key=key())
    assert build_chain(made.certificate, made.chain, trust(kind), NOW).verdict is Verdict.VALID
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("*.key")} == {0o600}


def test_a_folder_without_the_authority_s_keys_is_refused(tmp_path: Path) -> None:
    authority().write(tmp_path)
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for broken in (b"no key", other):
        (tmp_path / "root.key").write_bytes(broken)
        with pytest.raises(KeyInvalid):
            DevelopmentAuthority.load(tmp_path, CLOCK)


def test_each_authority_is_another() -> None:
    own, other = (DevelopmentAuthority.create(CLOCK) for _ in range(2))
    assert own.root.certificate != other.root.certificate
    assert own.issue(Name.of(CN="a name of its own"), key=key()).certificate.subject == "CN=a name of its own"
    assert extensions.KEY_USAGE in own.issue("x", key=KeyAlgorithm.EC).certificate.extensions
