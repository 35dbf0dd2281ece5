"""Texts inside requests: JSON and XML in a string, joined parts, lists, base64, ciphertexts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Scope, compile_request
from adapters.kit.mapping.texts import xml_text
from certs.national import SmCrypto
from certs.sm import Sm2PrivateKey
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome

KEY = Sm2PrivateKey.from_hex("11" * 32)
SETTINGS = {
    "sample/sm2": KEY.public.to_pem(),
    "sample/sm4": "0123456789abcdeffedcba9876543210",
    "sample/iv": "00112233445566778899aabbccddeeff",
    "sample/wrong": "no key at all",
}
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=30)


class Secrets:
    def get(self, name: str) -> str | None:
        return SETTINGS.get(name)


HOLDER = Holder("111", "N1", '名<&">')
SCOPE = Scope(
    call=Call(request_id="r1", caller=Caller(Application("app", "App")), deadline=Deadline(9.0)),
    secrets=Secrets(),
    now=datetime(2025, 3, 4, 16, 5, 6, 789000, tzinfo=UTC),
    holder=HOLDER,
    query=LicenceQuery(holder=HOLDER, types=("A", "B")),
    session={"key": "0123456789abcdef"},
    crypto=SmCrypto(),
)


@pytest.fixture
def built(manifest_of: Callable[..., Manifest]) -> Callable[..., object]:
    def run(value: Any, scope: Scope = SCOPE) -> object:
        manifest = manifest_of(request={"field": value})
        return compile_request(manifest.operations["query"].request, manifest).build(scope)["field"]

    return run


def test_json_in_a_string_leaves_out_what_has_no_value(built: Callable[..., str]) -> None:
    document = {"idNo": "holder.number", "case": "use.case", "list": {"list": ("holder.type", "use.case")}}
    assert json.loads(built({"json": document})) == {"idNo": "N1", "list": ["111"]}
    assert built({"json": {"list": ("holder.number", {"a": "holder.type"})}}) == '["N1",{"a":"111"}]'


def test_xml_in_a_string_is_escaped_and_repeats_lists(built: Callable[..., str]) -> None:
    fields = {
        "@version": {"value": 1},
        "NAME": "holder.name",
        "CASE": "use.case",
        "TYPE": "query.types",
        "OK": {"value": True},
        "EMPTY": {"value": ""},
        "MAN": {"@name": "holder.name", ".": "holder.number"},
    }
    assert built({"xml": {"root": "ROOT", "declaration": "GBK", "fields": fields}}) == (
        '<?xml version="1.0" encoding="GBK"?>'
        '<ROOT version="1"><NAME>名&lt;&amp;"&gt;</NAME><TYPE>A</TYPE><TYPE>B</TYPE><OK>true</OK>'
        '<EMPTY></EMPTY><MAN name="名&lt;&amp;&quot;&gt;">N1</MAN></ROOT>'
    )


def test_xml_may_hold_xml(built: Callable[..., str]) -> None:
    inner = {"xml": {"root": "IN", "fields": {"a": "holder.number"}}}
    assert built({"xml": {"root": "OUT", "fields": {"data": inner}}}) == (
        "<OUT><data>&lt;IN&gt;&lt;a&gt;N1&lt;/a&gt;&lt;/IN&gt;</data></OUT>"
    )


@given(text=XML_TEXT, attribute=XML_TEXT)
def test_what_is_written_as_xml_is_read_back(text: str, attribute: str) -> None:
    root = etree.fromstring(xml_text("r", {"@a": attribute, "t": text}))
    assert (root.get("a"), root.findtext("t")) == (attribute, text)


def test_a_character_that_xml_lacks_is_refused_and_not_shown() -> None:
    with pytest.raises(SystemFailure, match="cannot carry") as failed:
        xml_text("r", {"t": "secret\x00"})
    assert "secret" not in failed.value.notice


def test_joined_parts_skip_what_has_no_value(built: Callable[..., object]) -> None:
    parts = ("holder.type", {"value": "-"}, "use.case", "query.types")
    assert built({"join": parts, "by": "|"}) == "111|-|A|B"
    assert built({"join": ("holder.type", "holder.number")}) == "111N1"
    assert built({"join": ("use.case", "use.item")}) is None


def test_stamps_may_be_ticks(built: Callable[..., object]) -> None:
    assert built({"date": "now", "as": "epoch"}) == "1741104306"
    assert built({"date": "now", "as": "epochMillis"}) == "1741104306789"


def test_a_text_in_base64(built: Callable[..., object]) -> None:
    assert built({"base64": {"json": {"no": "holder.number"}}}) == "eyJubyI6Ik4xIn0="
    assert built({"base64": "use.case"}) is None


@pytest.mark.parametrize("form", ["c1c3c2", "c1c2c3", "der"])
def test_a_value_is_encrypted_for_the_holder_of_an_sm2_key(built: Callable[..., str], form: Any) -> None:
    value = {"encrypt": {"json": {"name": "holder.name"}}, "sm2": {"setting": "sample/sm2"}, "form": form}
    plain = SmCrypto().decrypt_sm2(KEY.to_pem(), bytes.fromhex(built(value)), form)
    assert json.loads(plain) == {"name": HOLDER.name}


def test_a_value_is_encrypted_under_a_shared_key(built: Callable[..., str]) -> None:
    setting = {"encrypt": "holder.number", "sm4": {"setting": "sample/sm4"}, "encoding": "HEX"}
    assert SmCrypto().decrypt_sm4(SETTINGS["sample/sm4"], bytes.fromhex(built(setting))) == b"N1"
    assert built(setting) == built(setting).upper()
    fetched = {"encrypt": "holder.number", "sm4": "session.key", "mode": "CBC", "iv": {"setting": "sample/iv"}}
    data = bytes.fromhex(built(fetched))
    assert SmCrypto().decrypt_sm4("0123456789abcdef", data, vector=bytes.fromhex(SETTINGS["sample/iv"])) == b"N1"
    assert built({"encrypt": "use.case", "sm4": "session.key"}) is None


@pytest.mark.parametrize("cipher", ["sm2", "sm4"])
def test_a_setting_that_holds_no_key_is_named_and_not_shown(built: Callable[..., object], cipher: str) -> None:
    with pytest.raises(SystemFailure, match="sample/wrong holds no usable") as failed:
        built({"encrypt": "holder.number", cipher: {"setting": "sample/wrong"}})
    assert (failed.value.outcome, failed.value.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert "no key at all" not in failed.value.notice


def test_without_an_engine_a_ciphertext_is_our_error(built: Callable[..., object]) -> None:
    scope = msgspec.structs.replace(SCOPE, crypto=None)
    with pytest.raises(SystemFailure, match="no engine"):
        built({"encrypt": "holder.number", "sm2": {"setting": "sample/sm2"}}, scope)


def test_nothing_cannot_be_encrypted_with_sm2(built: Callable[..., object]) -> None:
    with pytest.raises(SystemFailure, match="cannot be encrypted"):
        built({"encrypt": {"value": ""}, "sm2": {"setting": "sample/sm2"}})
