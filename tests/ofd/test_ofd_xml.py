"""XML of packages: no DTDs, bounded, in the encodings that occur, and changed without touching the rest."""

from xml.parsers import expat

import pytest

from certs.ofd import LIMITS, Limits, OfdInvalid, xml
from certs.ofd.xml import Node, Stop, XmlText, escaped, read_tree, scan, tree


def root(data: bytes, limits: Limits = LIMITS) -> Node:
    return read_tree(data, "Doc_0/a.xml", limits)


def test_elements_are_told_by_their_local_names() -> None:
    found = root(b'<o:A xmlns:o="x" xmlns:p="y" p:ID="1" q="2"> t<B>1</B>u<o:B> 2 </o:B><C/> </o:A>')
    assert (found.name, found.prefix, found.attributes, found.text) == ("A", "o:", {"ID": "1", "q": "2"}, " tu ")
    assert [node.text for node in found.all("B")] == ["1", " 2 "]
    assert found.value("B") == "1"
    assert found.value("D") == ""
    assert found.first("D") is None
    assert [node.name for node in found.walk()] == ["A", "B", "B", "C"]
    assert [node.prefix for node in found.children] == ["", "o:", ""]


def test_a_default_namespace_gives_no_prefix() -> None:
    assert (root(b'<A xmlns="x"/>').name, root(b'<A xmlns="x"/>').prefix) == ("A", "")


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a><a/>',
    ],
)
def test_a_dtd_is_refused(data: bytes) -> None:
    with pytest.raises(OfdInvalid, match="DTD"):
        root(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a>", b"<a/><b/>", b"<a b='1' b='2'/>", b"&b;", b"<a>\xff</a>", b"<o:a/>", b"\xff\xfe<",
        b'<?xml version="1.0" encoding="gbk"?><a>\xff</a>', b'<?xml version="1.0" encoding="us-ascii"?><a>\xe4</a>',
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(OfdInvalid, match="not well-formed"):
        root(data)


def test_a_parser_that_is_given_no_memory_says_nothing_about_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Starved:
        def Parse(self, *_: object) -> None:  # noqa: N802 # expat's own name
            error = expat.ExpatError("out of memory")
            error.code = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
            raise error

    monkeypatch.setattr(xml, "_parser", lambda _: Starved())
    with pytest.raises(MemoryError):
        read_tree(b"<a/>", "a.xml", LIMITS)


def test_depth_and_number_of_elements_are_bounded() -> None:
    root(b"<a>" * 4 + b"</a>" * 4, Limits(depth=4, elements=4))
    for data in (b"<a>" * 5 + b"</a>" * 5, b"<a><b/><b/><b/><b/></a>"):
        with pytest.raises(OfdInvalid, match="too many or too deeply"):
            root(data, Limits(depth=4, elements=4))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("GB2312", "gb18030"), ("gbk", "gbk"), ("GB18030", "gb18030"), ("UTF-16", "utf-16"), ("utf-8", "utf-8-sig"),
     ("UTF8", "utf-8"), ("utf-16le", "utf-16")],
)  # fmt: skip
def test_an_encoding_is_read_and_kept(name: str, codec: str) -> None:
    source = f'<?xml version="1.0" encoding="{name}"?><a>签章<b/></a>'.encode(codec)
    text = XmlText(source, "a.xml")
    found = tree(text, LIMITS)
    assert found.text == "签章"
    place = found.children[0].start
    changed = text.spliced((place, place, "甲"))
    assert changed.decode(codec).endswith("<a>签章甲<b/></a>")
    assert root(changed).text == "签章甲"


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(OfdInvalid, match="encoding"):
        root(b'<?xml version="1.0" encoding="EBCDIC-CP-BE"?><a/>')


def test_a_scan_gives_local_names_and_stops_when_it_is_told() -> None:
    seen: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        seen.append(name)
        if name == "c":
            raise Stop

    scan(XmlText(b'<o:a xmlns:o="x"><b/><c/><d/></o:a>', "a.xml"), start)
    assert seen == ["a", "b", "c"]


def test_text_is_escaped() -> None:
    written = escaped('<&>"')
    assert root(f'<a b="{written}"/>'.encode()).attributes == {"b": '<&>"'}
