import asyncio
from importlib import resources
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree

from adapters.sandbox.civil_register.service import CivilRegister
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.model import NO_END
from tests.sandbox.callers import child, system_of, text_at

CIVIL = "civil-register"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
REGISTER = "http://civil.example/register"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
PROLOG = '<?xml version="1.0" encoding="GBK"?>'


def request(body: str, item: str = "item", department: str = "dept", prolog: str = "") -> str:
    head = f"<ItemCode>{item}</ItemCode><Hander_Deptid>{department}</Hander_Deptid><OperatorName>演</OperatorName>"
    return f"{prolog}<Request><Head>{head}</Head><Body>{body}</Body></Request>"


def by_holder(number: str, kind: str = "01") -> str:
    return f"<CERT_LX>{kind}</CERT_LX><CERT_HM>{number}</CERT_HM>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def envelope(credential: str, payload: str) -> str:
    return f"""<e:Envelope xmlns:e="{SOAP}"><e:Header>{credential}</e:Header><e:Body>{payload}</e:Body></e:Envelope>"""


class CivilCaller:
    """Speaks to the register as an integration would."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.system = system_of(sandbox, CIVIL, CivilRegister)
        self.settings = sandbox.settings()[CIVIL]
        self.identity, self.token = self.settings["access-id"], self.settings["access-token"]
        self.headers = {"x-access-id": self.identity, "x-access-token": self.token}
        self._http = http

    def credential(self, token: str | None = None, more: str = "") -> str:
        shown = self.token if token is None else token
        return f"<Credential><accessId>{self.identity}</accessId><accessToken>{shown}</accessToken></Credential>{more}"

    async def send(
        self, content: bytes, charset: str = "; charset=UTF-8", action: str = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        kind = f'application/soap+xml{charset}; action="{REGISTER}/{action}"'
        own = self.headers if headers is None else headers
        return await self._http.post(self.settings["url"], content=content, headers={**own, "content-type": kind})

    def call(self, operation: str, text: str) -> str:
        payload = f'<q:{operation} xmlns:q="{REGISTER}"><arg0>{escaped(text)}</arg0></q:{operation}>'
        return envelope(self.credential(), payload)

    async def ask(self, operation: str, text: str) -> etree._Element:
        reply = await self.send(self.call(operation, text).encode(), action=operation)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/soap+xml; charset=GBK")
        (payload,) = etree.fromstring(reply.content)[0]
        assert payload.tag == f"{{{REGISTER}}}{operation}Response"
        returned = text_at(payload, "return")
        assert returned.startswith(PROLOG)
        return etree.fromstring(returned.removeprefix(PROLOG))

    async def of(self, number: str) -> etree._Element:
        return await self.ask("Query", request(by_holder(number)))

    async def fault(self, content: str, headers: dict[str, str] | None = None) -> tuple[str | None, str | None]:
        reply = await self.send(content.encode(), headers=headers)
        assert reply.status_code == 200
        found = child(etree.fromstring(reply.content), f".//{{{SOAP}}}Fault")
        codes = [one.text for one in found.iter(f"{{{SOAP}}}Value")]
        return codes[0], codes[1] if len(codes) > 1 else None


REJECTED = ("env:Sender", "tns:CredentialRejected")


@pytest.fixture
def civil(sandbox: Sandbox, http: httpx.AsyncClient) -> CivilCaller:
    return CivilCaller(sandbox, http)


@pytest.fixture
def library(world: World) -> Library:
    return world.libraries[CIVIL]


async def test_the_description_is_served_with_the_address_it_was_asked_at(
    civil: CivilCaller, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{civil.settings['url']}?wsdl")
    address = child(etree.fromstring(reply.content), ".//{http://schemas.xmlsoap.org/wsdl/soap12/}address")
    assert address.get("location") == civil.settings["url"]
    shipped = resources.files("adapters").joinpath("systems", CIVIL, "register.wsdl").read_bytes()
    assert reply.content.replace(civil.settings["url"].encode(), b"http://localhost/services/CivilRegister") == shipped
    assert (await http.get(civil.settings["url"])).status_code == 405


async def test_an_ordinary_soap_client_understands_the_description(
    civil: CivilCaller, world: World, library: Library
) -> None:
    """zeep, which shares nothing with the sandbox, builds the header without a namespace and the rpc body itself."""

    def ask() -> tuple[str, Any]:
        client: Any = zeep  # says nothing of its types
        transport = client.Transport(timeout=60)
        transport.session.trust_env = False
        transport.session.headers.update(civil.headers)
        with transport.session:
            service = client.Client(f"{civil.settings['url']}?wsdl", transport=transport).service
            header = {"credential": {"accessId": civil.identity, "accessToken": civil.token}}
            answer = service.Query(request(by_holder(world.holder.number)), _soapheaders=header)
            return answer, service.Touch("<Request/>", _soapheaders=header)

    answer, nothing = await asyncio.to_thread(ask)
    identifier = library.held_by(world.holder.number)[0].licence.identifier
    assert identifier is not None
    assert identifier in answer
    assert answer.startswith(PROLOG)
    assert nothing is None
    assert civil.system.touched == 1


async def test_a_certificate_says_what_the_library_says(civil: CivilCaller, library: Library, world: World) -> None:
    certificates = (await civil.of(world.holder.number.lower())).findall("Body/CertList/Cert")
    for one, record in zip(certificates, library.held_by(world.holder.number), strict=True):
        licence = record.licence
        assert [one.findtext(name) for name in ("ZZBS", "ZZMC", "ZZLXDM", "DJZH", "FZJGDM", "Hander_Deptid")] == [
            licence.identifier,
            licence.name,
            licence.type.code,
            licence.number,
            licence.issuer.code,
            licence.issuer.region,
        ]
        assert [tuple(part.text for part in holder) for holder in one.iterfind("CZRS/CZR")] == [
            ("01", holder.number, holder.name) for holder in licence.holders
        ]
        assert one.findtext("ZZLXMC") == licence.type.name
        assert one.findtext("FZJG") in {licence.issuer.name, ""}
        assert one.findtext("YXQ_Q") == f"{licence.valid_from:%Y/%m/%d}"
        assert one.findtext("FZRQ") == f"{licence.issued_on:%Y/%m/%d}"
        assert licence.valid_until == NO_END
        assert one.findtext("XK_YXQZ") == "2099/12/31"
        assert one.findtext("ZT") == library.state_word(record)
        assert one.findtext("SFDZH") in {"0", "1"}
        assert [tuple(part.text for part in field) for field in one.iterfind("CuslomDatas/CuslomData")] == [
            (field.name, field.label, field.value) for field in library.face(record)
        ]


async def test_a_list_may_have_one_element(civil: CivilCaller, library: Library, world: World) -> None:
    alone = next(person.number for person in world.people if len(library.held_by(person.number)) == 1)
    assert len((await civil.of(alone)).findall("Body/CertList/Cert")) == 1


async def test_nothing_known_is_an_empty_element_or_nil(civil: CivilCaller, library: Library) -> None:
    unknown = {
        (record.licence.issued_on.year < 2018): record
        for record in library.records
        if record.licence.identifier and record.licence.reason is None
    }
    for from_paper, nil in ((True, None), (False, "true")):
        reply = await civil.ask("QueryByNumber", request(f"<ZZBS>{unknown[from_paper].licence.identifier}</ZZBS>"))
        reason = child(reply, "Body/CertList/Cert/ZXYY")
        assert (reason.text, reason.get(NIL)) == (None, nil)


async def test_the_holders_certificate_has_an_unknown_issuer(civil: CivilCaller, world: World) -> None:
    names = [one.text for one in (await civil.of(world.holder.number)).iter("FZJG")]
    assert None in names


async def test_each_query_calls_its_code_by_another_name(civil: CivilCaller, library: Library, world: World) -> None:
    reply = await civil.of(world.holder.number)
    assert [one.tag for one in child(reply, "Head")] == ["ReturnCode", "ReturnMsg"]
    assert reply.findtext("Head/ReturnCode") == "0000"
    number = library.held_by(world.holder.number)[0].licence.number
    reply = await civil.ask("QueryByNumber", request(f"<DJZH>{number}</DJZH>"))
    assert [one.tag for one in child(reply, "Head")] == ["RET_CODE", "RET_MSG"]
    assert [one.text for one in reply.iter("DJZH")] == [number]


async def test_codes_tell_none_missing_unreadable_and_forbidden(civil: CivilCaller, world: World) -> None:
    number = world.holder.number
    for text, code in (
        (request(by_holder("nobody")), "0001"),
        (request(by_holder(number, "09")), "0001"),
        (request(by_holder(number), item=""), "1001"),
        (request(by_holder(number), department=" "), "1001"),
        (request(by_holder("")), "1001"),
        (request("").replace("<Body></Body>", ""), "1001"),
        (request(by_holder(number, "111")), "1003"),
        (request(by_holder(number), item=world.forbidden_item), "2001"),
        ("", "1002"),
        ("<Request>", "1002"),
        ("<Other/>", "1002"),
        ('<!DOCTYPE Request [<!ENTITY a "aa">]><Request>&a;</Request>', "1002"),
    ):
        reply = await civil.ask("Query", text)
        assert reply.findtext("Head/ReturnCode") == code, text
        assert reply.find("Body/CertList") is not None


async def test_a_longer_list_is_silently_cut_off(civil: CivilCaller, world: World) -> None:
    civil.system.most_rows = 1
    reply = await civil.of(world.holder.number)
    assert reply.findtext("Head/ReturnCode") == "0000"
    assert len(reply.findall("Body/CertList/Cert")) == 1


@pytest.mark.parametrize(
    ("encoding", "prolog", "charset"),
    [
        ("gbk", PROLOG, "; charset=GBK"),
        ("gbk", "", "; charset=gb18030"),
        ("gbk", PROLOG, ""),
        ("utf-8", "", ""),
        ("utf-8", PROLOG, "; charset=utf-8"),
        ("utf-8-sig", "", '; charset="utf-8"'),
    ],
)
async def test_requests_may_be_in_gbk_or_utf8(
    civil: CivilCaller, world: World, encoding: str, prolog: str, charset: str
) -> None:
    text = prolog + civil.call("Query", request(by_holder(world.holder.number), item="事项", prolog=PROLOG))
    reply = await civil.send(text.encode(encoding), charset)
    assert "ReturnCode>0000" in text_at(etree.fromstring(reply.content), ".//return")


async def test_the_reply_is_gbk_and_says_so(civil: CivilCaller, world: World) -> None:
    reply = await civil.send(civil.call("Query", request(by_holder(world.holder.number))).encode())
    assert reply.content.startswith(PROLOG.encode())
    assert "查询成功" in reply.content.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()


async def test_credentials_must_be_right_in_both_places(civil: CivilCaller) -> None:
    payload = f'<q:Touch xmlns:q="{REGISTER}"><arg0/></q:Touch>'
    right = envelope(civil.credential(), payload)
    assert await civil.fault(right, headers={}) == REJECTED
    assert await civil.fault(right, headers={**civil.headers, "x-access-token": "wrong"}) == REJECTED
    assert await civil.fault(right, headers={**civil.headers, "x-access-id": "wrong"}) == REJECTED
    for credential in ("", civil.credential("wrong"), civil.credential() * 2):
        assert await civil.fault(envelope(credential, payload)) == REJECTED
    named = civil.credential().replace("<Credential>", '<Credential xmlns="urn:x">')
    assert await civil.fault(envelope(named, payload)) == REJECTED
    assert civil.system.touched == 0


async def test_a_one_way_call_is_accepted_without_a_body(civil: CivilCaller) -> None:
    reply = await civil.send(civil.call("Touch", "<Request/>").encode())
    assert (reply.status_code, reply.content) == (202, b"")
    assert civil.system.touched == 1


@pytest.mark.parametrize(
    "content",
    ["", "<html>", "<a/>", envelope("", ""), '<!DOCTYPE e [<!ENTITY a "aa">]><e>&a;</e>'],
)
async def test_what_is_no_request_is_a_senders_fault(civil: CivilCaller, content: str) -> None:
    assert await civil.fault(content) == ("env:Sender", None)


async def test_other_versions_operations_charsets_and_headers_are_faults(civil: CivilCaller) -> None:
    assert await civil.fault(envelope(civil.credential(), "<Drop/>")) == ("env:Sender", None)
    older = envelope("", "<a/>").replace(SOAP, "http://schemas.xmlsoap.org/soap/envelope/")
    assert await civil.fault(older) == ("env:VersionMismatch", None)
    strange = f'<x xmlns:s="{SOAP}" s:mustUnderstand="true"/>'
    assert await civil.fault(envelope(civil.credential(more=strange), "<a/>")) == ("env:MustUnderstand", None)
    for raw, charset in (("示".encode("gbk"), "utf-8"), ("示".encode(), "utf-16"), (b"\xff", "gbk")):
        reply = await civil.send(raw, f"; charset={charset}")
        assert b"env:Sender" in reply.content


async def test_faults_are_soap_faults_with_http_200_and_a_lying_label(
    sandbox: Sandbox, http: httpx.AsyncClient, civil: CivilCaller, world: World
) -> None:
    asked = civil.call("Query", request(by_holder(world.holder.number)))
    switch = f"{sandbox.control}/faults/{CIVIL}"
    await http.put(switch, json={"kind": "expired"})
    assert await civil.fault(asked) == REJECTED
    await http.put(switch, json={"kind": "error"})
    assert await civil.fault(asked) == ("env:Receiver", None)
    await http.put(switch, json={"kind": "charset"})
    reply = await civil.send(asked.encode(), action="Query")
    assert reply.headers["content-type"] == "application/soap+xml; charset=utf-8"
    assert reply.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert "查询成功" in reply.content.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()
    assert sandbox.calls.of(CIVIL, "Query") == 1
    assert sandbox.calls.of(CIVIL, "other") == 2
