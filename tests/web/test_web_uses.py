"""Purposes through GraphQL: the four bases, licences under each as the rules open them, and every way to be refused."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.core.caller import Person, Role
from gateway.core.case import CaseState
from gateway.core.licence import FaceField, Holder, LicenceState
from gateway.core.outcome import Fault, Outcome
from gateway.core.policy.rules import FIELDS, Pace
from gateway.core.ports import CaseAnswer
from gateway.core.use import UseBasis
from gateway.services.live_use import PROOF_LASTS
from tests.services.bench import FakeCaseDirectory, FakeCases, FakeIdentity, Rules, a_book, a_case, a_rule, an_item
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    LicenceRow,
    ManualClock,
    rows,
)
from tests.web.gateways import Gateway

EN, ZH = {"accept-language": "en"}, {"accept-language": "zh-CN"}
FORBIDDEN_ITEM = "11420000-0002"
OWN = (Holder("111", OWN_NUMBER, "王测试"),)
ROW = LicenceRow(
    identifier="A-1", type="T1", number="B123456789", name="营业执照", holders=OWN, state=LicenceState.VALID,
    valid_until=date(2020, 1, 1), face=(FaceField("f", "字段", "秘密"),),
)  # fmt: skip
AGENT = Person(subject="c-2", role=Role.CITIZEN, name="李测试", document_type="111", number=OTHER_NUMBER)
CLERK = Person(subject="k-1", role=Role.CLERK, name="窗口员", body=OFFICER.body, region="420102")
AUDITOR = Person(subject="a-1", role=Role.AUDITOR, name="审计员", account="a001")
ELSEWHERE = msgspec.structs.replace(OFFICER, subject="o-3", region="420200")

BOOK = a_book(
    a_rule("own", roles=frozenset({Role.CITIZEN, Role.CLERK}), bases=frozenset({UseBasis.HOLDER, UseBasis.ENTRUSTED})),
    a_rule(
        "officers",
        roles=frozenset({Role.OFFICER}),
        bases=frozenset({UseBasis.STATUTORY}),
        show=frozenset(FIELDS) - {"holders.number", "face", "validUntil"},
        mask=frozenset({"holders.number"}),
    ),
    a_rule(
        "checkers",
        roles=frozenset({Role.OFFICER}),
        bases=frozenset({UseBasis.PRESENTED}),
        show=frozenset({"type", "state"}),
        mask=frozenset({"name", "number"}),
    ),
    items=[an_item(), an_item(FORBIDDEN_ITEM, body="11420000MB0A00001X")],
    pace=Pace(holders=2, refill=timedelta(minutes=1)),
    bind_within=timedelta(hours=1),
)
OPEN = """mutation ($i: OpenUseInput!) { openUse(input: $i) {
  use { id item basis expiresAt } problems { code message field remedy } } }"""
LICENCES = """query ($u: ID!, $h: HolderInput!) { licences(use: $u, holder: $h) { completeness
  nodes { id identifier number name state pastEndDate validUntil holders { type number name } face { value }
    withheld { path reason } provenance { fields } } sources { outcome notice code } } }"""
MANDATE = """mutation ($i: RecordMandateInput!) { recordMandate(input: $i) {
  mandate { id items types expiresAt revokedAt } problems { code message field remedy } } }"""
REVOKE = """mutation ($i: RevokeMandateInput!) { revokeMandate(input: $i) { mandate { id revokedAt }
  problems { code } } }"""
PRESENT = """mutation ($i: PresentLicenceInput!) { presentLicence(input: $i) { code expiresAt
  problems { code field message remedy } } }"""
NUMBER = """mutation ($i: OpenApplicationInput!) { openApplication(input: $i) {
  application { number item openedAt dueAt boundAt uses } problems { code } } }"""
BIND = """mutation ($i: BindApplicationInput!) { bindApplication(input: $i) {
  application { number boundAt uses } problems { code field message remedy } } }"""
OVERDUE = """query ($n: Int, $a: String) { overdueApplications(first: $n, after: $a) { totalCount
  nodes { number uses } edges { cursor node { number } } pageInfo { hasNextPage endCursor } } }"""
VIEWER = {"viewer": True}
STATUTORY = {"statutory": {"item": ITEM, "case": "BJ-1", "note": "核验"}}


class Hall:
    """A gateway with rules, a case system and an identity platform; every answer is the one field asked for."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.rules = Rules(BOOK)
        self.cases = FakeCases(a_case(), a_case("BJ-2"))
        self.gateway = Gateway(
            clock,
            rules=self.rules,
            cases=FakeCaseDirectory(self.cases),
            identity=FakeIdentity({"scan-1": OWN[0]}),
        )
        self.gateway.city.script = rows(ROW)

    async def ask(self, document: str, variables: dict[str, Any], person: Person, **more: Any) -> dict[str, Any]:
        answer = await self.gateway.ask(document, variables, person=person, headers=more.pop("headers", EN))
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return dict(value)

    async def refused(
        self, document: str, variables: dict[str, Any], person: Person, headers: dict[str, str] = EN
    ) -> dict[str, Any]:
        answer = await self.gateway.ask(document, variables, person=person, headers=headers)
        (error,) = answer["errors"]
        assert list(answer["data"].values()) == [None]
        assert error["extensions"]["remedy"]
        return dict(error)

    async def use(self, person: Person, purpose: dict[str, Any]) -> str:
        payload = await self.ask(OPEN, {"i": purpose}, person)
        assert payload["problems"] == []
        return str(payload["use"]["id"])

    async def licences(self, use: str, person: Person, holder: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.ask(LICENCES, {"u": use, "h": holder or VIEWER}, person)

    async def mandate(self, **changed: Any) -> dict[str, Any]:
        declared = {
            "agent": {"type": "111", "number": OTHER_NUMBER, "name": "李测试"},
            "items": [ITEM],
            "expiresAt": (self.clock.now() + timedelta(days=1)).isoformat(),
        }
        return await self.ask(MANDATE, {"i": declared | changed}, CITIZEN)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def hall(clock: ManualClock) -> Hall:
    return Hall(clock)


def document(number: str, name: str) -> dict[str, Any]:
    return {"document": {"type": "111", "number": number, "name": name}}


# ---- the four bases


async def test_holder_sees_his_own_whole(hall: Hall) -> None:
    use = await hall.use(CITIZEN, {"holder": {"item": ITEM}})
    (node,) = (await hall.licences(use, CITIZEN))["nodes"]
    assert (node["identifier"], node["number"], node["pastEndDate"]) == ("A-1", "B123456789", True)
    assert node["holders"] == [{"type": "111", "number": OWN_NUMBER, "name": "王测试"}]
    assert node["face"] == [{"value": "秘密"}]
    assert node["withheld"] == []


async def test_holder_at_a_counter_by_his_scan(hall: Hall) -> None:
    use = await hall.use(CLERK, {"holder": {"item": ITEM, "scan": "scan-1"}})
    (node,) = (await hall.licences(use, CLERK))["nodes"]
    assert node["holders"][0]["number"] == OWN_NUMBER
    refused = await hall.refused(OPEN, {"i": {"holder": {"item": ITEM, "scan": "scan-2"}}}, CLERK)
    assert refused["extensions"]["number"] == "YW-US-24"


async def test_entrusted_by_a_mandate_until_it_is_taken_back(hall: Hall) -> None:
    mandate = (await hall.mandate(types=["T1"]))["mandate"]
    assert (mandate["items"], mandate["types"], mandate["revokedAt"]) == ([ITEM], ["T1"], None)
    use = await hall.use(AGENT, {"entrusted": {"item": ITEM, "mandate": mandate["id"]}})
    assert [node["identifier"] for node in (await hall.licences(use, AGENT))["nodes"]] == ["A-1"]
    ended = await hall.ask(REVOKE, {"i": {"id": mandate["id"]}}, CITIZEN)
    assert ended["mandate"]["revokedAt"]
    for query, variables in (
        (LICENCES, {"u": use, "h": VIEWER}),
        (OPEN, {"i": {"entrusted": {"item": ITEM, "mandate": mandate["id"]}}}),
    ):
        assert (await hall.refused(query, variables, AGENT))["extensions"]["number"] == "YW-US-10"


async def test_statutory_for_a_case_with_masks_and_reasons_in_both_languages(hall: Hall) -> None:
    use = await hall.use(OFFICER, STATUTORY)
    asked = {"u": use, "h": document(OWN_NUMBER, "王测试")}
    for headers, masked, closed in (
        (EN, "shown in part, as a rule says", "no rule opens this field"),
        (ZH, "按规则脱敏显示", "没有规则开放该字段"),
    ):
        (node,) = (await hall.ask(LICENCES, asked, OFFICER, headers=headers))["nodes"]
        assert node["holders"] == [{"type": "111", "number": "420106********1231", "name": "王测试"}]
        assert (node["face"], node["validUntil"], node["pastEndDate"]) == (None, None, None)
        assert {line["path"]: line["reason"] for line in node["withheld"]} == {
            "holders.number": masked,
            "face": closed,
            "validUntil": closed,
        }
        assert not {"face", "validUntil"} & set(node["provenance"][0]["fields"])
    assert all(not {"face", "valid_until"} & wanted for _, wanted, _ in hall.gateway.city.questions)


async def test_presented_by_a_code_that_one_checker_reads(hall: Hall, clock: ManualClock) -> None:
    own = await hall.use(CITIZEN, {"holder": {"item": ITEM}})
    hall.gateway.city.script = rows(ROW, msgspec.structs.replace(ROW, identifier="A-2", name="残疾人证"))
    nodes = (await hall.licences(own, CITIZEN))["nodes"]
    shown = await hall.ask(PRESENT, {"i": {"use": own, "licence": nodes[0]["id"]}}, CITIZEN)
    assert shown["problems"] == []
    use = await hall.use(OFFICER, {"presented": {"code": shown["code"]}})
    found = await hall.licences(use, OFFICER)
    (node,) = found["nodes"]
    assert (node["name"], node["number"], node["state"]) == ("营**照", "******6789", "VALID")
    assert (node["identifier"], node["holders"], node["face"]) == (None, None, None)
    assert [line["notice"] for line in found["sources"]] == [None, None]
    stranger = msgspec.structs.replace(OFFICER, subject="o-9")
    again = {"i": {"presented": {"code": shown["code"]}}}
    assert (await hall.refused(OPEN, again, stranger))["extensions"]["number"] == "YW-US-14"
    clock.step(5 * 60)
    assert (await hall.refused(OPEN, again, OFFICER))["extensions"]["number"] == "YW-US-14"
    assert (await hall.refused(LICENCES, {"u": use, "h": VIEWER}, OFFICER))["extensions"]["number"] == "YW-US-01"


# ---- refused


@pytest.mark.parametrize(
    ("person", "item", "english", "chinese"),
    [
        (OFFICER, FORBIDDEN_ITEM, "the item is carried out by another body", "该事项由其他机构实施"),
        (
            OFFICER,
            "11420000-0009",
            "the item is not in the catalogue, or not in force on that day",
            "事项不在目录中，或当日不生效",
        ),
    ],
)
async def test_what_the_rules_refuse_is_forbidden_with_reason_and_remedy_in_both_languages(
    hall: Hall, person: Person, item: str, english: str, chinese: str
) -> None:
    purpose = {"i": {"statutory": {"item": item, "case": "BJ-1"}}}
    for headers, message, remedy in (
        (EN, f"the rules do not allow it: {english}", "ask the hub office to open it"),
        (ZH, f"规则不允许：{chinese}", "向枢纽管理单位申请开放"),
    ):
        error = await hall.refused(OPEN, purpose, person, headers)
        assert error["message"] == message
        assert error["extensions"]["remedy"] == remedy
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("FORBIDDEN", "input.statutory.item")
    assert hall.cases.questions == []


@pytest.mark.parametrize(
    ("state", "person", "number", "english"),
    [
        (CaseState.CLOSED, OFFICER, "YW-US-15", "it is closed, suspended or of unknown state"),
        (CaseState.SUSPENDED, OFFICER, "YW-US-15", "it is closed, suspended or of unknown state"),
        (CaseState.ACCEPTED, ELSEWHERE, "YW-US-15", "it is handled in another region"),
    ],
)
async def test_a_case_that_proves_nothing_is_forbidden_with_its_reason(
    hall: Hall, state: CaseState, person: Person, number: str, english: str
) -> None:
    hall.cases.known["BJ-1"] = a_case(state=state)
    error = await hall.refused(OPEN, {"i": STATUTORY}, person)
    assert error["message"] == f"the case does not prove this use: {english}"
    assert (error["extensions"]["code"], error["extensions"]["number"]) == ("FORBIDDEN", number)
    assert "case does" not in (await hall.refused(OPEN, {"i": STATUTORY}, person, ZH))["message"]


async def test_a_case_system_that_is_down_opens_nothing(hall: Hall) -> None:
    hall.cases.script = CaseAnswer(outcome=Outcome.UNAVAILABLE, fault=Fault.NETWORK, message="ECONNREFUSED")
    error = await hall.refused(OPEN, {"i": STATUTORY}, OFFICER)
    assert error["extensions"]["number"] == "YW-US-16"
    assert "ECONNREFUSED" not in repr(error)


async def test_a_case_that_closes_ends_an_open_use(hall: Hall, clock: ManualClock) -> None:
    use = await hall.use(OFFICER, STATUTORY)
    hall.cases.known["BJ-1"] = a_case(state=CaseState.CLOSED)
    clock.step(PROOF_LASTS.total_seconds())
    error = await hall.refused(LICENCES, {"u": use, "h": document(OWN_NUMBER, "王测试")}, OFFICER)
    assert (error["extensions"]["number"], error["extensions"]["field"]) == ("YW-US-15", "use")


async def test_uses_of_others_and_of_the_past_are_no_uses(hall: Hall, clock: ManualClock) -> None:
    use = await hall.use(CITIZEN, {"holder": {"item": ITEM}})
    replayed = await hall.refused(LICENCES, {"u": use, "h": VIEWER}, AGENT)
    clock.step(31 * 60)
    expired = await hall.refused(LICENCES, {"u": use, "h": VIEWER}, CITIZEN)
    unknown = await hall.refused(LICENCES, {"u": "x", "h": VIEWER}, CITIZEN)
    assert replayed == expired == unknown
    assert unknown["extensions"]["number"] == "YW-US-01"


async def test_asking_for_many_holders_is_slowed_and_the_holder_himself_is_not(hall: Hall) -> None:
    use = await hall.use(OFFICER, STATUTORY)
    for number, name in ((OWN_NUMBER, "王测试"), (OTHER_NUMBER, "李测试")):
        await hall.licences(use, OFFICER, document(number, name))
    error = await hall.refused(LICENCES, {"u": use, "h": document("11010519491231002X", "某")}, OFFICER)
    assert (error["extensions"]["code"], error["extensions"]["number"]) == ("LIMIT", "YW-PO-02")
    for _ in range(5):
        await hall.licences(await hall.use(CITIZEN, {"holder": {"item": ITEM}}), CITIZEN)


# ---- mandates, codes and numbers: what the caller can mend


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"agent": {"type": "111", "number": OWN_NUMBER, "name": "王测试"}}, "input.agent", "BAD_INPUT"),
        ({"agent": {"type": "111", "number": "1", "name": "李"}}, "input.agent.number", "BAD_INPUT"),
        ({"items": []}, "input.items", "BAD_INPUT"),
        ({"types": []}, "input.types", "BAD_INPUT"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "input.expiresAt", "BAD_INPUT"),
        ({"expiresAt": "1900-01-01T00:00:00Z"}, "input.expiresAt", "BAD_INPUT"),
    ],
)
async def test_a_wrong_mandate_is_a_problem_of_the_payload(
    hall: Hall, changed: dict[str, Any], field: str, code: str
) -> None:
    payload = await hall.mandate(**changed)
    assert payload["mandate"] is None
    (problem,) = payload["problems"]
    assert (problem["field"], problem["code"]) == (field, code)
    assert problem["message"]
    assert problem["remedy"]


async def test_mandates_of_others_cannot_be_used_or_taken_back(hall: Hall) -> None:
    mandate = (await hall.mandate())["mandate"]["id"]
    stranger = msgspec.structs.replace(AGENT, subject="c-3", number="11010519491231002X")
    for query, variables, person in (
        (OPEN, {"i": {"entrusted": {"item": ITEM, "mandate": mandate}}}, stranger),
        (REVOKE, {"i": {"id": mandate}}, AGENT),
        (REVOKE, {"i": {"id": "unknown"}}, CITIZEN),
    ):
        assert (await hall.refused(query, variables, person))["extensions"]["number"] == "YW-US-10"
    with_other_item = {"i": {"entrusted": {"item": FORBIDDEN_ITEM, "mandate": mandate}}}
    assert (await hall.refused(OPEN, with_other_item, AGENT))["extensions"]["number"] == "YW-US-11"


async def test_a_licence_that_cannot_be_shown_is_a_problem(hall: Hall) -> None:
    own = await hall.use(CITIZEN, {"holder": {"item": ITEM}})
    licence = (await hall.licences(own, CITIZEN))["nodes"][0]["id"]
    hall.gateway.city.script = rows()
    for asked, number in ((licence, "input.licence"), ("not an id", "id")):
        payload = await hall.ask(PRESENT, {"i": {"use": own, "licence": asked}}, CITIZEN)
        assert (payload["code"], payload["problems"][0]["field"]) == (None, number)
    statutory = await hall.use(OFFICER, STATUTORY)
    error = await hall.refused(PRESENT, {"i": {"use": statutory, "licence": licence}}, OFFICER)
    assert error["extensions"]["number"] == "YW-US-03"


async def test_a_number_is_opened_used_bound_and_if_not_listed(hall: Hall, clock: ManualClock) -> None:
    opened = await hall.ask(NUMBER, {"i": {"item": ITEM}}, OFFICER)
    number = opened["application"]["number"]
    assert (opened["application"]["boundAt"], opened["application"]["uses"]) == (None, 0)
    use = await hall.use(OFFICER, {"statutory": {"item": ITEM, "application": number}})
    assert (await hall.licences(use, OFFICER, document(OWN_NUMBER, "王测试")))["nodes"]
    forgotten = (await hall.ask(NUMBER, {"i": {"item": ITEM}}, OFFICER))["application"]["number"]
    bound = await hall.ask(BIND, {"i": {"number": number, "case": "BJ-1"}}, OFFICER)
    assert bound["application"]["uses"] == 1
    assert bound["application"]["boundAt"]
    clock.step(3600)
    page = await hall.ask(OVERDUE, {"n": 5}, AUDITOR)
    assert (page["totalCount"], [node["number"] for node in page["nodes"]]) == (1, [forgotten])
    assert page["edges"][0]["cursor"] == page["pageInfo"]["endCursor"]
    error = await hall.refused(OPEN, {"i": {"statutory": {"item": ITEM, "application": forgotten}}}, OFFICER)
    assert error["extensions"]["number"] == "YW-US-18"


async def test_a_number_that_cannot_be_bound_says_why(hall: Hall) -> None:
    number = (await hall.ask(NUMBER, {"i": {"item": ITEM}}, OFFICER))["application"]["number"]
    await hall.ask(BIND, {"i": {"number": number, "case": "BJ-1"}}, OFFICER)
    elsewhere = await hall.ask(BIND, {"i": {"number": number, "case": "BJ-2"}}, OFFICER)
    assert [(line["code"], line["field"]) for line in elsewhere["problems"]] == [("CONFLICT", "input.number")]
    nothing = await hall.ask(BIND, {"i": {"number": number, "case": ""}}, OFFICER)
    assert [(line["code"], line["field"]) for line in nothing["problems"]] == [("BAD_INPUT", "input.case")]
    colleague = msgspec.structs.replace(OFFICER, subject="o-2")
    for variables, person in (
        ({"number": number, "case": "BJ-1"}, colleague),
        ({"number": "YB-none", "case": "BJ-1"}, OFFICER),
    ):
        error = await hall.refused(BIND, {"i": variables}, person)
        assert error["extensions"]["number"] == "YW-US-17"


@pytest.mark.parametrize(
    ("document_", "variables", "person", "number"),
    [
        (MANDATE, {"agent": {"type": "111", "number": OTHER_NUMBER, "name": "李"}, "items": [ITEM],
                   "expiresAt": "2026-04-01T00:00:00Z"}, OFFICER, "YW-US-03"),
        (NUMBER, {"item": ITEM}, CITIZEN, "YW-US-04"),
        (NUMBER, {"item": FORBIDDEN_ITEM}, OFFICER, "YW-PO-01"),
        (BIND, {"number": "YB", "case": "BJ-1"}, CITIZEN, "YW-US-04"),
    ],
)  # fmt: skip
async def test_who_may_not_is_refused(
    hall: Hall, document_: str, variables: dict[str, Any], person: Person, number: str
) -> None:
    assert (await hall.refused(document_, {"i": variables}, person))["extensions"]["number"] == number


async def test_the_list_of_numbers_is_for_supervision(hall: Hall) -> None:
    for person in (OFFICER, CITIZEN):
        assert (await hall.refused(OVERDUE, {}, person))["extensions"]["number"] == "YW-US-20"
    empty = await hall.ask(OVERDUE, {"n": None}, AUDITOR)
    assert (empty["totalCount"], empty["pageInfo"]["endCursor"]) == (0, None)
