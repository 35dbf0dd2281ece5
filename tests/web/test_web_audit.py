"""The audit through GraphQL: auditors read events, a citizen the uses of his own data without the officers' names."""

from typing import Any

import msgspec
import pytest

from gateway.core.caller import Person, Role
from gateway.core.licence import Holder, LicenceState
from tests.services.fakes import CITIZEN, OFFICER, OWN_NUMBER, LicenceRow, rows
from tests.web.gateways import Gateway

EN = {"accept-language": "en"}
AUDITOR = Person(subject="a-1", role=Role.AUDITOR, name="审计员", account="a001", body=OFFICER.body)
LICENCES = """query ($use: ID!, $holder: HolderInput!) { licences(use: $use, holder: $holder) { nodes { name } } }"""
EVENTS = """query ($filter: AuditFilter, $first: Int, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    nodes { kind title at ending problem application requestId actor { role subject body } subject about count
      use { basis item case reference } systems { system outcome fault rows bytes sha256 } shown withheld
      note { name value } }
    edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }"""
OWN_USES = """{ myDataUse { nodes { at title byOneself body bodyName application basis item systems fields }
  edges { cursor node { title } } pageInfo { hasNextPage } } }"""


@pytest.fixture
async def used(gateway: Gateway) -> Gateway:
    """A gateway in which an officer has looked at a citizen's licences."""
    row = LicenceRow(
        identifier="A-1", name="执照", holders=(Holder("111", OWN_NUMBER, "王测试"),), state=LicenceState.VALID
    )
    gateway.city.script = rows(row)
    use = await gateway.open_use(OFFICER)
    holder = {"document": {"type": "111", "number": OWN_NUMBER, "name": "王测试"}}
    answer = await gateway.ask(LICENCES, {"use": use, "holder": holder}, person=OFFICER)
    assert answer["data"]["licences"]["nodes"] == [{"name": "执照"}]
    return gateway


async def events(gateway: Gateway, person: Person = AUDITOR, **variables: Any) -> dict[str, Any]:
    return await gateway.ask(EVENTS, variables, person=person, headers=EN)


async def test_an_auditor_reads_what_was_done(used: Gateway) -> None:
    found = (await events(used, filter={"holder": {"type": "111", "number": OWN_NUMBER}}))["data"]["auditEvents"]
    (node,) = found["nodes"]
    assert (node["kind"], node["title"], node["ending"]) == (
        "licences.fetched",
        "a holder's licences were fetched",
        "DONE",
    )
    assert node["actor"]["body"] == OFFICER.body
    assert (node["use"]["basis"], node["use"]["case"]) == ("STATUTORY", "BJ-1")
    assert {one["system"]: one["outcome"] for one in node["systems"]} == {"city": "OK", "province": "NOT_FOUND"}
    assert (node["shown"], node["count"]) == (["name"], 1)
    assert found["pageInfo"] == {"hasNextPage": False, "endCursor": found["edges"][0]["cursor"]}
    assert OWN_NUMBER not in str(found)


async def test_reading_is_an_event_itself(used: Gateway) -> None:
    await events(used)
    (node,) = (await events(used, filter={"kinds": ["audit.read"]}, first=1))["data"]["auditEvents"]["nodes"]
    assert node["note"] == [{"name": "filter", "value": ""}]
    assert node["actor"]["role"] == "auditor"


@pytest.mark.parametrize("person", [CITIZEN, OFFICER], ids=["citizen", "officer"])
async def test_nobody_else_reads_it(used: Gateway, person: Person) -> None:
    answer = await events(used, person)
    assert answer["data"] == {"auditEvents": None}
    assert answer["errors"][0]["extensions"]["number"] == "YW-AD-02"


async def test_a_citizen_sees_which_body_used_his_data_and_what_for(used: Gateway) -> None:
    found = (await used.ask(OWN_USES, headers=EN))["data"]["myDataUse"]
    (node,) = found["nodes"]
    assert (node["body"], node["byOneself"], node["basis"]) == (OFFICER.body, False, "STATUTORY")
    assert (node["systems"], node["fields"], node["item"]) == (["city", "province"], ["name"], "11420000-0001")
    for secret in ("o-1", "w001", "经办员", "BJ-1"):
        assert secret not in str(found)
    answer = await used.ask(OWN_USES, person=OFFICER)
    assert answer["errors"][0]["extensions"]["number"] == "YW-AD-03"


async def test_a_citizen_sees_that_it_was_he_himself(gateway: Gateway, use: str) -> None:
    await gateway.ask(LICENCES, {"use": use, "holder": {"viewer": True}})
    (node,) = (await gateway.ask(OWN_USES))["data"]["myDataUse"]["nodes"]
    assert (node["byOneself"], node["body"], node["title"]) == (True, None, "查询持证人的证照")


async def test_kinds_of_other_programs_are_shown_by_their_code(gateway: Gateway) -> None:
    trail = gateway.bench.trail
    await events(gateway)
    trail.events = [msgspec.structs.replace(event, kind="of.another.program") for event in trail.events]
    (node,) = (await events(gateway))["data"]["auditEvents"]["nodes"]
    assert node["title"] == "of.another.program"
