"""Forms of this family: raw values between field marks.

How a body is cut. A *mark* is one of the field names ApiKey, baseInfoXml, attrXml, formXml followed by ``=``, at the
beginning of the body or after ``&``. A value is everything from its mark to the next mark or to the end, byte for
byte: ``%`` and ``+`` stand for themselves and nothing is unescaped. An ``&`` before anything else belongs to the
value; in well-formed XML it begins an entity, and no entity looks like ``&attrXml=``. Cutting bytes is safe: in
GB18030 neither ``&`` nor ``=`` is ever a part of a longer character. A body that does not begin with a mark, or has
a field twice, cannot be read. Fields may come in any order.
"""

import re
from collections.abc import Mapping

import msgspec
from lxml import etree

CHARSET = "gb18030"
"""The charset of every request and reply, whatever a label says."""

_MARK = re.compile(rb"(?:\A|&)(ApiKey|baseInfoXml|attrXml|formXml)=")
_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TEXT_MOST = 2_000
_ELEMENTS_MOST = 200


class FormInvalid(Exception):
    """A form, or the XML in it, that cannot be read."""


class Form(msgspec.Struct, frozen=True):
    """A request: the key of the caller and the fields of the three documents, by element name."""

    api_key: str
    base: Mapping[str, str]
    attributes: tuple[Mapping[str, str], ...]
    fields: Mapping[str, str]


def read_form(body: bytes) -> Form:
    """The form in ``body``; raises FormInvalid. ``baseInfoXml`` must be there, the others may be missing or empty."""
    values = _cut(body)
    attributes = _document(values.get("attrXml", b""), "Attrs")
    if len(attributes) > _ELEMENTS_MOST:
        raise FormInvalid
    base = _document(values.get("baseInfoXml", b""), "BaseInfo")
    if not base:
        raise FormInvalid
    return Form(
        api_key=_decoded(values.get("ApiKey", b"")).strip(),
        base=_fields(base),
        attributes=tuple(_fields(list(element)) for element in attributes),
        fields=_fields(_document(values.get("formXml", b""), "Form")),
    )


def _cut(body: bytes) -> dict[str, bytes]:
    marks = list(_MARK.finditer(body))
    if not marks or marks[0].start(1) != 0:
        raise FormInvalid
    ends = [*(mark.start() for mark in marks[1:]), len(body)]
    values = {mark[1].decode(): body[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}
    if len(values) != len(marks):
        raise FormInvalid
    return values


def _document(raw: bytes, root: str) -> list[etree._Element]:
    """The children of the document's root, none if the field is empty. The prolog is cut: it lies too often."""
    text = _PROLOG.sub("", _decoded(raw).removeprefix("\ufeff"), count=1).strip()
    if not text:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        element = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise FormInvalid from None
    if element.getroottree().docinfo.internalDTD is not None or element.tag != root:
        raise FormInvalid
    return list(element.iterchildren("*"))


def _fields(elements: list[etree._Element]) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in elements:
        text = (element.text or "").strip()
        if len(element) or len(text) > _TEXT_MOST or element.tag in found or len(found) >= _ELEMENTS_MOST:
            raise FormInvalid
        found[str(element.tag)] = text
    return found


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode(CHARSET)
    except UnicodeDecodeError:
        raise FormInvalid from None
