"""What is sealed at rest opens in its place, under its key, unchanged, and nowhere else."""

import base64

import msgspec
import pytest

from certs.record_cipher import KEY_BYTES, MOST_KEYS, AesGcmRecordCipher
from gateway.core.errors import KeyUnusable, PayloadUnreadable
from gateway.core.sealing import Place

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
PLACE = Place("uses", b"row", "sealed")
PLAIN = "王测试 420106199001011231".encode()


def test_what_was_sealed_opens_in_its_place() -> None:
    cipher = AesGcmRecordCipher([FIRST])
    sealed = cipher.seal(PLAIN, PLACE)
    assert cipher.open(sealed, PLACE) == PLAIN
    assert PLAIN not in sealed
    assert cipher.seal(PLAIN, PLACE) != sealed
    assert len(sealed) == 1 + 4 + 12 + len(PLAIN) + 16


@pytest.mark.parametrize("changed", [{"table": "use"}, {"row": b"wor"}, {"column": "note"}], ids=str)
def test_it_opens_in_no_other_place(changed: dict[str, object]) -> None:
    cipher = AesGcmRecordCipher([FIRST])
    with pytest.raises(PayloadUnreadable):
        cipher.open(cipher.seal(PLAIN, PLACE), msgspec.structs.replace(PLACE, **changed))


def test_places_that_read_alike_are_different() -> None:
    cipher = AesGcmRecordCipher([FIRST])
    with pytest.raises(PayloadUnreadable):
        cipher.open(cipher.seal(PLAIN, Place("ab", b"c", "d")), Place("a", b"bc", "d"))


def test_every_changed_bit_and_every_cut_is_found() -> None:
    cipher = AesGcmRecordCipher([FIRST])
    sealed = cipher.seal(b"x", PLACE)
    for place in range(len(sealed)):
        for bit in range(8):
            changed = sealed[:place] + bytes([sealed[place] ^ (1 << bit)]) + sealed[place + 1 :]
            with pytest.raises(PayloadUnreadable):
                cipher.open(changed, PLACE)
        with pytest.raises(PayloadUnreadable):
            cipher.open(sealed[:place], PLACE)


def test_after_a_change_of_keys_the_old_one_still_opens_and_finds() -> None:
    old, both, new = AesGcmRecordCipher([FIRST]), AesGcmRecordCipher([SECOND, FIRST]), AesGcmRecordCipher([SECOND])
    assert both.open(old.seal(PLAIN, PLACE), PLACE) == PLAIN
    assert new.open(both.seal(PLAIN, PLACE), PLACE) == PLAIN
    with pytest.raises(PayloadUnreadable, match="YIWANG_RECORD_KEY"):
        new.open(old.seal(PLAIN, PLACE), PLACE)
    assert both.blinds("use", "a") == (new.blind("use", "a"), old.blind("use", "a"))


def test_rows_of_the_same_parts_are_found_and_of_no_others() -> None:
    cipher = AesGcmRecordCipher([FIRST])
    assert cipher.blind("use", "a", "b") == cipher.blind("use", "a", "b")
    others = {cipher.blind("use", "ab"), cipher.blind("use", "a", "b"), cipher.blind("use", "", "ab")}
    assert len(others) == 3
    assert {len(one) for one in others} == {32}


def test_a_key_file_holds_a_key_a_line() -> None:
    line = AesGcmRecordCipher.generate_key()
    assert len(base64.b64decode(line)) == KEY_BYTES
    assert line != AesGcmRecordCipher.generate_key()
    both = AesGcmRecordCipher.parse(AesGcmRecordCipher.generate_key() + line)
    assert both.open(AesGcmRecordCipher.parse(line).seal(PLAIN, PLACE), PLACE) == PLAIN
    assert repr(both) == "AesGcmRecordCipher(2 keys)"


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"short", b"!" * 44, base64.b64encode(FIRST) * 2, (base64.b64encode(FIRST) + b"\n") * 2,
     b"\n".join(base64.b64encode(bytes([n]) * 32) for n in range(MOST_KEYS + 1))],
    ids=["empty", "blank", "short", "no-base64", "one-line", "twice", "many"],
)  # fmt: skip
def test_a_file_that_holds_no_keys_is_refused_unquoted(text: bytes) -> None:
    with pytest.raises(KeyUnusable) as caught:
        AesGcmRecordCipher.parse(text)
    assert base64.b64encode(FIRST).decode() not in str(caught.value)
    assert caught.value.__cause__ is None
