from typing import Any

import pytest

from adapters.kit.http import HttpReply
from adapters.kit.soap import SoapVersion, read_reply
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

V11, V12 = SoapVersion.V11, SoapVersion.V12
THEIRS = (Outcome.UPSTREAM_FAULT, Fault.THEIRS)


def soap(body: str, version: SoapVersion = V11, head: str = "") -> bytes:
    return f'<s:Envelope xmlns:s="{version.namespace}">{head}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def reply(body: bytes, status: int = 200, content_type: str = "text/xml") -> HttpReply:
    return HttpReply(status=status, headers={"content-type": content_type}, body=body)


def failure(got: HttpReply, version: SoapVersion = V11) -> SystemFailure:
    with pytest.raises(SystemFailure) as caught:
        read_reply(got, version, "sniff")
    return caught.value


def ending(error: SystemFailure) -> tuple[Outcome, Fault]:
    return error.outcome, error.fault


@pytest.mark.parametrize("version", SoapVersion)
def test_the_payload_is_the_one_element_of_the_body(version: SoapVersion) -> None:
    body = soap("\n<!-- x --><p xmlns='urn:x'><q>1</q></p>\n", version, "<s:Header><h/></s:Header>")
    payload = read_reply(reply(body), version, "sniff")
    assert (payload.tag, payload[0].text) == ("{urn:x}p", "1")


def fault_11(code: str = "s:Server", text: Any = "closed", tag: Any = "faultcode") -> str:
    return f"<s:Fault><{tag}>{code}</{tag}><faultstring>{text}</faultstring><detail><q/></detail></s:Fault>"


def fault_12(code: str = "s:Receiver", sub: Any = "") -> str:
    return (
        f"<s:Fault><s:Code><s:Value>{code}</s:Value>{sub}</s:Code>"
        "<s:Reason><s:Text xml:lang='zh'>closed</s:Text></s:Reason></s:Fault>"
    )


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("version", "fault", "code"),
    [
        (V11, fault_11(), "Server"),
        (V11, fault_11("Server"), "Server"),
        (V11, fault_11("undeclared:E1001"), "E1001"),
        (V11, fault_11(tag="s:faultcode"), "Server"),
        (V12, fault_12(), "Receiver"),
        (V12, fault_12(sub="<s:Subcode><s:Value>x:E7</s:Value></s:Subcode>"), "E7"),
    ],
)
def test_a_fault_is_a_fault_with_any_status(status: int, version: SoapVersion, fault: str, code: str) -> None:
    error = failure(reply(soap(fault, version), status), version)
    assert ending(error) == THEIRS
    assert (error.code, error.message) == (code, "closed")
    assert "closed" not in error.notice


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        (V11, fault_11("wsse:FailedAuthentication")),
        (V11, fault_11("wsse:InvalidSecurity")),
        (V11, fault_11("s:Client.FailedAuthentication")),
        (V12, fault_12("s:Sender", "<s:Subcode><s:Value>wsse:InvalidSecurityToken</s:Value></s:Subcode>")),
    ],
)
def test_a_fault_that_refuses_our_credentials_is_ours(version: SoapVersion, fault: str) -> None:
    assert ending(failure(reply(soap(fault, version), 500), version)) == (Outcome.DENIED, Fault.OURS)


def test_an_endless_fault_text_is_cut() -> None:
    error = failure(reply(soap(fault_11("s:" + "c" * 900, "t" * 9_000))))
    assert (len(error.code or ""), len(error.message or "")) == (100, 500)


@pytest.mark.parametrize("asked", SoapVersion)
def test_a_version_mismatch_says_what_to_set(asked: SoapVersion) -> None:
    other = V12 if asked is V11 else V11
    assert "set protocol.soap.version" in failure(reply(soap("<p/>", other)), asked).notice
    fault = fault_11("s:VersionMismatch") if other is V11 else fault_12("s:VersionMismatch")
    assert "set protocol.soap.version" in failure(reply(soap(fault, other), 500), asked).notice


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (soap(""), "empty"),
        (soap("text only"), "empty"),
        (soap("<a/><b/>"), "several payloads"),
        (b"<reply><code>0</code></reply>", "no SOAP envelope"),
        (b'<s:Envelope xmlns:s="urn:wrong"><s:Body><p/></s:Body></s:Envelope>', "no SOAP envelope"),
        (b"<Envelope><Body><p/></Body></Envelope>", "no SOAP envelope"),
        (f'<s:Fault xmlns:s="{V11.namespace}"/>'.encode(), "no SOAP envelope"),
        (f'<s:Envelope xmlns:s="{V11.namespace}"/>'.encode(), "no body"),
        (f'<s:Envelope xmlns:s="{V11.namespace}"><s:Body/><s:Body/></s:Envelope>'.encode(), "several"),
        (soap("<p>")[:-10], "cut short"),
        (b"<html><body>busy</body></html>", "HTML page"),
        (b"", "empty"),
        (b"OK", "cut short"),
    ],
)
def test_what_is_no_soap_reply_says_so(body: bytes, says: str) -> None:
    error = failure(reply(body))
    assert ending(error) == THEIRS
    assert says in error.notice


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"<oops/>", soap("<p/>")])
def test_an_error_status_counts_where_the_body_holds_no_fault(body: bytes) -> None:
    error = failure(reply(body, 503))
    assert (error.outcome, error.code) == (Outcome.UNAVAILABLE, "HTTP 503")


def test_replies_in_several_parts_are_refused() -> None:
    error = failure(reply(b"--x\r\n", content_type='multipart/related; type="application/xop+xml"'))
    assert "several parts" in error.notice
