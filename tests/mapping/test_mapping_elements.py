from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from adapters.kit.mapping import Reader
from adapters.kit.mapping.elements import _REMEMBERED_TAGS, _Targets, whole_element
from gateway.core.errors import SystemFailure
from gateway.core.licence import FaceField, Warned

Readers = Callable[..., Reader]
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def row(reader: Reader, inner: str) -> Any:
    text = f"<r {XSI}><ack>0</ack><data><list><code>L</code>{inner}</list></data></r>"
    (found,) = reader.read_xml(etree.fromstring(text.encode())).rows
    return found


@pytest.mark.parametrize(
    ("inner", "number"),
    [
        ("<no> 1.10 </no>", "1.10"),
        ('<x:no xmlns:x="urn:other">7</x:no>', "7"),
        ("<no/>", None),
        ('<no xsi:nil="true"/>', None),
        ("<no>null</no>", None),
        ("<!-- no --><no>1<!-- inside -->2<?pi x?>3</no>", "123"),
        ("<no><![CDATA[1&2]]></no>", "1&2"),
        ("<no/><no>5</no>", "5"),
    ],
)
def test_the_text_of_an_element_is_its_value(reader_of: Readers, inner: str, number: str | None) -> None:
    found = row(reader_of(), inner)
    assert (found.number, found.warnings) == (number, ())


@pytest.mark.parametrize(
    ("inner", "reason"), [("<no>1</no><no>2</no>", "several-values"), ("<no><deep>1</deep></no>", "not-a-text")]
)
def test_what_is_no_single_text_costs_only_itself(reader_of: Readers, inner: str, reason: str) -> None:
    found = row(reader_of(), inner)
    assert (found.number, found.warnings) == (None, (Warned("number", reason),))


def test_attributes_are_read_by_local_name_and_the_plain_one_wins(reader_of: Readers) -> None:
    reader = reader_of("issuer_name")
    assert row(reader, '<issuer code="A"><name>N</name></issuer>').issuer == "A"
    assert row(reader, '<issuer xmlns:x="urn:x" x:code="B"/>').issuer == "B"
    assert row(reader, '<issuer xmlns:x="urn:x" code="A" x:code="B"/>').issuer == "A"
    assert row(reader, '<issuer xsi:nil="true" code="A"/>').issuer is None


def test_an_attribute_named_like_one_of_the_schema_is_not_taken_for_it(reader_of: Readers) -> None:
    assert row(reader_of(number="thing.@type"), '<thing xsi:type="x:string">1</thing>').number is None


def test_text_beside_attributes_is_read_where_both_are_wanted(reader_of: Readers) -> None:
    reader = reader_of("name", number="id", name="id.@scheme")
    found = row(reader, '<id scheme="S">42</id>')
    assert (found.number, found.name) == ("42", "S")
    assert row(reader, "<id>42</id>").number == "42"


@pytest.mark.parametrize("inner", ["", "<list/>", "<list><!-- none --></list>", '<list xsi:nil="true" n="1"/>'])
def test_empty_rows_are_no_rows(reader_of: Readers, inner: str) -> None:
    text = f"<r {XSI}><ack>0</ack><data>{inner}</data></r>"
    assert reader_of().read_xml(etree.fromstring(text.encode())).rows == ()


def test_an_inline_face_leaves_out_attributes_and_comments(reader_of: Readers) -> None:
    inner = '<face v="1"><!-- x --><a>1</a><b>2</b><b>3</b></face>'
    assert row(reader_of("face", face={"entries": "face"}), inner).face == (
        FaceField("a", None, "1"),
        FaceField("b", None, '["2","3"]'),
    )


def test_an_object_that_nests_without_end_is_refused(reader_of: Readers) -> None:
    inner = "<a>" * 1500 + "</a>" * 1500
    text = f"<r><ack>0</ack><data><list><face>{inner}</face></list></data></r>"
    payload = etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True))
    with pytest.raises(SystemFailure, match="nested too deep"):
        reader_of("face", face={"entries": "face"}).read_xml(payload)


def test_a_reply_full_of_new_names_does_not_fill_memory() -> None:
    targets = _Targets({"a": (0, str)})
    for number in range(_REMEMBERED_TAGS * 2):
        assert targets[f"{{urn:{number}}}b"] is None
    assert len(targets) == _REMEMBERED_TAGS
    assert targets["{urn:new}a"] == (0, str)


def test_an_element_that_is_nil_says_nothing_even_as_a_whole() -> None:
    nil = f'<face {XSI} xsi:nil="true" kind="k"/>'
    assert whole_element(etree.fromstring(nil)) == ""
