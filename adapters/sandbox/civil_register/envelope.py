"""SOAP 1.2 envelopes in GBK: requests read without any trust, replies and faults written. Hand-made."""

import re

import msgspec
from lxml import etree
from starlette.responses import Response

SOAP = "http://www.w3.org/2003/05/soap-envelope"
REGISTER = "http://civil.example/register"

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PROLOG = re.compile(r"\s*<\?xml\b([^?]{0,100})\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,60}encoding=[\"']([A-Za-z0-9-]{1,20})[\"']")
_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9-]{1,20})", re.IGNORECASE)
_CHARSETS = {"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
_GBK_PROLOG = '<?xml version="1.0" encoding="GBK"?>'


class SoapFault(Exception):
    """A call that ends with a fault: SOAP's code, the register's own subcode if any, and a text.

    The text repeats nothing of the request.
    """

    def __init__(self, name: str, text: str, subcode: str | None = None) -> None:
        self.name = name
        self.text = text
        self.subcode = subcode
        super().__init__(f"{name}: {text}")


class Envelope(msgspec.Struct, frozen=True):
    """A request: its header blocks and the one element of its body."""

    blocks: tuple[etree._Element, ...]
    payload: etree._Element


def read_xml(text: str) -> etree._Element | None:
    """The root of ``text``, whatever its prolog says; None if it is not well-formed or declares a document type."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(_PROLOG.sub("", text, count=1).encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root


def read_envelope(raw: bytes, content_type: str) -> Envelope:
    """The envelope in ``raw``, in the charset that the content type names, or else its prolog.

    Raises:
        SoapFault: Sender for what is no SOAP 1.2 request, VersionMismatch for another version.
    """
    label = _CHARSET.search(content_type)
    declared = _ENCODING.match(raw)
    charset = label[1] if label else declared[1].decode() if declared else "utf-8"
    try:
        text = raw.decode(_CHARSETS.get(charset.lower(), "ascii"))
    except UnicodeDecodeError:
        raise SoapFault("Sender", "the request is not in its charset") from None
    root = read_xml(text)
    if root is None or etree.QName(root).localname != "Envelope":
        raise SoapFault("Sender", "the request is no SOAP envelope")
    if etree.QName(root).namespace != SOAP:
        raise SoapFault("VersionMismatch", "only SOAP 1.2 is spoken here")
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    payload = [] if body is None else list(body.iterchildren("*"))
    if len(payload) != 1:
        raise SoapFault("Sender", "the body must hold exactly one element")
    return Envelope(tuple(() if header is None else header.iterchildren("*")), payload[0])


def write_reply(operation: str, text: str) -> Response:
    """A reply whose ``return`` is this text."""
    payload = etree.Element(f"{{{REGISTER}}}{operation}Response", nsmap={"tns": REGISTER})
    etree.SubElement(payload, "return").text = text
    return _response(payload, 200)


def write_fault(fault: SoapFault, status: int) -> Response:
    """A fault; SOAP asks for HTTP 400 or 500, this register sends 200."""
    element = etree.Element(f"{{{SOAP}}}Fault", nsmap={"env": SOAP, "tns": REGISTER})
    code = etree.SubElement(element, f"{{{SOAP}}}Code")
    etree.SubElement(code, f"{{{SOAP}}}Value").text = f"env:{fault.name}"
    if fault.subcode is not None:
        below = etree.SubElement(code, f"{{{SOAP}}}Subcode")
        etree.SubElement(below, f"{{{SOAP}}}Value").text = f"tns:{fault.subcode}"
    reason = etree.SubElement(element, f"{{{SOAP}}}Reason")
    text = etree.SubElement(reason, f"{{{SOAP}}}Text")
    text.set(_XML_LANG, "zh")
    text.text = fault.text
    return _response(element, status)


def _response(payload: etree._Element, status: int) -> Response:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"env": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(payload)
    text = _GBK_PROLOG + etree.tostring(envelope, encoding="unicode")
    return Response(text.encode("gbk", "xmlcharrefreplace"), status, media_type="application/soap+xml; charset=GBK")
