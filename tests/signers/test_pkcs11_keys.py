"""RSA and EC keys in PKCS #11 tokens, as a Python stand-in and SoftHSM have them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from certs.signers import KeyUnusable, open_signer, pkcs11
from certs.signers.pkcs11 import open_pkcs11_signer
from certs.x509 import Hash, KeyAlgorithm, PublicKey, SignatureAlgorithm, asn1
from tests.signers.keys import issued, keeps_to_the_protocol, stranger
from tests.x509.authorities import authority

REFERENCE = "token=seals;object=unit%20seal;id=%01;type=private?module-path=/usr/lib/libtoken.so"
PIN = "1234"
KINDS = pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])


class TokenError(RuntimeError):
    pass


class Token:
    """The package, a library, a token, its session and its key in one."""

    PKCS11Error = TokenError
    ObjectClass = SimpleNamespace(PRIVATE_KEY="private")
    Mechanism = SimpleNamespace(RSA_PKCS="rsa", ECDSA="ecdsa")

    def __init__(self, kind: KeyAlgorithm = KeyAlgorithm.RSA, *, broken: str = "") -> None:
        self.key: Any = issued(kind).key
        self.broken = broken
        self.wanted: list[object] = []
        self.closed = 0

    def lib(self, path: str) -> "Token":
        self.wanted.append(path)
        if self.broken == "library":
            raise RuntimeError("dlopen")
        return self

    def get_token(self, **wanted: object) -> "Token":
        self.wanted.append(wanted)
        return self

    def open(self, *, user_pin: str | None) -> "Token":
        if self.broken == "pin":
            raise TokenError
        return self

    def get_key(self, **wanted: object) -> "Token":
        self.wanted.append(wanted)
        if self.broken == "key":
            raise TokenError
        return self

    def sign(self, data: bytes, mechanism: str) -> bytes:
        if self.broken == "sign":
            raise TokenError
        if mechanism == "ecdsa":
            numbers = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(utils.Prehashed(Hash.SHA256.primitive))))
            return b"".join(number.to_bytes(32, "big") for number in numbers)
        digest = data[-32:]
        assert data == pkcs11.digest_info(digest, Hash.SHA256)
        signed: bytes = self.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(Hash.SHA256.primitive))
        return signed

    def close(self) -> None:
        self.closed += 1
        if self.broken == "close":
            raise TokenError


@KINDS
async def test_a_token_signs(kind: KeyAlgorithm) -> None:
    token = Token(kind)
    made = issued(kind)
    signer = await open_pkcs11_signer(REFERENCE, made.certificate, pin=PIN, load=lambda: token)
    assert token.wanted == [
        "/usr/lib/libtoken.so",
        {"token_label": "seals", "token_serial": None},
        {"object_class": "private", "label": "unit seal", "id": b"\x01"},
    ]
    await keeps_to_the_protocol(signer, made.certificate, SignatureAlgorithm.usual(kind))
    assert token.closed == 1


@pytest.mark.parametrize(
    ("broken", "reason", "closed"),
    [
        ("library", "does not give the key: RuntimeError", 0),
        ("pin", "does not give the key: TokenError", 0),
        ("key", "does not give the key: TokenError", 1),
        ("sign", "does not sign: TokenError", 1),
    ],
)
async def test_a_token_that_fails_is_said_and_closed(broken: str, reason: str, closed: int) -> None:
    token = Token(broken=broken)
    with pytest.raises(KeyUnusable, match=reason) as refused:
        await open_pkcs11_signer(REFERENCE, issued(KeyAlgorithm.RSA).certificate, pin=PIN, load=lambda: token)
    assert token.closed == closed
    assert PIN not in str(refused.value)


async def test_a_token_that_was_taken_out_is_let_go() -> None:
    token = Token(broken="close")
    signer = await open_pkcs11_signer(REFERENCE, issued(KeyAlgorithm.RSA).certificate, load=lambda: token)
    await signer.aclose()
    assert token.closed == 1


async def test_another_key_than_the_certificate_s_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="does not verify under the certificate"):
        await open_pkcs11_signer(REFERENCE, stranger(KeyAlgorithm.RSA), load=Token)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("token=seals?module-path=/usr/lib/libtoken.so", "names no key"),
        ("object=x", "absolute path"),
        ("object=x;type=cert?module-path=/usr/lib/libtoken.so", "no private key"),
        ("object=x?module-path=/usr/lib/libtoken.so&pin-value=1234", "PIN does not belong"),
        ("object=x?module-path=/usr/lib/libtoken.so&module-name=x", "unknown"),
    ],
)
async def test_what_is_no_reference_is_refused(text: str, reason: str) -> None:
    with pytest.raises(KeyUnusable, match=reason):
        await open_pkcs11_signer(text, issued(KeyAlgorithm.RSA).certificate, load=Token)


async def test_sm2_keys_are_reached_in_another_way() -> None:
    with pytest.raises(KeyUnusable, match="reached by sdf:"):
        await open_signer(f"pkcs11:{REFERENCE}", issued(KeyAlgorithm.SM2).certificate)


async def test_without_the_package_it_is_said_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(KeyUnusable, match="need the package python-pkcs11"):
        await open_signer(f"pkcs11:{REFERENCE}", issued(KeyAlgorithm.RSA).certificate)


def test_the_package_is_loaded_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", SimpleNamespace(name="theirs"))
    assert pkcs11.load_module().name == "theirs"


# ---- SoftHSM


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[KeyAlgorithm, PublicKey]]]:
    """SoftHSM's library with a fresh token in which an RSA key (id 1) and an EC key (id 2) were made."""
    import pkcs11 as theirs  # noqa: PLC0415 # optional
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 # optional
    from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415 # optional

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    path = next(found for found in map(Path, _PLACES) if found.exists())
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    make = ["softhsm2-util", "--init-token", "--free", "--label", "seals", "--so-pin", "5678", "--pin", PIN]
    subprocess.run(make, check=True, capture_output=True, timeout=30)
    library = theirs.lib(str(path))
    try:
        with library.get_token(token_label="seals").open(rw=True, user_pin=PIN) as session:
            rsa, _ = session.generate_keypair(theirs.KeyType.RSA, 2_048, id=b"\x01", label="rsa", store=True)
            curve = {theirs.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            parameters = session.create_domain_parameters(theirs.KeyType.EC, curve, local=True)
            point, _ = parameters.generate_keypair(id=b"\x02", label="ec", store=True)
            rsa_key = asn1.sequence(
                asn1.sequence(asn1.oid("1.2.840.113549.1.1.1"), asn1.null()), asn1.bits(encode_rsa_public_key(rsa))
            )
            inside = asn1.Reader(bytes(point[theirs.Attribute.EC_POINT])).take(asn1.OCTET_STRING)
            ec_key = asn1.sequence(
                asn1.sequence(asn1.oid("1.2.840.10045.2.1"), asn1.oid("1.2.840.10045.3.1.7")), asn1.bits(inside)
            )
        yield path, {KeyAlgorithm.RSA: PublicKey.read(rsa_key), KeyAlgorithm.EC: PublicKey.read(ec_key)}
    finally:
        theirs.unload(str(path))
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


_PLACES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")


@pytest.mark.group("softhsm", needs="softhsm2 and python-pkcs11")
@pytest.mark.parametrize(
    ("kind", "algorithm", "find"),
    [
        (KeyAlgorithm.RSA, SignatureAlgorithm.RSA_SHA256, "id=%01"),
        (KeyAlgorithm.RSA, SignatureAlgorithm.RSA_SHA512, "object=rsa"),
        (KeyAlgorithm.EC, SignatureAlgorithm.ECDSA_SHA256, "object=ec;id=%02"),
        (KeyAlgorithm.EC, SignatureAlgorithm.ECDSA_SHA384, "id=%02"),
    ],
)
async def test_softhsm_signs(
    softhsm: tuple[Path, dict[KeyAlgorithm, PublicKey]], kind: KeyAlgorithm, algorithm: SignatureAlgorithm, find: str
) -> None:
    path, keys = softhsm
    certificate = authority(kind).certify("device", keys[kind])
    reference = f"pkcs11:token=seals;{find}?module-path={path}"
    signer = await open_signer(reference, certificate, algorithm=algorithm, pin=PIN)
    await keeps_to_the_protocol(signer, certificate, algorithm)


@pytest.mark.group("softhsm", needs="softhsm2 and python-pkcs11")
async def test_softhsm_wants_its_pin_and_its_key(softhsm: tuple[Path, dict[KeyAlgorithm, PublicKey]]) -> None:
    path, keys = softhsm
    certificate = authority(KeyAlgorithm.EC).certify("device", keys[KeyAlgorithm.EC])
    for find, pin, reason in (
        ("token=seals;id=%02", "9999", "PinIncorrect"),
        ("token=seals;id=%09", PIN, "NoSuchKey"),
        ("token=nowhere;id=%02", PIN, "NoSuchToken"),
    ):
        with pytest.raises(KeyUnusable, match=reason):
            await open_signer(f"pkcs11:{find}?module-path={path}", certificate, pin=pin)
