"""Our SOAP against servers and a WSDL that are not ours: what we write is understood, what they write is read right."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from zeep import Settings, Transport
from zeep.helpers import serialize_object
from zeep.wsdl import Document

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Scope, compile_reading, compile_request
from adapters.kit.soap import SoapVersion, describe, read_reply
from adapters.kit.soap.repairs import mended
from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import NO_END, Holder
from gateway.core.outcome import Fault, Outcome
from gateway.core.use import Use, UseBasis

SERVERS = ["spyne", pytest.param("php", marks=pytest.mark.group("php", needs="php-cli and php-soap"))]
ASKED: dict[str, Any] = {
    "holder": {"@Kind": "111", "Number": "N-1", "Name": "甲 <乙> & 丙"},
    "purpose": {"Item": "item-000001", "Case": None, "Note": "第一行\n第二行"},
    "kinds": {"string": ["a", "b"]},
    "since": date(2020, 1, 2),
    "active": True,
}
SINGLE = {**ASKED, "holder": {**ASKED["holder"], "Number": "SINGLE"}}
LEAST = {"holder": {"Number": "N-1"}, "purpose": {"Item": "item-000001", "Case": "C & D"}}


@pytest.fixture(params=SERVERS)
def services(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=list(SoapVersion))
def foreign(request: pytest.FixtureRequest, services: Any) -> Any:
    return services[request.param]


def leaves(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value of an element with its path, in order; an attribute counts as a child."""
    for name, value in element.attrib.items():
        assert isinstance(name, str)
        assert isinstance(value, str)
        if not name.startswith("{"):
            yield f"{path}.{name}", value
    if len(element) == 0 and element.text:
        yield path, element.text
    for child in element:
        yield from leaves(child, f"{path}.{etree.QName(child).localname}")


def spelt(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The same of what zeep read."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from spelt(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from spelt(inner, path)
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif isinstance(value, date):
        yield path, value.isoformat()
    elif value is not None:
        yield path, str(value)


def as_zeep_reads(wsdl: Path, body: bytes) -> list[tuple[str, str]]:
    oracle = wsdl.with_name(f"oracle-{wsdl.name}")
    oracle.write_bytes(mended(wsdl.read_bytes()))
    transport: Any = Transport  # untyped, and Document asks for the class where it means an instance
    plain: Any = serialize_object  # untyped
    document = Document(str(oracle), transport(), settings=Settings())
    (service,) = document.services.values()
    (port,) = service.ports.values()
    result = port.binding.get("findDeeds").process_reply(etree.fromstring(body))
    return sorted(spelt(plain(result, dict)))


@pytest.mark.parametrize("arguments", [ASKED, SINGLE, LEAST], ids=["two rows", "one row", "least"])
async def test_a_reply_reads_as_zeep_reads_it(foreign: Any, arguments: dict[str, Any]) -> None:
    operation = foreign.operation("findDeeds")
    reply = await foreign.ask(operation, arguments)
    payload = read_reply(reply, operation.version, "sniff")
    read = sorted(leaves(payload[0]))
    assert read == as_zeep_reads(foreign.wsdl, reply.body)
    assert (".Code", "0") in read


async def test_what_was_asked_arrives_as_it_was(foreign: Any) -> None:
    operation = foreign.operation("findDeeds")
    payload = read_reply(await foreign.ask(operation, ASKED), operation.version, "sniff")
    read = list(leaves(payload[0]))
    names = [value for path, value in read if path.endswith("Party.Name")]
    kinds = [value for path, value in read if path.endswith("Party.Kind")]
    remarks = [value for path, value in read if path.endswith("Remark")]
    assert names == ["甲 <乙> & 丙"] * 2
    assert kinds == ["111", "001"] * 2
    assert remarks[0] == "item-000001|None|第一行\n第二行"
    assert "2020-01-02" in remarks[1]
    assert "true" in remarks[1].lower()


async def test_a_request_in_gb18030_is_understood(foreign: Any) -> None:
    operation = foreign.operation("findDeeds")
    reply = await foreign.ask(operation, ASKED, charset="GB18030")
    assert "甲 <乙> & 丙" in dict(leaves(read_reply(reply, operation.version, "sniff"))).values()


@pytest.mark.parametrize("password", ["wrong", None], ids=["wrong", "missing"])
async def test_a_token_that_proves_nothing_is_our_denial(foreign: Any, password: str | None) -> None:
    operation = foreign.operation("findDeeds")
    reply = await foreign.ask(operation, ASKED, password=password)
    with pytest.raises(SystemFailure) as caught:
        read_reply(reply, operation.version, "sniff")
    assert (caught.value.outcome, caught.value.fault) == (Outcome.DENIED, Fault.OURS)


async def test_a_fault_of_theirs_keeps_its_text(foreign: Any) -> None:
    operation = foreign.operation("getDeed")
    reply = await foreign.ask(operation, {"number": "D-1"})
    with pytest.raises(SystemFailure) as caught:
        read_reply(reply, operation.version, "sniff")
    assert (caught.value.outcome, caught.value.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
    assert caught.value.message == "the archive is closed for 3 characters"


MANIFEST = {
    "manifest": 1,
    "system": {
        "code": "foreign-deeds",
        "title": {"zh": "外部不动产库", "en": "Foreign deeds"},
        "level": "city",
        "regions": ("420100",),
        "owner": {"name": "示例局", "creditCode": "11100000000013338W", "contact": "duty desk"},
    },
    "offers": {"holderTypes": ("111",), "licenceTypes": ("*",)},
    "protocol": {"soap": {"wsdl": "soap11.wsdl"}, "endpoint": {"setting": "foreign-deeds/url"}},
    "auth": {
        "wsse": {"username": {"setting": "foreign-deeds/user"}, "password": {"setting": "foreign-deeds/password"}}
    },
    "success": {
        "at": "findDeedsResult.Code",
        "equals": "0",
        "code": "findDeedsResult.Code",
        "message": "findDeedsResult.Text",
    },
    "outcomes": {"10": Outcome.NOT_FOUND},
    "operations": {
        "findDeeds": {
            "serves": "LicenceSource.list",
            "safe": True,
            "request": {
                "holder": {"@Kind": "holder.type", "Number": "holder.number", "Name": "holder.name"},
                "purpose": {"Item": "use.item", "Case": "use.case", "Note": "use.note"},
            },
            "response": {
                "each": "findDeedsResult.Items.Deed[]",
                "number": "Number",
                "name": "Title",
                "issuedOn": {"date": "Issued", "as": "yyyy-MM-dd"},
                "validUntil": {"date": "Until", "as": "yyyy-MM-dd", "noEnd": ("9999",)},
                "holders": {"each": "Parties.Party[]", "type": "@Kind", "number": "Number", "name": "Name"},
                "state": {"value": "VALID"},
                "more": "findDeedsResult.Total",
            },
        }
    },
}


class NoSecrets:
    def get(self, _name: str) -> str | None:
        return None


def scope(number: str) -> Scope:
    use = Use(
        id="u",
        item="item-000001",
        basis=UseBasis.STATUTORY,
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        owner_application="portal",
        owner_subject="s",
        case="C-1",
    )
    call = Call(request_id="r", caller=Caller(Application("portal", "Portal")), deadline=Deadline(0.0), use=use)
    return Scope(
        call=call, secrets=NoSecrets(), now=datetime(2026, 1, 1, tzinfo=UTC), holder=Holder("111", number, "某甲")
    )


async def ask_by_manifest(foreign: Any, number: str) -> Any:
    manifest = Manifest.model_validate(MANIFEST)
    declared = manifest.operations["findDeeds"]
    wanted = frozenset({"number", "name", "issued_on", "valid_until", "holders", "state"})
    arguments = compile_request(declared.request, manifest).build(scope(number))
    operation = foreign.operation("findDeeds")
    payload = read_reply(await foreign.ask(operation, arguments), operation.version, manifest.protocol.charset.response)
    return compile_reading(manifest, declared, wanted).read_xml(payload)


@pytest.mark.parametrize(("number", "count"), [("N-1", 2), ("SINGLE", 1)])
async def test_a_manifest_over_a_foreign_description_gives_rows(foreign: Any, number: str, count: int) -> None:
    reading = await ask_by_manifest(foreign, number)
    assert reading.accepted
    assert [row.number for row in reading.rows] == ["D-1", "D-2"][:count]
    first = reading.rows[0]
    assert first.issued_on == date(2021, 3, 4)
    assert first.name == "不动产权证书 <示例> & 附记"
    assert first.holders == (Holder("111", number, "某甲"), Holder("001", "X-1", None))
    assert first.valid_until in {None, NO_END}


async def test_no_rows_and_the_systems_own_code_is_not_found(foreign: Any) -> None:
    reading = await ask_by_manifest(foreign, "NOBODY")
    assert (reading.accepted, reading.code, list(reading.rows)) == (False, "10", [])


def test_the_outline_has_what_the_manifest_names(spyne: Any) -> None:
    manifest = Manifest.model_validate(MANIFEST)
    assert manifest.protocol.soap is not None
    outline = describe(spyne[SoapVersion.V11].wsdl, manifest.protocol.soap).operations["findDeeds"]
    deed = outline.reply.children["findDeedsResult"].children["Items"].children["Deed"]
    assert deed.many
    assert "Version" in deed.attributes
    assert outline.request.children["holder"].attributes == {"Kind"}
