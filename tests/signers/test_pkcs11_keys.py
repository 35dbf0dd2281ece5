"""RSA and EC keys in PKCS #11 tokens, as a Python stand-in and SoftHSM have them."""

import sys
from collections.abc import Awaitable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from certs.signers import KeyUnusable, open_signer, pkcs11, pkcs11_library
from certs.signers.device import DeviceSigner
from certs.signers.pkcs11 import open_pkcs11_signer
from certs.signers.troubles import DeviceAway, KeyMissing, LibraryMissing
from certs.x509 import Hash, KeyAlgorithm, SignatureAlgorithm
from gateway.core.errors import PinRefused
from tests.signers.keys import issued, keeps_to_the_protocol, stranger
from tests.signers.softhsm import PIN, SoftHsm, softhsm_token
from tests.x509.authorities import authority

REFERENCE = "token=seals;object=unit%20seal;id=%01;type=private?module-path=/usr/lib/libtoken.so"
KINDS = pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])


class TokenError(RuntimeError):
    pass


class PinIncorrect(TokenError):
    pass


class NoSuchKey(TokenError):
    pass


class DeviceRemoved(TokenError):
    pass


class Token:
    """The package, a library, a token, its session and its key in one. ``broken`` says what fails, and ``by`` what."""

    PKCS11Error = TokenError
    ObjectClass = SimpleNamespace(PRIVATE_KEY="private")
    Mechanism = SimpleNamespace(RSA_PKCS="rsa", ECDSA="ecdsa")
    label, serial = "seals", b"01"

    def __init__(self, kind: KeyAlgorithm = KeyAlgorithm.RSA, *, broken: str = "", by: type = DeviceRemoved) -> None:
        self.key: Any = issued(kind).key
        self.broken = broken
        self.by = by
        self.wanted: list[object] = []
        self.pins: list[str | None] = []
        self.closed = self.ended = 0

    def _may(self, what: str) -> None:
        if self.broken == what:
            raise self.by

    def lib(self, path: str) -> "Token":
        self.wanted.append(path)
        self._may("library")
        return self

    def get_token(self, **wanted: object) -> "Token":
        self.wanted.append(wanted)
        self._may("token")
        return self

    def open(self, *, user_pin: str | None) -> "Token":
        self.pins.append(user_pin)
        self._may("pin")
        return self

    def get_key(self, **wanted: object) -> "Token":
        self.wanted.append(wanted)
        self._may("key")
        return self

    def sign(self, data: bytes, mechanism: str) -> bytes:
        self._may("sign")
        if mechanism == "ecdsa":
            numbers = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(utils.Prehashed(Hash.SHA256.primitive))))
            return b"".join(number.to_bytes(32, "big") for number in numbers)
        digest = data[-32:]
        assert data == pkcs11.digest_info(digest, Hash.SHA256)
        signed: bytes = self.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(Hash.SHA256.primitive))
        return signed

    def close(self) -> None:
        self.closed += 1
        self._may("close")

    def finalize(self) -> None:
        self.ended += 1
        self._may("end")


def opening(token: Token, text: str = REFERENCE, pin: str | None = PIN) -> Awaitable[DeviceSigner]:
    return open_pkcs11_signer(text, issued(KeyAlgorithm.RSA).certificate, pin=pin, load=lambda: token)


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
    ("broken", "by", "kind", "reason"),
    [
        ("library", TokenError, LibraryMissing, "does not load: TokenError"),
        ("library", OSError, LibraryMissing, "does not load: OSError"),
        ("library", DeviceRemoved, DeviceAway, "does not begin: DeviceRemoved"),
        ("token", DeviceRemoved, DeviceAway, "does not give the key: DeviceRemoved"),
        ("pin", PinIncorrect, PinRefused, "refused the PIN: PinIncorrect"),
        ("pin", DeviceRemoved, DeviceAway, "does not give the key: DeviceRemoved"),
        ("key", NoSuchKey, KeyMissing, "does not give the key: NoSuchKey"),
        ("key", OSError, DeviceAway, "does not give the key: OSError"),
        ("sign", DeviceRemoved, DeviceAway, "does not sign: DeviceRemoved"),
    ],
)
async def test_a_token_that_fails_is_said_and_closed(
    broken: str, by: type, kind: type[KeyUnusable], reason: str
) -> None:
    token = Token(broken=broken, by=by)
    with pytest.raises(kind, match=reason) as refused:
        await opening(token)
    assert token.closed == (len(token.pins) if broken in {"key", "sign"} else 0)
    assert PIN not in str(refused.value)


async def test_a_token_that_was_taken_out_is_let_go() -> None:
    token = Token(broken="close")
    signer = await opening(token)
    await signer.aclose()
    assert token.closed == 1


async def test_a_pin_that_was_refused_is_not_tried_again() -> None:
    token = Token(broken="pin", by=PinIncorrect)
    for _ in range(3):
        with pytest.raises(PinRefused):
            await opening(token)
    assert token.pins == [PIN]
    token.broken = ""
    signer = await opening(token, pin="4321")
    await signer.aclose()


async def test_a_signer_whose_pin_was_changed_asks_for_it_once() -> None:
    token = Token()
    signer = await opening(token)
    token.broken, token.by = "sign", DeviceRemoved
    with pytest.raises(DeviceAway):
        await signer.sign_raw(b"")
    token.broken, token.by = "pin", PinIncorrect
    for _ in range(3):
        with pytest.raises(PinRefused):
            await signer.sign_raw(b"")
    assert token.pins == [PIN, PIN]
    await signer.aclose()


async def test_the_keys_of_a_token_share_its_session_and_its_pin() -> None:
    token = Token()
    one, other = await opening(token), await opening(token, "id=%02?module-path=/usr/lib/libtoken.so")
    assert token.pins == [PIN]
    for pin in ("4321", None):
        with pytest.raises(PinRefused, match="another PIN"):
            await opening(token, pin=pin)
    await one.aclose()
    assert token.closed == 0
    await other.sign_raw(b"")
    await other.aclose()
    assert token.closed == 1


def test_a_session_does_not_show_its_pin() -> None:
    assert PIN not in repr(pkcs11_library._Session(None, PIN))


async def test_a_key_without_a_pin_is_no_other_s() -> None:
    token = Token()
    signer = await opening(token, pin=None)
    again = await opening(token, pin=None)
    with pytest.raises(PinRefused, match="another PIN"):
        await opening(token)
    await again.aclose()
    await signer.aclose()


async def test_a_library_that_lost_its_device_is_begun_anew_for_all_its_keys() -> None:
    token = Token()
    one, other = await opening(token), await opening(token)
    token.broken, token.by = "token", DeviceRemoved
    with pytest.raises(DeviceAway):
        await opening(token)
    assert token.ended == 1
    with pytest.raises(DeviceAway):
        await one.sign_raw(b"")
    token.broken = ""
    await one.sign_raw(b"")
    await other.sign_raw(b"")
    assert token.pins == [PIN, PIN]
    await one.aclose()
    await other.aclose()
    assert token.closed == 1


async def test_a_key_that_went_between_two_beginnings_is_said() -> None:
    token = Token(broken="key")

    def vanish() -> None:
        token.by = NoSuchKey

    token.finalize = vanish  # type: ignore[method-assign] # the stand-in's
    with pytest.raises(KeyMissing):
        await opening(token)


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
    assert pkcs11_library.load_module().name == "theirs"


# ---- SoftHSM


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    with softhsm_token(tmp_path_factory.mktemp("softhsm")) as made:
        yield made


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
async def test_softhsm_signs(softhsm: SoftHsm, kind: KeyAlgorithm, algorithm: SignatureAlgorithm, find: str) -> None:
    certificate = authority(kind).certify("device", softhsm.keys[kind])
    signer = await open_signer(softhsm.reference(find), certificate, algorithm=algorithm, pin=PIN)
    await keeps_to_the_protocol(signer, certificate, algorithm)


@pytest.mark.group("softhsm", needs="softhsm2 and python-pkcs11")
async def test_softhsm_wants_its_pin_and_its_key(softhsm: SoftHsm) -> None:
    certificate = authority(KeyAlgorithm.EC).certify("device", softhsm.keys[KeyAlgorithm.EC])
    for find, pin, reason in (
        ("id=%02", "9999", "PinIncorrect"),
        ("id=%02", "9999", "refused the PIN before"),
        ("id=%09", PIN, "NoSuchKey"),
        ("serial=nowhere;id=%02", PIN, "NoSuchToken"),
    ):
        with pytest.raises(KeyUnusable, match=reason):
            await open_signer(softhsm.reference(find), certificate, pin=pin)


@pytest.mark.group("softhsm", needs="softhsm2 and python-pkcs11")
async def test_two_keys_of_softhsm_sign_while_it_goes_and_comes_back(softhsm: SoftHsm) -> None:
    signers = []
    for kind, find in ((KeyAlgorithm.RSA, "id=%01"), (KeyAlgorithm.EC, "id=%02")):
        certificate = authority(kind).certify("device", softhsm.keys[kind])
        signers.append(await open_signer(softhsm.reference(find), certificate, pin=PIN))
    for signer in signers:
        await signer.sign_raw(b"there")
    with softhsm.away():
        for signer in [*signers, *signers]:
            with pytest.raises(DeviceAway):
                await signer.sign_raw(b"away")
    for signer in signers:
        await signer.sign_raw(b"back")
        await signer.aclose()
