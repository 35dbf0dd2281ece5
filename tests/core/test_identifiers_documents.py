"""Identity documents: each type checks its number as far as a check is known."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers import citizen_id, credit_code, documents
from gateway.core.identifiers.documents import Document, DocumentType, DocumentTypeUnknown, parse_document
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.spelling import FULL_WIDTH, SPACE
from gateway.core.text import Text


@pytest.mark.parametrize(
    ("kind", "number", "normalised"),
    [
        ("111", "11010519491231002x", "11010519491231002X"),
        ("111", "110105491231002", "110105491231002"),
        ("001", "11110000000021135m", "11110000000021135M"),
        ("414", "e12345678", "e12345678"),
        ("511", "00012345", "00012345"),
        ("999", "军字第0012345号", "军字第0012345号"),
        ("999", "𠀀" * 40, "𠀀" * 40),
    ],
)
def test_a_document_is_its_type_and_normalised_number(kind: str, number: str, normalised: str) -> None:
    document = parse_document(kind, number)
    assert document == Document(DocumentType(kind), normalised)
    assert parse_document(document.type, document.number) == document


@pytest.mark.parametrize(
    ("kind", "number", "reason"),
    [
        ("111", "110105194912310020", citizen_id.CHECK),
        ("111", "429004209901010012", citizen_id.CHECK),
        ("001", "11110000000021135N", credit_code.CHECK),
        ("414", "", documents.NUMBER),
        ("414", "E" * 41, documents.NUMBER),
        ("999", "é1", documents.NUMBER),
        ("414", "E 1234567", SPACE),
        ("414", "E1234567\n", SPACE),
        ("511", "\x00", SPACE),
        ("511", "Ｅ1", FULL_WIDTH),
    ],
)
def test_a_refusal_names_what_was_expected(kind: str, number: str, reason: Text) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        parse_document(kind, number)
    assert caught.value.reason is reason


def test_a_birth_in_the_future_is_refused_when_today_is_known() -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        parse_document("111", "11010519491231002X", date(1949, 12, 30))
    assert caught.value.reason is citizen_id.FUTURE


@pytest.mark.parametrize("kind", ["", "11", "112", "１１１", " 111", "passport"])
def test_an_unknown_type_is_an_error_of_its_own(kind: str) -> None:
    with pytest.raises(DocumentTypeUnknown) as caught:
        parse_document(kind, "E12345678")
    assert caught.value.reason is documents.TYPE_UNKNOWN
    assert caught.value.__cause__ is None


@given(st.sampled_from(DocumentType) | st.text(), st.text())
def test_arbitrary_text_raises_nothing_else(kind: str, number: str) -> None:
    with contextlib.suppress(IdentifierInvalid):
        parse_document(kind, number)
    documents.looks_whole(number)


@pytest.mark.parametrize("number", ["11010519491231002X", "110105194912310020", "11110000000021135M", "E12345678"])
def test_a_number_in_full_looks_whole(number: str) -> None:
    assert documents.looks_whole(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "110105********002X",
        "E12###678",
        "E12???678",
        "110105xxxxxxxx002X",
        "110105491231002",
        "E 12345678",
        "＊＊1",
    ],
)
def test_a_masked_or_old_number_does_not_look_whole(number: str) -> None:
    assert not documents.looks_whole(number)


def test_a_number_does_not_show_in_a_representation() -> None:
    assert repr(parse_document("414", "E12345678")) == "Document(type='414')"
