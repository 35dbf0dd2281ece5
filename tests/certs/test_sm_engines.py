"""Both engines keep the same promises, and each reads what the other writes."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import sm
from certs.sm import (
    CipherForm,
    CipherInvalid,
    Signature,
    SignatureInvalid,
    Sm2Engine,
    Sm2PrivateKey,
    Sm2PublicKey,
    selftest,
)
from certs.sm.curve import G, N, arithmetic
from certs.sm.engine import LONGEST_ID, message_digest, signer_digest
from certs.sm.python import PythonBackend
from certs.sm.shapes import LONGEST_PLAIN, Ciphertext

KEY = Sm2PrivateKey.from_hex(selftest.KNOWN_KEY)
STRANGER = Sm2PrivateKey(2**200 + 1)
KNOWN_K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SLOW = settings(deadline=None, max_examples=20)
LIBCRYPTO = pytest.param("libcrypto", marks=pytest.mark.group("openssl", needs="openssl with SM2"))
both = pytest.mark.parametrize("name", ["python", LIBCRYPTO])
pairs = pytest.mark.parametrize(
    ("name", "other"),
    [
        pytest.param("python", "libcrypto", marks=pytest.mark.group("openssl", needs="openssl with SM2")),
        pytest.param("libcrypto", "python", marks=pytest.mark.group("openssl", needs="openssl with SM2")),
    ],
)


def engine(name: str) -> Sm2Engine:
    return next(candidate for candidate in sm.engines() if candidate.name == name)


def with_numbers(*numbers: int) -> Sm2Engine:
    drawn = iter(numbers)
    return Sm2Engine(PythonBackend(random_scalar=lambda: next(drawn)))


def test_the_signature_of_the_standard_comes_out() -> None:
    signature = with_numbers(KNOWN_K).sign(KEY, b"message digest")
    assert signature.to_raw().hex().upper() == selftest.KNOWN_SIGNATURE


def test_the_ciphertext_of_the_standard_comes_out() -> None:
    assert (
        with_numbers(KNOWN_K).encrypt(KEY.public, b"encryption standard").hex().upper() == "04" + selftest.KNOWN_CIPHER
    )


def test_the_signer_s_digest_of_the_standard_comes_out() -> None:
    expected = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
    assert signer_digest(KEY.public, b"1234567812345678").hex().upper() == expected


@both
def test_the_self_test_passes(name: str) -> None:
    selftest.run(engine(name))


@pairs
@SLOW
@given(message=st.binary(max_size=200), ident=st.binary(max_size=40), scalar=st.integers(1, N - 2))
def test_one_verifies_what_the_other_signed(name: str, other: str, message: bytes, ident: bytes, scalar: int) -> None:
    key = Sm2PrivateKey(scalar)
    signature = engine(name).sign(key, message, ident=ident)
    engine(other).verify(key.public, message, signature, ident=ident)


@pairs
@SLOW
@given(plain=st.binary(min_size=1, max_size=300), form=st.sampled_from(CipherForm), scalar=st.integers(1, N - 2))
def test_one_decrypts_what_the_other_encrypted(
    name: str, other: str, plain: bytes, form: CipherForm, scalar: int
) -> None:
    key = Sm2PrivateKey(scalar)
    data = engine(name).encrypt(key.public, plain, form=form)
    assert engine(other).decrypt(key, data, form=form) == plain


@both
@SLOW
@given(bit=st.integers(0, 511))
def test_a_changed_signature_is_refused(name: str, bit: int) -> None:
    known = bytearray.fromhex(selftest.KNOWN_SIGNATURE)
    known[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureInvalid):
        engine(name).verify(KEY.public, b"message digest", Signature.from_raw(bytes(known)))


@both
def test_a_signature_is_refused_for_another_message_key_or_signer(name: str) -> None:
    known = Signature.from_raw(bytes.fromhex(selftest.KNOWN_SIGNATURE))
    tried = engine(name)
    tried.verify(KEY.public, b"message digest", known, ident=b"1234567812345678")
    with pytest.raises(SignatureInvalid):
        tried.verify(KEY.public, b"message digesT", known)
    with pytest.raises(SignatureInvalid):
        tried.verify(STRANGER.public, b"message digest", known)
    with pytest.raises(SignatureInvalid):
        tried.verify(KEY.public, b"message digest", known, ident=b"")


@both
def test_numbers_that_sum_to_nothing_are_refused(name: str) -> None:
    with pytest.raises(SignatureInvalid):
        engine(name).verify(KEY.public, b"", Signature(5, N - 5))


@both
def test_a_sum_at_infinity_is_refused(name: str) -> None:
    # With the key d = 1 the sum is (2s + r) G.
    with pytest.raises(SignatureInvalid):
        engine(name).verify(Sm2PublicKey(*G), b"", Signature(N - 2, 1))


@both
def test_digests_are_signed_as_they_are(name: str) -> None:
    digest = message_digest(KEY.public, b"message digest")
    tried = engine(name)
    tried.verify(KEY.public, b"message digest", tried.sign_digest(KEY, digest))
    tried.verify_digest(KEY.public, digest, Signature.from_raw(bytes.fromhex(selftest.KNOWN_SIGNATURE)))
    with pytest.raises(ValueError, match="32 bytes"):
        tried.sign_digest(KEY, digest[1:])
    with pytest.raises(ValueError, match="32 bytes"):
        tried.verify_digest(KEY.public, b"", Signature(1, 1))


@both
@SLOW
@given(at=st.integers(0, 115), flip=st.integers(1, 255))
def test_a_changed_ciphertext_is_refused(name: str, at: int, flip: int) -> None:
    known = bytearray.fromhex("04" + selftest.KNOWN_CIPHER)
    known[at] ^= flip
    with pytest.raises(CipherInvalid) as caught:
        engine(name).decrypt(KEY, bytes(known))
    assert str(caught.value) == str(CipherInvalid())


@both
def test_a_ciphertext_for_another_key_or_in_another_order_is_refused(name: str) -> None:
    known = bytes.fromhex(selftest.KNOWN_CIPHER)
    with pytest.raises(CipherInvalid):
        engine(name).decrypt(STRANGER, known)
    for form in (CipherForm.C1C2C3, CipherForm.DER):
        with pytest.raises(CipherInvalid):
            engine(name).decrypt(KEY, known, form=form)


@both
def test_a_long_text_is_masked_in_full(name: str) -> None:
    plain = bytes(range(256)) * 40
    assert engine(name).decrypt(KEY, engine(name).encrypt(KEY.public, plain)) == plain


@both
def test_threads_share_an_engine_and_a_key(name: str) -> None:
    shared, key, failures = engine(name), Sm2PrivateKey.generate(), []

    def work(message: bytes) -> None:
        try:
            for _ in range(5):
                shared.verify(key.public, message, shared.sign(key, message))
                assert shared.decrypt(key, shared.encrypt(key.public, message)) == message
        except Exception as error:  # noqa: BLE001 # carried over to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(bytes([65 + number]),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_texts_and_identifiers_have_bounds() -> None:
    for plain in (b"", bytes(LONGEST_PLAIN + 1)):
        with pytest.raises(ValueError, match="SM2 encrypts"):
            engine("python").encrypt(KEY.public, plain)
    signer_digest(KEY.public, bytes(LONGEST_ID))
    with pytest.raises(ValueError, match="identifier"):
        signer_digest(KEY.public, bytes(LONGEST_ID + 1))


def test_a_number_that_spoils_a_signature_is_drawn_again() -> None:
    k = 12345
    x = arithmetic().multiply_base(k)[0]
    no_r = -x % N
    no_sum = (-k - x) % N
    no_s = (k * pow(KEY.scalar, -1, N) - x) % N
    for e in (no_r, no_sum, no_s):
        digest = e.to_bytes(32, "big")
        signature = with_numbers(k, k + 1).sign_digest(KEY, digest)
        engine("python").verify_digest(KEY.public, digest, signature)


class Transparent(PythonBackend):
    """A backend whose first ciphertext does not hide its text."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def encrypt(self, public: Sm2PublicKey, plain: bytes) -> Ciphertext:
        self.calls += 1
        return Ciphertext(G, bytes(32), plain) if self.calls == 1 else super().encrypt(public, plain)

    def decrypt(self, private: Sm2PrivateKey, ciphertext: Ciphertext) -> bytes:
        return ciphertext.masked if self.calls == 1 else super().decrypt(private, ciphertext)


def test_a_mask_of_zeros_is_never_sent() -> None:
    backend = Transparent()
    data = Sm2Engine(backend).encrypt(KEY.public, b"x")
    assert backend.calls == 2
    assert engine("python").decrypt(KEY, data) == b"x"


def test_a_mask_of_zeros_is_refused() -> None:
    backend = Transparent()
    backend.calls = 1
    with pytest.raises(CipherInvalid):
        Sm2Engine(backend).decrypt(KEY, bytes.fromhex(selftest.KNOWN_CIPHER))


def test_an_engine_names_itself() -> None:
    assert repr(engine("python")).startswith("<Sm2Engine python (Python 3.")
