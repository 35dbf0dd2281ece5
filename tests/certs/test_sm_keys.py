"""SM2 keys: every form is read back, nothing off the curve gets in, nothing secret gets out."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.sm import KeyInvalid, Sm2PrivateKey, Sm2PublicKey, der
from certs.sm.curve import G, N
from certs.sm.selftest import KNOWN_KEY, KNOWN_PUBLIC

KEY = Sm2PrivateKey.from_hex(KNOWN_KEY)
OTHER_CURVE = bytes.fromhex("2a8648ce3d030107")
SLOW = settings(deadline=None, max_examples=25)


def sec1(*optional: bytes, version: int = 1) -> bytes:
    return der.element(
        der.SEQUENCE, der.unsigned(version), der.element(der.OCTET_STRING, bytes.fromhex(KNOWN_KEY)), *optional
    )


def named(curve: bytes = bytes.fromhex("2a811ccf5501822d")) -> bytes:
    return der.element(0xA0, der.element(der.OBJECT_IDENTIFIER, curve))


def test_the_public_key_of_the_standard_belongs_to_its_private_key() -> None:
    assert KEY.public == Sm2PublicKey.from_hex(KNOWN_PUBLIC)
    assert KEY.public == Sm2PublicKey.from_hex("04" + KNOWN_PUBLIC.lower())


@SLOW
@given(st.builds(Sm2PrivateKey, st.integers(1, N - 2)))
def test_every_form_is_read_back(key: Sm2PrivateKey) -> None:
    for again in (
        Sm2PrivateKey.from_der(key.to_der()),
        Sm2PrivateKey.from_pem(key.to_pem()),
        Sm2PrivateKey.from_hex(key.to_raw().hex()),
        Sm2PrivateKey.from_hex(f"{key.scalar:x}"),
        Sm2PrivateKey.from_hex(f"00{key.to_raw().hex()}"),
    ):
        assert again.scalar == key.scalar
    public = key.public
    for same in (
        Sm2PublicKey.from_der(public.to_der()),
        Sm2PublicKey.from_pem(public.to_pem()),
        Sm2PublicKey.from_bytes(public.to_bytes()),
        Sm2PublicKey.from_bytes(public.to_raw()),
    ):
        assert same == public
        assert hash(same) == hash(public)


def test_generated_keys_differ() -> None:
    assert Sm2PrivateKey.generate().public != Sm2PrivateKey.generate().public


@pytest.mark.parametrize("number", [0, -1, N - 1, N, 2**256])
def test_a_number_out_of_range_is_no_private_key(number: int) -> None:
    with pytest.raises(KeyInvalid):
        Sm2PrivateKey(number)


@pytest.mark.parametrize("text", ["", "xyz", " 12", "12\n", "1" * 67, "0x12"])
def test_other_text_is_no_private_key_and_is_not_repeated(text: str) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Sm2PrivateKey.from_hex(text)
    assert str(caught.value) == "a private key is 64 hexadecimal digits"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0" * 64,
        b"\4" + b"\0" * 64,
        b"\2" + G[0].to_bytes(32, "big"),
        b"\5" + KEY.public.to_raw(),
        KEY.public.to_raw()[:-1] + b"\0",
        KEY.public.to_bytes() + b"\0",
    ],
    ids=["empty", "infinity", "zeros", "zeros-prefixed", "compressed", "prefix", "off-curve", "too-long"],
)
def test_other_bytes_are_no_public_key(data: bytes) -> None:
    with pytest.raises(KeyInvalid):
        Sm2PublicKey.from_bytes(data)


@pytest.mark.parametrize("text", ["", "04", "05" + KNOWN_PUBLIC, KNOWN_PUBLIC[:-1], KNOWN_PUBLIC[:-1] + "g"])
def test_other_text_is_no_public_key(text: str) -> None:
    with pytest.raises(KeyInvalid):
        Sm2PublicKey.from_hex(text)


@pytest.mark.parametrize("data", [sec1(named()), sec1(named(), der.element(0xA1, der.bits(KEY.public.to_bytes())))])
def test_sec1_is_read_with_and_without_its_public_key(data: bytes) -> None:
    for label in ("EC PRIVATE KEY", "SM2 PRIVATE KEY"):
        text = der.write_pem("SM2 PARAMETERS", b"x") + der.write_pem(label, data)
        assert Sm2PrivateKey.from_pem(text.replace("\n", "\r\n")).scalar == KEY.scalar


@pytest.mark.parametrize(
    "data",
    [
        sec1(),
        sec1(named(OTHER_CURVE)),
        sec1(named(), version=2),
        sec1(named(), b"\5\0"),
        sec1(named(), der.element(0xA1, der.bits(Sm2PrivateKey(7).public.to_bytes()))),
        sec1(named(), der.element(0xA1, der.element(der.BIT_STRING, b"\1", KEY.public.to_bytes()))),
        sec1(named()) + b"\0",
        KEY.to_der()[:-1],
        KEY.to_der().replace(b"\2\1\0", b"\2\1\2", 1),
        KEY.to_der().replace(b"\x2a\x86\x48", b"\x2a\x86\x49"),
        KEY.to_der().replace(b"\2\1\1", b"\2\1\3", 1),
        b"",
    ],
    ids=[
        *("no-curve", "other-curve", "version", "more", "other-public", "odd-bits", "after", "cut", "pkcs8-version"),
        *("algorithm", "inner-version", "empty"),
    ],
)
def test_other_der_is_no_private_key(data: bytes) -> None:
    with pytest.raises(KeyInvalid):
        Sm2PrivateKey.from_der(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        KEY.public.to_der() + b"\0",
        KEY.public.to_der()[:-1] + b"\0",
        der.element(der.SEQUENCE, KEY.public.to_der()),
        KEY.public.to_der().replace(b"\x01\x82\x2d", b"\x01\x82\x2e"),
    ],
    ids=["empty", "after", "off-curve", "nested", "other-curve"],
)
def test_other_der_is_no_public_key(data: bytes) -> None:
    with pytest.raises(KeyInvalid):
        Sm2PublicKey.from_der(data)


def test_keys_that_name_the_algorithm_by_the_curve_are_read() -> None:
    oid = der.element(der.OBJECT_IDENTIFIER, bytes.fromhex("2a811ccf5501822d"))
    data = der.element(der.SEQUENCE, der.element(der.SEQUENCE, oid, oid), der.bits(KEY.public.to_bytes()))
    assert Sm2PublicKey.from_der(data) == KEY.public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----" + "\n" * 70_000,
    ],
    ids=["empty", "encrypted", "base64", "ends", "long"],
)
def test_other_text_is_no_pem(text: str) -> None:
    for read in (Sm2PrivateKey.from_pem, Sm2PublicKey.from_pem):
        with pytest.raises(KeyInvalid):
            read(text)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x30\x80\0\0",
        b"\x30\x81\x05hello",
        b"\x30\x82\x00\x90" + b"\0" * 144,
        b"\x30\x85\0\0\0\0\1x",
        b"\x30\x82\1",
    ],
    ids=["no-length", "indefinite", "long-form", "leading-zero", "five", "cut-length"],
)
def test_lengths_are_read_in_their_shortest_form_only(data: bytes) -> None:
    with pytest.raises(der.DerInvalid):
        der.Reader(data).take(der.SEQUENCE)


@given(st.binary(max_size=300))
def test_der_elements_are_read_back(content: bytes) -> None:
    reader = der.Reader(der.element(der.OCTET_STRING, content))
    assert reader.take(der.OCTET_STRING) == content
    reader.end()


@pytest.mark.parametrize("content", [b"", b"\x80", b"\0\1"])
def test_integers_are_not_negative_and_in_their_shortest_form(content: bytes) -> None:
    with pytest.raises(der.DerInvalid):
        der.Reader(der.element(der.INTEGER, content)).unsigned()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_key_or_refused(data: bytes) -> None:
    for read in (Sm2PrivateKey.from_der, Sm2PublicKey.from_der, Sm2PublicKey.from_bytes):
        with pytest.raises(KeyInvalid):
            read(data)


def test_a_private_key_shows_nothing_and_is_not_copied() -> None:
    assert repr(KEY) == "<Sm2PrivateKey>"
    assert repr(KEY.public) == "<Sm2PublicKey>"
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            attempt(KEY)


def test_keys_equal_only_keys() -> None:
    assert KEY.public != KEY.public.point
    assert Sm2PrivateKey.from_hex(KNOWN_KEY) != KEY
