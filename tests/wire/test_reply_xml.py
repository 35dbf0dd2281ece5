import codecs
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.xml import ELEMENTS_LIMIT, looks_like_html, parse_reply_xml, parse_xml
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l>&l9;</l>'.encode()


def refused(body: bytes, content_type: str | None = None) -> str:
    with pytest.raises(SystemFailure) as caught:
        parse_reply_xml(body, content_type, "sniff")
    assert (caught.value.outcome, caught.value.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    return caught.value.notice


@pytest.mark.parametrize("claimed", ["UTF-8", "gbk", "GB2312", "GB18030", "utf-16", "nonsense"])
@pytest.mark.parametrize("real", ["utf-8", "gb18030", "utf-8-sig"])
def test_a_prolog_may_lie_about_its_encoding(claimed: str, real: str) -> None:
    body = f"<?xml version='1.0' encoding='{claimed}'?>\n<a>证照</a>".encode(real)
    assert parse_reply_xml(body, f"text/xml; charset={claimed}", "sniff").text == "证照"


@pytest.mark.parametrize(
    "body",
    [
        b" \r\n<?xml version='1.0'?><a/>",
        codecs.BOM_UTF8 + b"\n<?xml version='1.0'?><a/>",
        b"<!-- <!DOCTYPE x> --><?style x?><a/>\n<!-- after -->",
        b"<a><![CDATA[<!DOCTYPE html><html>]]></a>",
        b"<a>&lt;!DOCTYPE html&gt;</a>",
    ],
)
def test_what_may_stand_around_a_document_does(body: bytes) -> None:
    assert parse_reply_xml(body, None, "sniff").tag == "a"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?>\n ", "empty"),
        (b"<a><b>", "cut short"),
        (b"<a>half of a te", "cut short"),
        (b"<a/>junk", "cut short"),
        (b"<a/><b/>", "cut short"),
        (b"<a/>\x00", "cut short"),
        (b"{}", "cut short"),
        (b"<a>\x01</a>", "cut short"),
        (b"<a>&unknown;</a>", "cut short"),
        (b"<a>" * 300 + b"</a>" * 300, "cut short"),
        (b"<!-- never closed", "cut short"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b"<!doctype a SYSTEM 'http://h.example/a.dtd'><a/>", "DOCTYPE"),
        (b"<!-- x --><!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>", "DOCTYPE"),
        (b"<a>" + b"<b/>" * (ELEMENTS_LIMIT + 1) + b"</a>", "more than"),
    ],
    ids=range(16),
)
def test_wrong_documents_are_refused(body: bytes, says: str) -> None:
    assert says in refused(body)


def test_an_entity_bomb_is_refused_quickly() -> None:
    start = time.process_time()
    assert "DOCTYPE" in refused(BOMB)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!DOCTYPE html><html><body>502</body></html>", "text/html"),
        (b"\n<!doctype HTML PUBLIC '-//W3C//DTD XHTML 1.0//EN'><html>", None),
        (codecs.BOM_UTF8 + b"<html lang='zh'>", "application/json"),
        (b"<?xml version='1.0'?><!-- x --><HTML>", "text/xml"),
        (b"<center><h1>504</h1></center>", "text/html; charset=gbk"),
    ],
)
def test_pages_for_people_are_told_apart(body: bytes, content_type: str | None) -> None:
    assert looks_like_html(body, content_type)
    assert refused(body, content_type) == "answered with an HTML page instead of XML"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<soap:Envelope xmlns:soap='x'/>", "text/html"),
        (b'{"html": "<html>"}', "text/html"),
        (b"<reply><html/></reply>", "text/xml"),
        (b"<table/>", "text/xml"),
        (b"<htmlish/>", None),
        (b"", "text/html"),
    ],
)
def test_what_is_only_labelled_html_is_not_a_page(body: bytes, content_type: str | None) -> None:
    assert not looks_like_html(body, content_type)


@given(st.binary() | st.text(alphabet='<>/?!-[]a&;"= \n').map(str.encode))
def test_anything_is_parsed_or_refused(body: bytes) -> None:
    with suppress(SystemFailure):
        parse_reply_xml(body, None, "sniff")


def test_text_is_parsed_as_bytes_are() -> None:
    assert parse_xml("<?xml version='1.0' encoding='gbk'?><a>证</a>").text == "证"
