"""What certificates are written in: read strictly, written in the one right form."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader


@given(st.integers(-(2**80), 2**80))
def test_integers_are_read_back(value: int) -> None:
    reader = Reader(asn1.integer(value))
    assert reader.signed() == value
    reader.end()


@given(st.lists(st.integers(0, 2**70), max_size=8), st.sampled_from([(0, 39), (1, 3), (2, 999)]))
def test_object_identifiers_are_read_back(numbers: list[int], start: tuple[int, int]) -> None:
    dotted = ".".join(str(number) for number in (*start, *numbers))
    content = asn1.oid(dotted)
    if len(content) - 2 <= 64:
        assert Reader(content).oid() == dotted


@given(st.frozensets(st.integers(0, 40)))
def test_named_bits_are_read_back(numbers: frozenset[int]) -> None:
    assert Reader(asn1.named_bits(numbers)).flags() == numbers


@given(st.integers(-600_000_000, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.5, UTC)))
def test_times_are_read_back_to_the_second(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert Reader(asn1.time(moment)).time() == whole
    assert Reader(asn1.generalized_time(moment)).time() == whole


@pytest.mark.parametrize(
    ("element", "read"),
    [
        pytest.param("0200", "signed", id="an integer without a digit"),
        pytest.param("02020001", "signed", id="a positive integer with a zero too many"),
        pytest.param("0202ffff", "signed", id="a negative integer with a byte too many"),
        pytest.param("0600", "oid", id="an identifier without a number"),
        pytest.param("060180", "oid", id="an identifier that is cut off"),
        pytest.param("06032a8001", "oid", id="an identifier with a leading zero"),
        pytest.param("0641" + "01" * 65, "oid", id="an identifier that is too long"),
        pytest.param("170b3236303130313030303030305a", "time", id="a UTCTime without seconds"),
        pytest.param("1811" + b"20260101000000+08".hex(), "time", id="a time with an offset"),
        pytest.param("170d" + b"261301000000Z".hex(), "time", id="a thirteenth month"),
        pytest.param("040d" + b"260101000000Z".hex(), "time", id="a time that is no time"),
        pytest.param("0300", "flags", id="a bit string without a first byte"),
        pytest.param("03020880", "flags", id="a bit string that leaves out eight bits"),
        pytest.param("030101", "flags", id="a bit string that leaves out bits of nothing"),
        pytest.param("", "raw", id="nothing"),
        pytest.param("1f8101", "raw", id="a tag of several bytes"),
    ],
)
def test_what_is_not_der_is_refused(element: str, read: str) -> None:
    with pytest.raises(DerInvalid):
        getattr(Reader(bytes.fromhex(element)), read)()


def test_a_boolean_is_true_or_false_or_left_out() -> None:
    assert Reader(asn1.boolean(value=True)).boolean(default=False)
    assert not Reader(asn1.boolean(value=False)).boolean(default=True)
    assert Reader(b"").boolean(default=True)
    with pytest.raises(DerInvalid):
        Reader(bytes.fromhex("010101")).boolean(default=False)


def test_the_rest_is_given_as_it_stands() -> None:
    reader = Reader(asn1.null() + asn1.utf8("印章"))
    assert reader.raw(asn1.NULL) == asn1.null()
    assert reader.rest() == asn1.utf8("印章")


def test_a_set_is_written_in_the_order_of_its_elements() -> None:
    assert asn1.set_of(b"\x02\x01\x02", b"\x02\x01\x01") == bytes.fromhex("3106020101020102")
