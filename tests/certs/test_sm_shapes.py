"""Signatures and ciphertexts as they travel: each form is read back, anything else is refused without a hint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.sm import CipherForm, CipherInvalid, Signature, SignatureInvalid, der
from certs.sm.curve import G, N
from certs.sm.shapes import LONGEST_PLAIN, Ciphertext

numbers = st.integers(1, N - 1) | st.integers(1, 300)
KNOWN = Ciphertext(G, b"c" * 32, b"masked")
forms = pytest.mark.parametrize("form", list(CipherForm))


@given(numbers, numbers)
def test_signatures_are_read_back_from_every_form(r: int, s: int) -> None:
    signature = Signature(r, s)
    assert Signature.from_der(signature.to_der()) == signature
    assert Signature.from_raw(signature.to_raw()) == signature
    assert Signature.from_any(signature.to_der()) == signature
    assert Signature.from_any(signature.to_raw()) == signature


def test_a_lost_or_doubled_zero_byte_is_read_only_where_it_is_allowed() -> None:
    high, low = b"\x90" + b"\1" * 31, b"\0" + b"\x70" * 32
    data = der.element(der.SEQUENCE, der.element(der.INTEGER, high), der.element(der.INTEGER, low))
    assert Signature.from_any(data) == Signature(int.from_bytes(high, "big"), int.from_bytes(low, "big"))
    with pytest.raises(SignatureInvalid):
        Signature.from_der(data)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (-1, 1)])
def test_numbers_out_of_range_are_no_signature(r: int, s: int) -> None:
    with pytest.raises(SignatureInvalid):
        Signature(r, s)


@pytest.mark.parametrize("data", [b"", b"\0" * 64, b"\x30\0", b"x" * 63, Signature(1, 2).to_der() + b"\0"])
def test_other_bytes_are_no_signature(data: bytes) -> None:
    for read in (Signature.from_der, Signature.from_raw, Signature.from_any):
        with pytest.raises(SignatureInvalid):
            read(data)


@forms
def test_ciphertexts_are_read_back_from_every_form(form: CipherForm) -> None:
    assert Ciphertext.decode(KNOWN.encode(form), form) == KNOWN


@pytest.mark.parametrize(
    ("prefixed", "bare"),
    [(CipherForm.C1C3C2, CipherForm.BARE_C1C3C2), (CipherForm.C1C2C3, CipherForm.BARE_C1C2C3)],
)
def test_the_byte_before_the_point_may_be_missing(prefixed: CipherForm, bare: CipherForm) -> None:
    assert KNOWN.encode(prefixed) == b"\4" + KNOWN.encode(bare)
    assert Ciphertext.decode(KNOWN.encode(bare), prefixed) == KNOWN
    assert Ciphertext.decode(KNOWN.encode(prefixed), bare) == KNOWN


def test_a_bare_point_that_begins_with_04_is_not_taken_for_a_prefix() -> None:
    point = (
        0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73,
        0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0,
    )
    ciphertext = Ciphertext(point, b"c" * 32, b"masked")
    data = ciphertext.encode(CipherForm.BARE_C1C3C2)
    assert data[0] == 4
    assert Ciphertext.decode(data, CipherForm.C1C3C2) == ciphertext


@forms
@given(data=st.binary(max_size=200))
def test_other_bytes_are_no_ciphertext(form: CipherForm, data: bytes) -> None:
    with pytest.raises(CipherInvalid):
        Ciphertext.decode(data, form)


@forms
def test_a_ciphertext_that_is_cut_anywhere_before_its_text_is_refused(form: CipherForm) -> None:
    data = KNOWN.encode(form)
    for length in range(len(data) - len(KNOWN.masked)):
        with pytest.raises(CipherInvalid):
            Ciphertext.decode(data[:length], form)


def test_a_part_that_is_too_long_is_refused() -> None:
    with pytest.raises(CipherInvalid):
        Ciphertext(G, b"c" * 32, bytes(LONGEST_PLAIN + 1))
    with pytest.raises(CipherInvalid):
        Ciphertext(G, b"c" * 31, b"x")


def test_a_ciphertext_shows_nothing() -> None:
    assert repr(KNOWN) == "Ciphertext()"
