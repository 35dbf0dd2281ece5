"""SOAP 1.2 in the rpc style with one string argument, as a department's register describes it."""

from pathlib import Path

from lxml import etree

import adapters.systems
from adapters.kit.http import HttpReply
from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.mapping.texts import element, xml_text
from adapters.kit.soap import SoapVersion, describe, load_description, read_reply

WSDL = Path(adapters.systems.__path__[0]) / "civil-register" / "register.wsdl"
SOAP = SoapProtocol(wsdl=WSDL.name, version="1.2")
REGISTER = "http://civil.example/register"
QUERY = load_description(WSDL, SOAP).operations["Query"]


def test_the_string_is_an_argument_without_a_namespace_in_a_wrapper_with_one() -> None:
    document = xml_text("Request", {"Body": {"HM": "<&>"}}, "GBK")
    block = element("Credential", {"accessId": "i", "accessToken": "t&"})

    request = QUERY.http_request("http://host/", {"arg0": document}, headers=[block], charset="GB18030")

    root = etree.fromstring(request.body)
    header, body = root
    assert root.tag == f"{{{SoapVersion.V12.namespace}}}Envelope"
    assert [child.tag for child in header] == ["Credential"]
    assert [(child.tag, child.text) for child in header[0]] == [("accessId", "i"), ("accessToken", "t&")]
    assert [child.tag for child in body] == [f"{{{REGISTER}}}Query"]
    assert [(child.tag, child.text) for child in body[0]] == [("arg0", document)]
    assert request.headers["Content-Type"] == (f'application/soap+xml; charset=gb18030; action="{REGISTER}/Query"')


def test_a_block_may_have_namespaces_of_its_own() -> None:
    value = {"@xmlns:s": "urn:sample", "s:Id": {"@s:kind": "k", ".": "1"}}
    root = etree.fromstring(element("s:Caller", value))
    assert root.tag == "{urn:sample}Caller"
    assert root[0].get("{urn:sample}kind") == "k"


def test_the_returned_string_is_found_below_the_wrapper() -> None:
    text = (
        f'<e:Envelope xmlns:e="{SoapVersion.V12.namespace}"><e:Body><t:QueryResponse xmlns:t="{REGISTER}">'
        "<return>&lt;Response/&gt;</return></t:QueryResponse></e:Body></e:Envelope>"
    )
    reply = HttpReply(status=200, headers={"content-type": "application/soap+xml"}, body=text.encode())
    payload = read_reply(reply, QUERY.version, "sniff")
    assert payload.findtext("return") == "<Response/>"


def test_the_outline_knows_argument_and_result() -> None:
    outline = describe(WSDL, SOAP).operations["Query"]
    assert (set(outline.request.children), set(outline.reply.children)) == ({"arg0"}, {"return"})
