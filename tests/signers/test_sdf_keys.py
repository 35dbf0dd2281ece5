"""SM2 keys in devices of GM/T 0018, as a Python stand-in and as a compiled emulator have them."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from certs import sm
from certs.signers import KeyUnusable, open_signer, sdf_library
from certs.signers.sdf import open_sdf_signer
from certs.signers.sdf_library import PublicNumbers, SignatureNumbers
from certs.signers.troubles import DeviceAway, KeyMissing
from certs.x509 import KeyAlgorithm, SignatureAlgorithm
from gateway.core.errors import PinRefused
from tests.signers.emulated import away, certified, emulated
from tests.signers.keys import issued, keeps_to_the_protocol, stranger

REFERENCE = "key=1?module-path=/opt/card/libsdf.so"
FUNCTIONS = (
    "OpenDevice",
    "CloseDevice",
    "OpenSession",
    "CloseSession",
    "GetPrivateKeyAccessRight",
    "ReleasePrivateKeyAccessRight",
    "ExportSignPublicKey_ECC",
    "InternalSign_ECC",
)


class Card:
    """A library whose functions do what ``does`` says, and are written down."""

    def __init__(self, **does: Callable[..., int]) -> None:
        key = issued(KeyAlgorithm.SM2).key
        assert isinstance(key, sm.Sm2PrivateKey)
        self.key = key
        self.called: list[str] = []
        for name in FUNCTIONS:
            act = does.get(name, getattr(self, name, lambda *_: 0))
            setattr(self, f"SDF_{name}", self._noted(name, act))

    def _noted(self, name: str, act: Callable[..., int]) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            self.called.append(name)
            return act(*arguments)

        return call

    def ExportSignPublicKey_ECC(self, _session: object, _index: int, numbers: object) -> int:  # noqa: N802 # the standard's
        point = self.key.public.point
        found: PublicNumbers = numbers._obj  # type: ignore[attr-defined] # what byref refers to
        found.x[:], found.y[:] = (list(number.to_bytes(64, "big")) for number in point)
        return 0

    def InternalSign_ECC(  # noqa: N802 # the standard's
        self, _session: object, _index: int, digest: bytes, length: int, numbers: object
    ) -> int:
        made = sm.engine().sign_digest(self.key, digest[:length])
        found: SignatureNumbers = numbers._obj  # type: ignore[attr-defined] # what byref refers to
        found.r[:], found.s[:] = (list(number.to_bytes(64, "big")) for number in (made.r, made.s))
        return 0

    def load(self, path: str) -> "Card":
        assert path == "/opt/card/libsdf.so"
        return self


async def opened(card: Card, text: str = REFERENCE, pin: str | None = None) -> None:
    signer = await open_sdf_signer(text, issued(KeyAlgorithm.SM2).certificate, pin=pin, load=card.load)  # type: ignore[arg-type] # functions set by name
    await signer.aclose()


async def test_whatever_was_opened_is_closed_in_the_other_order() -> None:
    card = Card()
    await opened(card, pin="12345678")
    assert card.called == [
        "OpenDevice",
        "OpenSession",
        "GetPrivateKeyAccessRight",
        "ExportSignPublicKey_ECC",
        "InternalSign_ECC",
        "ReleasePrivateKeyAccessRight",
        "CloseSession",
        "CloseDevice",
    ]


@pytest.mark.parametrize(
    ("function", "code", "meaning", "closed"),
    [
        pytest.param("OpenDevice", 0x01000005, "cannot be opened (0x01000005)", [], id="device"),
        pytest.param("OpenSession", 0x01000006, "no session", ["CloseDevice"], id="session"),
        pytest.param(
            "GetPrivateKeyAccessRight", 0x01000007, "right to use", ["CloseSession", "CloseDevice"], id="right"
        ),
        pytest.param(
            "ExportSignPublicKey_ECC",
            0x01000008,
            "no such key",
            ["ReleasePrivateKeyAccessRight", "CloseSession", "CloseDevice"],
            id="key",
        ),
        pytest.param(
            "InternalSign_ECC",
            -1,
            "a reason of its own (0xffffffff)",
            ["ReleasePrivateKeyAccessRight", "CloseSession", "CloseDevice"],
            id="signature",
        ),
    ],
)
async def test_a_refusal_is_explained_and_everything_closed(
    function: str, code: int, meaning: str, closed: list[str]
) -> None:
    card = Card(**{function: lambda *_: code})
    with pytest.raises(KeyUnusable) as refused:
        await opened(card, pin="12345678")
    assert meaning in str(refused.value)
    assert card.called[card.called.index(function) + 1 :] == closed


async def test_nonsense_of_a_device_is_refused() -> None:
    for function, reason in (("ExportSignPublicKey_ECC", "not on SM2's curve"), ("InternalSign_ECC", "no signature")):
        with pytest.raises(KeyUnusable, match=reason):
            await opened(Card(**{function: lambda *_: 0}))


async def test_another_key_than_the_certificate_s_is_refused() -> None:
    card = Card()
    with pytest.raises(KeyUnusable, match="does not belong to the certificate"):
        await open_sdf_signer(REFERENCE, stranger(KeyAlgorithm.SM2), load=card.load)  # type: ignore[arg-type] # as opened
    assert "InternalSign_ECC" not in card.called


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("?module-path=/opt/card/libsdf.so", "needs key="),
        ("key=0?module-path=/opt/card/libsdf.so", "from 1 to 1024"),
        ("key=1025?module-path=/opt/card/libsdf.so", "from 1 to 1024"),
        ("key=one?module-path=/opt/card/libsdf.so", "from 1 to 1024"),
        ("key=１?module-path=/opt/card/libsdf.so", "from 1 to 1024"),
        ("key=%ff?module-path=/opt/card/libsdf.so", "no text"),
        ("key=1", "absolute path"),
        ("key=1?module-path=libsdf.so", "absolute path"),
        ("key=1;key=2?module-path=/opt/card/libsdf.so", "given twice"),
        ("key=?module-path=/opt/card/libsdf.so", "empty"),
        ("slot=1?module-path=/opt/card/libsdf.so", "unknown"),
        ("key=1?module-path=/opt/card/libsdf.so&pin-value=12345678", "PIN does not belong"),
    ],
)
async def test_what_is_no_reference_is_refused(text: str, reason: str) -> None:
    with pytest.raises(KeyUnusable, match=reason):
        await opened(Card(), text)


async def test_other_keys_and_impossible_pins_are_refused() -> None:
    with pytest.raises(KeyUnusable, match="only SM2 keys"):
        await open_signer(f"sdf:{REFERENCE}", issued(KeyAlgorithm.EC).certificate)
    with pytest.raises(KeyUnusable, match="longer than any"):
        await opened(Card(), pin="1" * 65)


def test_a_library_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="does not load"):
        sdf_library.load(str(tmp_path / "nowhere.so"))
    with pytest.raises(KeyUnusable, match="none of GM/T 0018"):
        sdf_library.load("", opener=lambda _: SimpleNamespace())


def test_the_functions_of_a_library_are_declared() -> None:
    functions = {f"SDF_{name}": SimpleNamespace() for name in FUNCTIONS}
    sdf_library.load("", opener=lambda _: SimpleNamespace(**functions))
    assert all(function.restype is ctypes.c_int for function in functions.values())


# ---- the emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emulated(tmp_path_factory.mktemp("sdf"))


@pytest.mark.group("cc", needs="a C compiler and libcrypto 3")
async def test_an_emulated_device_signs(emulator: Path) -> None:
    certificate = certified(emulator, 1)
    signer = await open_signer(f"sdf:key=1?module-path={emulator}", certificate)
    await keeps_to_the_protocol(signer, certificate, SignatureAlgorithm.SM2_SM3)
    assert sdf_library.load(str(emulator)).emulator_open() == 0


@pytest.mark.group("cc", needs="a C compiler and libcrypto 3")
async def test_an_emulated_device_wants_its_pin(emulator: Path) -> None:
    certificate = certified(emulator, 2)
    reference = f"sdf:key=2?module-path={emulator}"
    for pin in (None, "00000000"):
        with pytest.raises(KeyUnusable, match="right to use the key was not given"):
            await open_signer(reference, certificate, pin=pin)
    signer = await open_signer(reference, certificate, pin="12345678")
    await keeps_to_the_protocol(signer, certificate, SignatureAlgorithm.SM2_SM3)
    with pytest.raises(KeyUnusable, match="no such key"):
        await open_signer(f"sdf:key=3?module-path={emulator}", certificate)
    assert sdf_library.load(str(emulator)).emulator_open() == 0


@pytest.mark.group("cc", needs="a C compiler and libcrypto 3")
async def test_a_key_of_an_emulated_device_signs_again_when_it_is_back(emulator: Path) -> None:
    signer = await open_signer(f"sdf:key=2?module-path={emulator}", certified(emulator, 2), pin="12345678")
    with away(emulator):
        for _ in range(2):
            with pytest.raises(DeviceAway):
                await signer.sign_raw(b"away")
    await signer.sign_raw(b"back")
    await signer.aclose()
    assert sdf_library.load(str(emulator)).emulator_open() == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0, None),
        (0x01000003, DeviceAway),
        (0x01000007, PinRefused),
        (0x01000008, KeyMissing),
        (0x0100001D, PinRefused),
        (-7, PinRefused),
    ],
)
def test_what_a_device_says_to_a_pin_and_does_not_explain_is_about_the_pin(
    code: int, kind: type[KeyUnusable] | None
) -> None:
    if kind is None:
        sdf_library.check_pin(code)
    else:
        with pytest.raises(kind):
            sdf_library.check_pin(code)
