import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from zeep import Settings, Transport
from zeep.wsdl import Document

from adapters.kit.http.bodies import RequestCharset
from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.soap import SoapVersion, load_description
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

WSDL = Path(__file__).parent / "descriptions" / "ledger.wsdl"
LEDGER = load_description(WSDL, SoapProtocol(wsdl="ledger.wsdl", service="Ledger"))
COUNTER = load_description(WSDL, SoapProtocol(wsdl="ledger.wsdl", service="Counter"))
LEAST = {"holder": {"@kind": "111", "number": "1"}, "case": None, "paper": "p"}


def tree(element: etree._Element) -> object:
    """What an element says, without its prefixes and the blanks between elements."""
    text = (element.text or "") if len(element) == 0 else ""
    return element.tag, text, sorted(element.attrib.items()), [tree(child) for child in element]


def ours(arguments: Any, description: Any = LEDGER, operation: Any = "enter") -> Any:
    return tree(etree.fromstring(description.operations[operation].message(arguments)))


def theirs(arguments: Any, service: Any = "Ledger", port: Any = "Old", operation: Any = "enter") -> Any:
    """zeep's own message from the same values, spelt as zeep wants them."""
    transport: Any = Transport  # untyped, and Document asks for the class where it means an instance
    document = Document(str(WSDL), transport(), settings=Settings())
    binding = document.services[service].ports[port].binding

    def spelt(value: Any) -> Any:
        if isinstance(value, dict):
            return {("_value_1" if k == "." else k.removeprefix("@")): spelt(v) for k, v in value.items()}
        return [spelt(item) for item in value] if isinstance(value, list) else value

    return tree(binding.get(operation).create(**spelt(arguments)).content)


CASES = [
    LEAST,
    {**LEAST, "note": None},
    {**LEAST, "note": ""},
    {**LEAST, "case": "A & B <C> \"'", "note": "中文\n\t 第二行 "},
    {**LEAST, "tag": ["a", "b"]},
    {**LEAST, "tag": []},
    {**LEAST, "tag": "single"},
    {**LEAST, "officer": {"@kind": "x", "@since": "2020-01-01", "number": "2", "name": None, "post": "clerk"}},
    {**LEAST, "amount": {".": Decimal("12.50"), "@unit": "CNY & more"}},
    {**LEAST, "copies": 3, "open": False},
    {**LEAST, "day": dt.date(2024, 2, 29), "at": dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC)},
    {**LEAST, "tree": {"title": "root", "node": [{"title": "a", "node": [{"title": "b"}]}, {"title": "c"}]}},
    {"note": "order in the mapping does not matter", **LEAST},
]


@pytest.mark.parametrize("arguments", CASES)
def test_document_messages_are_what_zeep_writes(arguments: Any) -> None:
    assert ours(arguments) == theirs(arguments)


def test_rpc_messages_are_what_zeep_writes() -> None:
    arguments = {"who": {"@kind": "111", "number": "1"}, "year": 2024}
    assert ours(arguments, COUNTER, "count") == theirs(arguments, "Counter", "Old", "count")


def test_the_other_branch_of_a_choice_is_written_from_bytes() -> None:
    arguments = {name: value for name, value in LEAST.items() if name != "paper"} | {"file": b"\x00\x01"}
    assert ours(arguments) == theirs(arguments)


def test_an_operation_without_parts_has_an_empty_body() -> None:
    root = etree.fromstring(LEDGER.operations["ping"].message({}))
    assert [child.tag for child in root] == [f"{{{SoapVersion.V11.namespace}}}Body"]
    assert len(root[0]) == 0


# XML has no other control characters, and line ends are the parser's business only when they are not escaped
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\r\n<>&\"'")
)


@given(XML_TEXT, XML_TEXT, st.sampled_from(["UTF-8", "GB18030"]))
def test_any_text_arrives_as_it_was(text: Any, attribute: str, charset: RequestCharset) -> None:
    operation = LEDGER.operations["enter"]
    arguments = {"holder": {"@kind": attribute, "number": text}, "case": text, "paper": text}
    # decoded here: libxml2's tables of GB18030 are of another year than Python's for some rare characters
    written = operation.message(arguments, charset=charset).decode(charset)
    root = etree.fromstring(written[written.index("?>") + 2 :])
    payload = root[0][0]
    assert payload[0].get("kind") == attribute
    assert {element.text or "" for element in (payload[0][0], payload[1], payload[2])} == {text}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({**LEAST, "hodler": {}}, "enter has no hodler"),
        ({**LEAST, "holder": {"@kind": "1", "number": "1", "nam": "x"}}, "enter.holder has no nam"),
        ({**LEAST, "holder": {"@kind": "1", "number": "1", "@sort": "x"}}, "enter.holder has no @sort"),
        ({**LEAST, "holder": {"@kind": "1"}}, "enter.holder.number is required"),
        ({**LEAST, "holder": {"@kind": "1", "number": None}}, "enter.holder.number is required"),
        ({**LEAST, "holder": {"number": "1"}}, "enter.holder.@kind is required"),
        ({**LEAST, "holder": None}, "enter.holder is required"),
        ({**LEAST, "holder": "secret-value"}, "takes no plain value"),
        ({**LEAST, "holder": [{"@kind": "1", "number": "1"}]}, "takes no list"),
        ({**LEAST, "tag": [None]}, "item without a value"),
        ({**LEAST, "note": object()}, "takes text"),
        ({**LEAST, "note": "secret-value\x00"}, "XML cannot carry"),
        ({**LEAST, "note": "\ud800"}, "XML cannot carry"),
        ({**LEAST, "note": {"inner": "secret-value"}}, "enter.note has no inner"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_without_quoting_them(arguments: Any, says: str) -> None:
    with pytest.raises(SystemFailure, match=says) as caught:
        LEDGER.operations["enter"].message(arguments)
    assert (caught.value.outcome, caught.value.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert "secret-value" not in str(caught.value)


def test_requests_name_their_format_and_action_as_each_version_wants() -> None:
    eleven = LEDGER.operations["enter"].http_request("http://h.example/", LEAST, charset="GB18030")
    assert eleven.headers == {"Content-Type": "text/xml; charset=gb18030", "SOAPAction": '"urn:enter"'}
    assert eleven.body.startswith(b'<?xml version="1.0" encoding="GB18030"?>')
    newer = load_description(WSDL, SoapProtocol(wsdl="ledger.wsdl", service="Ledger", version="1.2"))
    twelve = newer.operations["enter"].http_request("http://h.example/", LEAST)
    assert twelve.headers == {"Content-Type": 'application/soap+xml; charset=utf-8; action="urn:enter"'}
    assert SoapVersion.V12.namespace.encode() in twelve.body
