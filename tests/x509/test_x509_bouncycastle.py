"""BouncyCastle, which knows SM2 certificates as well, believes our certificates, lists, answers and signatures."""

from pathlib import Path

import pytest

from certs.signers import HeldSigner
from certs.x509 import DevelopmentAuthority, KeyAlgorithm
from certs.x509.ocsp import ocsp_request
from tests.java.checker import WITH_JAVA, check_all
from tests.x509.authorities import CLOCK

OIDS = {
    KeyAlgorithm.SM2: "1.2.156.10197.1.501",
    KeyAlgorithm.RSA: "1.2.840.113549.1.1.11",
    KeyAlgorithm.EC: "1.2.840.10045.4.3.2",
}


@WITH_JAVA
@pytest.mark.parametrize("kind", list(KeyAlgorithm))
async def test_bouncycastle_believes_what_we_make(kind: KeyAlgorithm, tmp_path: Path) -> None:
    authority = DevelopmentAuthority.create(CLOCK, kind)
    made = authority.issue("signer")
    issuer = authority.intermediate.certificate
    authority.revoke(made.certificate)
    crl = authority.crl()
    files = {
        "leaf": made.certificate.der,
        "upper": issuer.der,
        "root": authority.root.certificate.der,
        "list": crl,
        "broken": crl[:-1] + bytes([crl[-1] ^ 1]),
        "answer": authority.respond(ocsp_request(made.certificate, issuer)),
        "message": b"text",
        "signature": await HeldSigner(made.key, made.certificate).sign_raw(b"text"),
    }
    at = {name: tmp_path / name for name in files}
    for name, content in files.items():
        at[name].write_bytes(content)
    said = check_all(
        [
            ("certificate", at["leaf"], at["upper"]),
            ("certificate", at["upper"], at["root"]),
            ("certificate", at["leaf"], at["root"]),
            ("crl", at["list"], at["upper"]),
            ("crl", at["broken"], at["upper"]),
            ("ocsp", at["answer"]),
        ]
    )
    assert said[0].startswith("ok CN=signer,")
    assert said[0].endswith(OIDS[kind])
    assert said[1].startswith("ok CN=Development Authority")
    assert said[2].startswith("no ")
    assert said[3] == "ok revoked=1"
    assert said[4].startswith("no ")
    assert said[5] == f"ok {made.certificate.serial}=RevokedStatus"
    if kind is KeyAlgorithm.SM2:
        assert check_all([("sm2", at["signature"], at["message"], at["leaf"])]) == ["ok sm2"]
