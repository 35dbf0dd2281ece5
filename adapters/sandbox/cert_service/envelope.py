"""SOAP 1.1 envelopes: requests read without any trust, replies and faults written. Hand-made, no SOAP library."""

import msgspec
from lxml import etree
from starlette.responses import Response

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

_PREFIXES = {SOAP: "soap", WSSE: "wsse", WSU: "wsu"}


class SoapFault(Exception):
    """A call that ends with a fault: the code's namespace and name, and a text that repeats nothing of the request."""

    def __init__(self, namespace: str, name: str, text: str) -> None:
        self.namespace = namespace
        self.name = name
        self.text = text
        super().__init__(f"{name}: {text}")


class Envelope(msgspec.Struct, frozen=True):
    """A request: its header blocks and the one element of its body."""

    blocks: tuple[etree._Element, ...]
    payload: etree._Element


def read_envelope(raw: bytes, *, long_texts: bool = False) -> Envelope:
    """The envelope in ``raw``, whose texts may be longer than 10 MB only if they may be ``long_texts``.

    Raises:
        SoapFault: Client for what is no SOAP 1.1 request (a DOCTYPE included), VersionMismatch for another version.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=long_texts
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise SoapFault(SOAP, "Client", "the request is no well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapFault(SOAP, "Client", "a document type declaration is not accepted")
    name = etree.QName(root)
    if name.localname != "Envelope":
        raise SoapFault(SOAP, "Client", "the request is no SOAP envelope")
    if name.namespace != SOAP:
        raise SoapFault(SOAP, "VersionMismatch", "only SOAP 1.1 is spoken here")
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    payload = [] if body is None else list(body.iterchildren("*"))
    if len(payload) != 1:
        raise SoapFault(SOAP, "Client", "the body must hold exactly one element")
    return Envelope(tuple(() if header is None else header.iterchildren("*")), payload[0])


def write_reply(payload: etree._Element) -> Response:
    """A reply with this payload."""
    return Response(_serialised(payload), media_type="text/xml; charset=utf-8")


def write_fault(fault: SoapFault, status: int) -> Response:
    """A fault; SOAP 1.1 asks for HTTP 500, many systems send 200."""
    element = etree.Element(f"{{{SOAP}}}Fault", nsmap={_PREFIXES[fault.namespace]: fault.namespace})
    etree.SubElement(element, "faultcode").text = f"{_PREFIXES[fault.namespace]}:{fault.name}"
    etree.SubElement(element, "faultstring").text = fault.text
    return Response(_serialised(element), status_code=status, media_type="text/xml; charset=utf-8")


def _serialised(payload: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "xsi": XSI})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(payload)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
