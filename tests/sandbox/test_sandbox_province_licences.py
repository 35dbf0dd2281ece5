from datetime import timedelta
from importlib import resources

import httpx
import pytest
from lxml import etree

from adapters.sandbox.cert_service.service import CertService
from adapters.sandbox.world.generate import World
from tests.sandbox.callers import ProvinceCaller, SteppedClock, child, system_of
from tests.sandbox.soap_calls import CERT, PING, SERVICE, by_holder, by_identifier, envelope

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def _text(reply: etree._Element, name: str) -> str | None:
    return reply.findtext(f"{{{SERVICE}}}{name}")


def _schema() -> etree.XMLSchema:
    """The types of the WSDL, joined by imports of files that stand for its inline schemas."""
    wsdl = resources.files("adapters").joinpath("systems", "province-licences", "licences.wsdl").read_bytes()
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    schemas = {one.get("targetNamespace"): one for one in etree.fromstring(wsdl).iter(f"{xsd}schema")}

    class Inline(etree.Resolver):
        def resolve(self, url: str, _id: str, context: object = None) -> object:
            return self.resolve_string(etree.tostring(schemas[url.removeprefix("inline:")]), context, base_url=None)

    for schema in schemas.values():
        for one in schema.iter(f"{xsd}import"):
            one.set("schemaLocation", f"inline:{one.get('namespace')}")
    parser = etree.XMLParser()
    parser.resolvers.add(Inline())
    return etree.XMLSchema(etree.fromstring(etree.tostring(schemas[SERVICE]), parser))


async def test_the_description_is_served_with_the_address_it_was_asked_at(
    province: ProvinceCaller, http: httpx.AsyncClient
) -> None:
    url = province.settings["url"]
    reply = await http.get(f"{url}?wsdl")
    address = child(etree.fromstring(reply.content), ".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address.get("location") == url
    assert (await http.get(url)).status_code == 405


@pytest.mark.parametrize("text", [False, True])
async def test_a_password_may_come_as_digest_or_as_text(province: ProvinceCaller, text: bool) -> None:
    assert _text(await province.ask(PING, province.token(text=text)), "ReturnCode") == "0"


async def test_a_holders_certificates_come_as_the_description_says(province: ProvinceCaller, world: World) -> None:
    reply = await province.ask(by_holder(world.holder.number.lower()))
    held = world.libraries["province-licences"].held_by(world.holder.number)
    assert (_text(reply, "ReturnCode"), _text(reply, "Total")) == ("0", str(len(held)))
    certificates = list(reply.iter(f"{CERT}Cert"))
    assert [one.findtext(f"{CERT}ZZBS") for one in certificates] == [one.licence.identifier for one in held]
    _schema().assertValid(reply)


async def test_every_holder_is_an_element_and_no_end_and_nothing_are_said_in_two_ways(
    province: ProvinceCaller, world: World
) -> None:
    certificates = list((await province.ask(by_holder(world.holder.number))).iter(f"{CERT}Cert"))
    assert {len(one.findall(f"{CERT}Owner")) for one in certificates} == {1, 2}
    assert {"2099/12/31", "长期"} <= {one.findtext(f"{CERT}ZZYXQJZRQ") for one in certificates}
    assert "null" in {one.findtext(f"{CERT}ZZBH") for one in certificates}
    reasons = [child(one, f"{CERT}ZTYY") for one in certificates]
    assert {(one.text, one.get(NIL)) for one in reasons} >= {(None, "true"), (None, None)}
    fields = certificates[0].findall(f"{CERT}CuslomDatas/{CERT}Field")
    assert {"name", "label"} == set(fields[0].attrib)


async def test_types_and_rows_can_be_narrowed(province: ProvinceCaller, world: World) -> None:
    kind = world.libraries["province-licences"].held_by(world.holder.number)[0].licence.type.code
    reply = await province.ask(
        by_holder(
            world.holder.number, more=f"<q:CertTypeCodes>{kind}</q:CertTypeCodes><q:CertTypeCodes>x</q:CertTypeCodes>"
        )
    )
    assert {one.findtext(f"{CERT}ZZLXDM") for one in reply.iter(f"{CERT}Cert")} == {kind}
    reply = await province.ask(by_holder(world.crowded.number, "001", more="<q:MaxRows>3</q:MaxRows>"))
    assert (len(list(reply.iter(f"{CERT}Cert"))), _text(reply, "Total")) == (3, "140")


async def test_return_codes_tell_nothing_found_missing_and_forbidden(province: ProvinceCaller, world: World) -> None:
    number = world.holder.number
    for payload, code in (
        (by_holder("nobody"), "10"),
        (by_holder(number, "001"), "10"),
        (by_holder(number, item=""), "12"),
        (by_holder(""), "12"),
        (by_holder(number, item=world.forbidden_item), "100"),
        (by_holder(number, more="<q:MaxRows>many</q:MaxRows>"), "99"),
        (by_identifier(""), "12"),
    ):
        assert _text(await province.ask(payload), "ReturnCode") == code


async def test_one_certificate_is_found_by_its_identifier(province: ProvinceCaller, world: World) -> None:
    identifier = world.libraries["province-licences"].held_by(world.holder.number)[0].licence.identifier
    assert identifier is not None
    reply = await province.ask(by_identifier(identifier))
    assert [one.text for one in reply.iter(f"{CERT}ZZBS")] == [identifier]


async def test_a_token_that_is_wrong_old_early_or_repeated_fails(province: ProvinceCaller, clock: SteppedClock) -> None:
    failed = "wsse:FailedAuthentication"
    wrong = province.settings | {"password": "wrong"}
    assert await province.fault(envelope(province.token(settings=wrong), PING)) == failed
    assert await province.fault(envelope(province.token(settings=wrong, text=True), PING)) == failed
    for minutes in (-6, 6):
        created = clock.now() + timedelta(minutes=minutes)
        assert await province.fault(envelope(province.token(created=created), PING)) == failed
    once = envelope(province.token(), PING)
    assert (await province.send(once)).status_code == 200
    assert await province.fault(once) == failed


async def test_security_that_cannot_be_judged_is_refused(province: ProvinceCaller) -> None:
    assert await province.fault(envelope("", PING)) == "wsse:InvalidSecurity"
    broken = province.token().replace("Created", "Made")
    assert await province.fault(envelope(broken, PING)) == "wsse:InvalidSecurity"
    strange = province.token() + '<x xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:mustUnderstand="1"/>'
    assert await province.fault(envelope(strange, PING)) == "soap:MustUnderstand"


async def test_a_message_that_expired_is_refused(province: ProvinceCaller, clock: SteppedClock) -> None:
    uri = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    stamp = f'<t:Timestamp xmlns:t="{uri}"><t:Expires>{clock.now().isoformat()}</t:Expires></t:Timestamp>'
    security = province.token().replace("<w:UsernameToken>", stamp + "<w:UsernameToken>")
    assert await province.fault(envelope(security, PING)) == "wsu:MessageExpired"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"<a/>",
        b'<!DOCTYPE e [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><e>&b;</e>',
        envelope("", ""),
        envelope("", PING + PING),
    ],
)
async def test_what_is_no_request_is_a_clients_fault(province: ProvinceCaller, content: bytes) -> None:
    assert await province.fault(content) == "soap:Client"


async def test_an_unknown_operation_and_another_version_are_faults(province: ProvinceCaller) -> None:
    assert await province.fault(envelope(province.token(), "<Drop/>")) == "soap:Client"
    newer = envelope("", PING).replace(b"http://schemas.xmlsoap.org/soap/envelope/", b"urn:newer")
    assert await province.fault(newer) == "soap:VersionMismatch"


async def test_faults_can_come_with_http_200(province: ProvinceCaller) -> None:
    system_of(province.sandbox, "province-licences", CertService).fault_status = 200
    assert await province.fault(envelope("", PING), status=200) == "wsse:InvalidSecurity"
