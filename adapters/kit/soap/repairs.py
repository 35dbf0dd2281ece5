"""Known mistakes of WSDL generators that are safe to mend before a strict reader sees them."""

from lxml import etree

from adapters.kit.xml import reading_parser

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_BINDINGS = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")


def mended(document: bytes) -> bytes:
    """``document`` with its known mistakes mended, or the very same bytes if it has none or is no XML.

    A ``soap:header`` may name its message in the namespace of the header's element instead of the WSDL's (spyne
    writes this for every header with a namespace of its own): it is pointed to the message of that name.
    """
    try:
        root = etree.fromstring(document, reading_parser())
    except (etree.XMLSyntaxError, ValueError):
        return document  # the reader refuses it with its reason
    own = root.get("targetNamespace")
    messages = {message.get("name") for message in root.iterchildren(f"{{{_WSDL}}}message")}
    wrong = [
        header
        for binding in _BINDINGS
        for header in root.iter(f"{{{binding}}}header")
        if _is_misplaced(header, own, messages)
    ]
    prefix = next((prefix for prefix, space in root.nsmap.items() if prefix and space == own), None)
    if not wrong or prefix is None:
        return document
    for header in wrong:
        header.set("message", f"{prefix}:{_local(header)}")
    return etree.tostring(root, encoding="utf-8")


def _is_misplaced(header: etree._Element, own: str | None, messages: set[str | None]) -> bool:
    prefix = (header.get("message") or "").rpartition(":")[0]
    return _local(header) in messages and header.nsmap.get(prefix or None) != own


def _local(header: etree._Element) -> str:
    return (header.get("message") or "").rpartition(":")[2]
