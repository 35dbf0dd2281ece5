"""Parsing XML from outside: one safe parser, bounded, without DTDs, and with pages of HTML told apart."""

import re

from lxml import etree

from adapters.kit.charset import CharsetPolicy, to_utf8
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

ELEMENTS_LIMIT = 200_000
"""Elements of one document; ten thousand rows of twenty fields."""

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b[^>]{0,200}\?>)?\s*", re.IGNORECASE)
_BLANK = re.compile(rb"\s*")
_MISC = {b"<!--": b"-->", b"<?": b"?>"}
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)

_HTML_HEAD = re.compile(rb"<!doctype\s+html|<html[\s>/]", re.IGNORECASE)
_HTML_PART = re.compile(
    rb"<(?:head|body|title|meta|script|style|center|div|h[1-6]|p|pre|table|br)[\s>/]", re.IGNORECASE
)
_LOOK = 2_048


def parse_reply_xml(
    body: bytes, content_type: str | None, policy: CharsetPolicy, *, long_texts: bool = False
) -> etree._Element:
    """The root of an XML reply, its charset settled by ``policy`` and not by what it claims.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs: an HTML page, no text, or as ``parse_xml``.
    """
    refuse_html(body, content_type, instead_of="XML")
    return parse_xml(to_utf8(body, content_type, policy), long_texts=long_texts)


def parse_xml(document: bytes | str, subject: str = "the answer", *, long_texts: bool = False) -> etree._Element:
    """The root of one whole document in UTF-8, whatever encoding its prolog claims.

    Args:
        document: as it came, with or without a prolog.
        subject: what the document is, for the notice of a failure.
        long_texts: whether a text may be longer than the 10 MB that libxml2 bears by itself.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs: empty, cut short, malformed, followed by other bytes, deeper or larger
            than the bounds, or with a DOCTYPE: entities are a way to attack, and no system of ours needs them.
    """
    data = document.encode() if isinstance(document, str) else document
    start = _prolog_end(data)
    if start == len(data):
        raise _fault(f"{subject} is empty")
    if data.count(b"<", start) - data.count(b"</", start) > ELEMENTS_LIMIT:  # counted before a tree of them is built
        raise _fault(f"{subject} has more than {ELEMENTS_LIMIT} elements")
    if declares_doctype(data):
        raise _fault(f"{subject} declares a DOCTYPE, which is refused")
    try:
        root = etree.fromstring(data[start:], reading_parser("utf-8", long_texts=long_texts))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _fault(f"{subject} is not well-formed XML, or cut short") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _fault(f"{subject} declares a DOCTYPE, which is refused")
    return root


def declares_doctype(data: bytes) -> bool:
    """Whether a DOCTYPE, the only place where entities can be declared, stands before the root element."""
    return _DECLARATION.match(data, _misc_end(data, _prolog_end(data))) is not None


def looks_like_html(body: bytes, content_type: str | None) -> bool:
    """Whether this is a page for people. The bytes decide; a label of HTML only tips the scales for a fragment."""
    head = body[:_LOOK]
    start = _misc_end(head, _prolog_end(head))
    if _HTML_HEAD.match(head, start):
        return True
    return (content_type or "").lower().startswith("text/html") and _HTML_PART.match(head, start) is not None


def refuse_html(body: bytes, content_type: str | None, *, instead_of: str) -> None:
    """Raise if the reply is a page for people: error pages come with status 200 too.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs, naming what was expected (``instead_of``: XML, JSON).
    """
    if looks_like_html(body, content_type):
        raise _fault(f"answered with an HTML page instead of {instead_of}")


def reading_parser(encoding: str | None = None, *, long_texts: bool = False) -> etree.XMLParser:
    """A new safe parser: lxml's are not shared between threads. Depth is bounded by libxml2 (256).

    Args:
        encoding: overrides what a prolog says.
        long_texts: as ``parse_xml``; elements are counted, and a DOCTYPE refused, before such a parser is used.
    """
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=long_texts,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _prolog_end(data: bytes) -> int:
    match = _PROLOG.match(data)
    return match.end() if match else 0


def _misc_end(data: bytes, start: int) -> int:
    """Where the blanks, comments and processing instructions from ``start`` on end."""
    while True:
        blank = _BLANK.match(data, start)
        start = blank.end() if blank else start
        end = next((mark for opening, mark in _MISC.items() if data.startswith(opening, start)), None)
        if end is None:
            return start
        found = data.find(end, start)
        if found < 0:
            return len(data)
        start = found + len(end)


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
