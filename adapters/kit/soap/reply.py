"""Reading a SOAP reply: from HTTP to the payload element, with faults told apart from answers."""

from typing import NoReturn

from lxml import etree

from adapters.kit.charset import CharsetPolicy
from adapters.kit.http.messages import HttpReply
from adapters.kit.http.status import verify_status
from adapters.kit.soap.versions import SoapVersion
from adapters.kit.xml import parse_reply_xml
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_BY_NAMESPACE = {version.namespace: version for version in SoapVersion}

_CREDENTIALS = frozenset(
    {
        "FailedAuthentication",
        "FailedCheck",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "MessageExpired",
        "SecurityTokenUnavailable",
        "UnsupportedAlgorithm",
        "UnsupportedSecurityToken",
    }
)
"""Fault codes of WS-Security. Told by local name: their prefixes are often undeclared or made up."""

_CODE_LIMIT, _MESSAGE_LIMIT = 100, 500


def read_reply(
    reply: HttpReply, version: SoapVersion, policy: CharsetPolicy, *, long_texts: bool = False
) -> etree._Element:
    """The payload: the one element in the Body.

    Args:
        reply: as it came, with any status: faults come with 500 and with 200.
        version: the version in which the system was asked.
        policy: the manifest's word on the reply's charset.
        long_texts: whether a text in it may be a whole document.

    Raises:
        SystemFailure: DENIED, ours, for a fault that refuses our credentials; UPSTREAM_FAULT, theirs, for every
            other fault (``code`` and ``message`` are the fault's own) and for what is no SOAP reply with exactly one
            payload; by its HTTP status if that is an error and the body says nothing in SOAP.
    """
    if (reply.content_type or "").lower().startswith("multipart/"):
        verify_status(reply)
        _refuse("answered in several parts (MTOM or attachments), which are not read")
    try:
        root = parse_reply_xml(reply.body, reply.content_type, policy, long_texts=long_texts)
    except SystemFailure:
        verify_status(reply)
        raise
    spoken = _BY_NAMESPACE.get(_namespace(root))
    if spoken is None or _local(root) != "Envelope":
        verify_status(reply)
        _refuse("answered with XML that is no SOAP envelope")
    bodies = root.findall(f"{{{spoken.namespace}}}Body")
    if len(bodies) != 1:
        _refuse("the SOAP envelope has no body, or several")
    payloads = [child for child in bodies[0] if isinstance(child.tag, str)]
    if payloads and payloads[0].tag == f"{{{spoken.namespace}}}Fault":
        raise _fault(payloads[0], spoken)
    verify_status(reply)
    if spoken is not version:
        _refuse(f"answered in SOAP {spoken} although asked in SOAP {version}: set protocol.soap.version")
    if len(payloads) != 1:
        _refuse("the SOAP body is empty" if not payloads else "the SOAP body has several payloads")
    return payloads[0]


def _fault(fault: etree._Element, version: SoapVersion) -> SystemFailure:
    code, message = _fault_11(fault) if version is SoapVersion.V11 else _fault_12(fault, version.namespace)
    if code is not None and code.rpartition(".")[2] in _CREDENTIALS:  # SOAP 1.1 refines codes with dots
        return SystemFailure(
            Outcome.DENIED, Fault.OURS, "the system refused our credentials", code=code, message=message
        )
    notice = "answered with a SOAP fault"
    if code == "VersionMismatch":
        notice = "the system does not speak the SOAP version it was asked in: set protocol.soap.version"
    elif code == "MustUnderstand":
        notice = "the system does not understand the security header"
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice, code=code, message=message)


def _fault_11(fault: etree._Element) -> tuple[str | None, str | None]:
    """Code and text. The children have no namespace by the standard, and one by habit."""
    code = message = None
    for child in fault:
        if _local(child) == "faultcode":
            code = _code(child)
        elif _local(child) == "faultstring":
            message = _message(child)
    return code, message


def _fault_12(fault: etree._Element, namespace: str) -> tuple[str | None, str | None]:
    """The innermost subcode, which says most, and the first text."""
    values = fault.findall(f"{{{namespace}}}Code//{{{namespace}}}Value")
    text = fault.find(f"{{{namespace}}}Reason/{{{namespace}}}Text")
    return _code(values[-1]) if values else None, None if text is None else _message(text)


def _code(element: etree._Element) -> str | None:
    """The fault code without its prefix."""
    return (element.text or "").strip().rpartition(":")[2][:_CODE_LIMIT] or None


def _message(element: etree._Element) -> str | None:
    return (element.text or "").strip()[:_MESSAGE_LIMIT] or None


def _namespace(element: etree._Element) -> str:
    return etree.QName(element).namespace or ""


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _refuse(notice: str) -> NoReturn:
    raise SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
