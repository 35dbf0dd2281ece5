"""SM3, HMAC-SM3 and SM4: the standards' examples, round trips, and one answer to everything that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.sm import CipherInvalid, KeyInvalid, SignatureInvalid, Sm3, Sm4, Sm4Mode, hmac_sm3, sm3, verify_hmac_sm3
from certs.sm.digest import derive

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
VECTORS = {Sm4Mode.ECB: b"", Sm4Mode.CBC: b"i" * 16, Sm4Mode.CTR: b"i" * 16, Sm4Mode.GCM: b"i" * 12}
modes = pytest.mark.parametrize("mode", list(Sm4Mode))


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest


@given(st.lists(st.binary(max_size=100)))
def test_sm3_of_pieces_is_that_of_the_whole(pieces: list[bytes]) -> None:
    digest = Sm3()
    for piece in pieces:
        digest.update(piece)
    assert digest.digest() == sm3(b"".join(pieces))
    assert digest.hexdigest() == sm3(b"".join(pieces)).hex()


def test_a_copied_digest_goes_on_by_itself() -> None:
    first = Sm3(b"a")
    second = first.copy().update(b"b")
    assert (first.digest(), second.digest()) == (sm3(b"a"), sm3(b"ab"))


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_hmac_sm3_is_rfc_2104_over_sm3(key: bytes, data: bytes) -> None:
    padded = key.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + data)
    code = sm3(bytes(byte ^ 0x5C for byte in padded) + inner)
    assert hmac_sm3(key, data) == code
    verify_hmac_sm3(key, data, code)
    with pytest.raises(SignatureInvalid):
        verify_hmac_sm3(key, data + b"!", code)


def test_derived_bytes_are_digests_with_a_counter() -> None:
    assert derive(b"z", 40) == sm3(b"z\0\0\0\x01") + sm3(b"z\0\0\0\x02")[:8]


def test_sm4_gives_the_block_of_the_standard() -> None:
    cipher = Sm4(KEY, Sm4Mode.ECB, padded=False)
    assert cipher.encrypt(KEY).hex() == "681edf34d206965e86b3e94f536e4246"
    assert cipher.decrypt(cipher.encrypt(KEY)) == KEY


def test_sm4_gcm_gives_the_example_of_rfc_8998() -> None:
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    expected = (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert Sm4(KEY, Sm4Mode.GCM).encrypt(plain, nonce, associated=associated).hex() == expected


@modes
@given(plain=st.binary(max_size=100))
def test_what_was_encrypted_decrypts(mode: Sm4Mode, plain: bytes) -> None:
    cipher = Sm4(KEY, mode)
    assert cipher.decrypt(cipher.encrypt(plain, VECTORS[mode]), VECTORS[mode]) == plain


@pytest.mark.parametrize("mode", [Sm4Mode.ECB, Sm4Mode.CBC])
@pytest.mark.parametrize("data", [b"", b"x", b"x" * 16, b"x" * 17])
def test_length_and_padding_are_refused_alike(mode: Sm4Mode, data: bytes) -> None:
    with pytest.raises(CipherInvalid) as caught:
        Sm4(KEY, mode).decrypt(data, VECTORS[mode])
    assert str(caught.value) == str(CipherInvalid())
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("at", [0, -1])
def test_gcm_refuses_what_was_changed(at: int) -> None:
    cipher = Sm4(KEY, Sm4Mode.GCM)
    data = bytearray(cipher.encrypt(b"text", VECTORS[Sm4Mode.GCM]))
    data[at] ^= 1
    for changed in (bytes(data), b"short"):
        with pytest.raises(CipherInvalid):
            cipher.decrypt(changed, VECTORS[Sm4Mode.GCM])


@modes
def test_a_vector_of_another_length_is_refused(mode: Sm4Mode) -> None:
    for call in (Sm4(KEY, mode).encrypt, Sm4(KEY, mode).decrypt):
        with pytest.raises(ValueError, match="bytes of vector"):
            call(b"", b"12345")


def test_only_gcm_proves_something_besides() -> None:
    with pytest.raises(ValueError, match="proves nothing"):
        Sm4(KEY, Sm4Mode.CTR).encrypt(b"", VECTORS[Sm4Mode.CTR], associated=b"head")


def test_half_a_block_without_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        Sm4(KEY, Sm4Mode.CBC, padded=False).encrypt(b"half", VECTORS[Sm4Mode.CBC])


def test_a_key_of_another_length_is_refused_and_a_key_is_never_shown() -> None:
    with pytest.raises(KeyInvalid) as caught:
        Sm4(b"secret", Sm4Mode.CBC)
    assert "secret" not in str(caught.value)
    assert repr(Sm4(KEY, Sm4Mode.CBC)) == "<Sm4 cbc>"
