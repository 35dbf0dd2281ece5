"""The openssl command believes our SM2 certificates and lists, and we believe what it makes."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certs import sm
from certs.examination import Verdict
from certs.signers import HeldSigner, KeyUnusable, open_signer, read_private_key
from certs.x509 import (
    DevelopmentAuthority,
    Evidence,
    Hash,
    KeyAlgorithm,
    Reason,
    SignatureInvalid,
    TrustStore,
    build_chain,
    examine_revocation,
    read_certificate,
    read_crl,
    read_ocsp_response,
)
from certs.x509.ocsp import ocsp_request
from certs.x509.private_key import key_to_pem
from gateway.system_clock import SystemClock

pytestmark = pytest.mark.group("openssl", needs="openssl with SM2")
MESSAGE = "一网通办".encode()
ID = "distid:1234567812345678"
KINDS = pytest.mark.parametrize("kind", list(KeyAlgorithm))
OWN = {
    KeyAlgorithm.SM2: ("-algorithm", "SM2"),
    KeyAlgorithm.RSA: ("-algorithm", "RSA"),
    KeyAlgorithm.EC: ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
}
CONFIGURATION = """
[ca]
default_ca = ours
[ours]
database = index
serial = serial
default_md = {digest}
policy = any
new_certs_dir = .
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
crlDistributionPoints = URI:http://crl.example.invalid/a.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example.invalid/
"""


class Folder:
    """A folder in which the openssl command works."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *arguments: str) -> bool:
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=self.path,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        return done.returncode == 0

    def write(self, name: str, content: str | bytes) -> None:
        (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def of_sm2(kind: KeyAlgorithm, option: str) -> tuple[str, ...]:
    """The option that says the signer's id, which the command leaves empty otherwise."""
    return (option, ID) if kind is KeyAlgorithm.SM2 else ()


@KINDS
def test_openssl_believes_our_chain(kind: KeyAlgorithm, folder: Folder) -> None:
    authority = DevelopmentAuthority.create(SystemClock(), kind)
    made = authority.issue("印章", not_after=datetime.now(UTC) + timedelta(days=9_999))
    folder.write("root.pem", authority.root.certificate.to_pem())
    folder.write("upper.pem", authority.intermediate.certificate.to_pem())
    folder.write("leaf.pem", made.certificate.to_pem())
    # the option is for the certificate itself only, so each is verified by the next
    said = of_sm2(kind, "-vfyopt")
    assert folder.run("verify", "-x509_strict", *said, "-CAfile", "root.pem", "upper.pem")
    assert folder.run("verify", "-x509_strict", "-partial_chain", *said, "-CAfile", "upper.pem", "leaf.pem")
    other = DevelopmentAuthority.create(SystemClock(), kind)
    folder.write("upper.pem", other.intermediate.certificate.to_pem())
    assert not folder.run("verify", "-partial_chain", *said, "-CAfile", "upper.pem", "leaf.pem")


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
def test_openssl_believes_our_lists(kind: KeyAlgorithm, folder: Folder) -> None:
    authority = DevelopmentAuthority.create(SystemClock(), kind)
    made = authority.issue("x")
    upper = authority.intermediate.certificate.to_pem()
    folder.write("leaf.pem", made.certificate.to_pem())
    check = ("verify", "-crl_check", "-partial_chain", "-CAfile", "upper.pem", "-CRLfile", "list.pem", "leaf.pem")
    for expected in (True, False):
        folder.write("list.der", authority.crl())
        folder.write("upper.pem", upper)
        assert folder.run("crl", "-inform", "DER", "-in", "list.der", "-out", "list.pem")
        assert folder.run(*check) is expected
        authority.revoke(made.certificate, datetime.now(UTC) - timedelta(hours=1), Reason.KEY_COMPROMISE)


def test_openssl_believes_our_sm2_list(folder: Folder) -> None:
    """The command has no option for the id of a list's signer, so its signature is verified by itself."""
    authority = DevelopmentAuthority.create(SystemClock())
    authority.revoke(authority.issue("x").certificate)
    crl = read_crl(authority.crl())
    folder.write("list.der", crl.der)
    assert folder.run("crl", "-inform", "DER", "-in", "list.der", "-noout", "-text")
    folder.write("upper.pem", authority.intermediate.certificate.to_pem())
    assert folder.run("x509", "-in", "upper.pem", "-noout", "-pubkey", "-out", "public.pem")
    folder.write("signed", crl.tbs)
    folder.write("signature", crl.signature)
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "signed", "-sigfile", "signature")
    how = ("-rawin", "-digest", "sm3", "-pkeyopt", ID)
    assert folder.run(*verify, *how)
    folder.write("signed", crl.tbs + b"!")
    assert not folder.run(*verify, *how)


def theirs(kind: KeyAlgorithm, folder: Folder) -> None:
    """A root and a certificate below it, made by the command."""
    digest = "-sm3" if kind is KeyAlgorithm.SM2 else "-sha256"
    folder.write("openssl.cnf", CONFIGURATION.format(digest=digest[1:]))
    folder.write("index", "")
    folder.write("index.attr", "unique_subject = no\n")
    folder.write("serial", "01\n")
    said = of_sm2(kind, "-sigopt")
    for name in ("root", "leaf"):
        assert folder.run("genpkey", *OWN[kind], "-out", f"{name}.key")
    root = ("req", "-x509", "-new", "-key", "root.key", "-config", "openssl.cnf", "-extensions", "root", digest)
    assert folder.run(*root, *said, "-utf8", "-subj", "/C=CN/O=测试/CN=Their Root", "-out", "root.pem")
    asked = ("req", "-new", "-key", "leaf.key", "-subj", "/CN=their signer", digest, *said, "-out", "leaf.csr")
    assert folder.run(*asked)
    issue = ("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "77", digest)
    said = (*said, *of_sm2(kind, "-vfyopt"))
    assert folder.run(*issue, *said, "-extfile", "openssl.cnf", "-extensions", "leaf", "-out", "leaf.pem")


@KINDS
def test_we_believe_their_chain(kind: KeyAlgorithm, folder: Folder) -> None:
    theirs(kind, folder)
    made = read_certificate(folder.read("leaf.pem"))
    root = read_certificate(folder.read("root.pem"))
    assert root.subject == "CN=Their Root,O=测试,C=CN"
    assert made.ocsp_addresses == ("http://ocsp.example.invalid/",)
    result = build_chain(made, (), TrustStore([root]), datetime.now(UTC))
    assert (result.verdict, result.path) == (Verdict.VALID, (made, root))


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
def test_we_believe_their_list_and_their_answer(kind: KeyAlgorithm, folder: Folder) -> None:
    theirs(kind, folder)
    pair = read_certificate(folder.read("leaf.pem")), read_certificate(folder.read("root.pem"))
    base = ("ca", "-config", "openssl.cnf", "-keyfile", "root.key", "-cert", "root.pem")
    now = datetime.now(UTC) + timedelta(minutes=1)

    def judged() -> tuple[Verdict, Verdict]:
        assert folder.run(*base, "-gencrl", "-crldays", "7", "-out", "list.pem")
        folder.write("request", ocsp_request(*pair))
        respond = ("ocsp", "-index", "index", "-rsigner", "root.pem", "-rkey", "root.key", "-CA", "root.pem")
        assert folder.run(*respond, "-reqin", "request", "-respout", "response", "-ndays", "7")
        found = (
            Evidence((read_crl(folder.read("list.pem")),)),
            Evidence(responses=(read_ocsp_response(folder.read("response")),)),
        )
        first, second = (examine_revocation(pair, now, one, now).verdict for one in found)
        return first, second

    folder.write("index", "V\t491231235959Z\t\t4D\tunknown\t/CN=their signer\n")
    assert judged() == (Verdict.VALID, Verdict.VALID)
    assert folder.run(*base, "-revoke", "leaf.pem", "-crl_reason", "superseded")
    assert judged() == (Verdict.INVALID, Verdict.INVALID)


async def test_raw_signatures_are_believed_both_ways(folder: Folder) -> None:
    theirs(KeyAlgorithm.SM2, folder)
    certificate = read_certificate(folder.read("leaf.pem"))
    (folder.path / "leaf.key").chmod(0o600)
    signer = await open_signer(f"file:{folder.path / 'leaf.key'}", certificate)
    folder.write("message", MESSAGE)
    folder.write("signature", await signer.sign_raw(MESSAGE))
    assert folder.run("x509", "-in", "leaf.pem", "-noout", "-pubkey", "-out", "public.pem")
    how = ("-rawin", "-digest", "sm3", "-pkeyopt", ID)
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile", "signature")
    assert folder.run(*verify, *how)
    folder.write("message", MESSAGE + b"!")
    assert not folder.run(*verify, *how)
    assert folder.run("pkeyutl", "-sign", "-inkey", "leaf.key", "-in", "message", "-out", "signature", *how)
    certificate.public_key.verify(folder.read("signature"), MESSAGE + b"!", Hash.SM3)
    with pytest.raises(SignatureInvalid):
        certificate.public_key.verify(folder.read("signature"), MESSAGE, Hash.SM3)


@KINDS
@pytest.mark.parametrize("cipher", ["aes-128-cbc", "aes-256-cbc", "sm4-cbc"])
def test_keys_that_they_encrypted_are_opened(kind: KeyAlgorithm, cipher: str, folder: Folder) -> None:
    theirs(kind, folder)
    wrap = ("pkcs8", "-topk8", "-v2", cipher, "-passout", "pass:a secret", "-in", "leaf.key", "-out", "wrapped.pem")
    assert folder.run(*wrap)
    key = read_private_key(folder.read("wrapped.pem"), "a secret")
    HeldSigner(key, read_certificate(folder.read("leaf.pem")))
    with pytest.raises(KeyUnusable):
        read_private_key(folder.read("wrapped.pem"), "another")


def test_their_sm2_key_in_pkcs12_is_refused_in_plain_words(folder: Folder) -> None:
    theirs(KeyAlgorithm.SM2, folder)
    pack = ("pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-passout", "pass:x", "-out", "leaf.p12")
    assert folder.run(*pack)
    with pytest.raises(KeyUnusable, match="for SM2 give PKCS #8"):
        read_private_key(folder.read("leaf.p12"), "x")


def test_they_read_our_key(folder: Folder) -> None:
    key = sm.Sm2PrivateKey.generate()
    folder.write("key.pem", key_to_pem(key))
    assert folder.run("pkey", "-in", "key.pem", "-check", "-noout")
