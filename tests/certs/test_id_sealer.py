"""Sealed ids: they open to what was sealed, under the same key and kind only, and nothing else opens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.id_sealer import KEY_BYTES, AesSivIdSealer

SEALER = AesSivIdSealer(bytes(range(64)))


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_under_the_same_kind(plain: bytes, kind: str) -> None:
    assert SEALER.open(SEALER.seal(plain, kind), kind) == plain


@given(st.binary(max_size=200))
def test_an_id_is_stable_and_safe_in_an_address(plain: bytes) -> None:
    sealed = SEALER.seal(plain, "licence")
    assert sealed == AesSivIdSealer(bytes(range(64))).seal(plain, "licence")
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.binary(min_size=4, max_size=60))
def test_the_plain_key_is_nowhere_in_the_id(plain: bytes) -> None:
    sealed = SEALER.seal(plain, "licence")
    assert plain not in base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))


def test_another_kind_does_not_open() -> None:
    assert SEALER.open(SEALER.seal(b"7", "licence"), "file") is None


def test_another_key_does_not_open() -> None:
    assert AesSivIdSealer(AesSivIdSealer.generate_key()).open(SEALER.seal(b"7", "licence"), "licence") is None


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_changed_id_does_not_open(plain: bytes, data: st.DataObject) -> None:
    sealed = SEALER.seal(plain, "licence")
    raw = bytearray(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert SEALER.open(base64.urlsafe_b64encode(raw).decode(), "licence") is None


@given(st.text(max_size=60))
def test_any_text_opens_to_nothing_and_never_raises(text: str) -> None:
    assert SEALER.open(text, "licence") is None


@pytest.mark.parametrize("text", ["", "=", "A", "AAAA", "A" * 60_001, "é" * 30, "\ud800", "a b", "+/+/" * 8])
def test_what_is_no_id_opens_to_nothing(text: str) -> None:
    assert SEALER.open(text, "licence") is None


def test_keys_are_new_and_of_the_promised_length() -> None:
    one, other = AesSivIdSealer.generate_key(), AesSivIdSealer.generate_key()
    assert len(one) == len(other) == KEY_BYTES
    assert one != other
