from datetime import UTC, datetime

import httpx
import pytest
from lxml import etree

from adapters.sandbox.acceptance.forms import FormInvalid, read_form
from adapters.sandbox.acceptance.service import Acceptance
from adapters.sandbox.acceptance.twin import TOKEN_SECONDS
from adapters.sandbox.acceptance.wire import STATE_CODES
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.cases import Case
from adapters.sandbox.world.generate import World
from gateway.core.clock import CHINA
from tests.sandbox.callers import SteppedClock, child, system_of, text_at

SYSTEM = "acceptance"
NEW = "420102202603020000001"


class AcceptanceCaller:
    """Speaks to the acceptance system as an integration would: bytes put together by hand, nothing escaped."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.http = http
        self.settings = sandbox.settings()[SYSTEM]
        self.url = self.settings["url"]

    async def send(self, page: str, body: bytes) -> httpx.Response:
        headers = {"content-type": "application/x-www-form-urlencoded; charset=GB18030"}
        return await self.http.post(f"{self.url}/{page}.aspx", content=body, headers=headers)

    def form(self, base: dict[str, str], *, prolog: str = "", attributes: str = "", more: str = "") -> bytes:
        fields = "".join(f"<{name}>{text}</{name}>" for name, text in base.items())
        text = (
            f"ApiKey={self.settings['api-key']}&baseInfoXml={prolog}<BaseInfo>{fields}</BaseInfo>"
            f"&attrXml={attributes}&formXml={more}"
        )
        return text.encode("gb18030")

    async def ask(self, page: str, base: dict[str, str], **more: str) -> etree._Element:
        reply = await self.send(page, self.form(base, **more))
        assert reply.status_code == 200
        return etree.fromstring(reply.content)

    async def result(self, page: str, base: dict[str, str], **more: str) -> str | None:
        return (await self.ask(page, base, **more)).findtext("result")

    async def state(self, number: str) -> str | None:
        return (await self.ask("CaseStatus", {"PROJID": number})).findtext("CASE/STATE")

    async def token(self) -> str:
        client = (self.settings["client-id"], self.settings["client-secret"])
        reply = await self.http.post(f"{self.url}/rest/token", auth=client)
        token: str = reply.json()["access_token"]
        return token

    async def case(self, number: str, token: str) -> httpx.Response:
        return await self.http.get(f"{self.url}/rest/cases/{number}", headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def acceptance(sandbox: Sandbox, http: httpx.AsyncClient) -> AcceptanceCaller:
    return AcceptanceCaller(sandbox, http)


@pytest.fixture
def report(world: World) -> dict[str, str]:
    return {
        "PROJID": NEW,
        "SERVICECODE": world.item,
        "PROJECTNAME": "示例证照换发",
        "AREACODE": world.officer.region,
        "PROMISEVALUE": "5",
        "APPLYNAME": world.holder.name,
        "APPLYCARDTYPE": "111",
        "APPLYCARDNO": world.holder.number,
        "Hander_Deptid": world.officer.body.code,
        "DOACTION": "0",
    }


@pytest.fixture
def closing(world: World) -> dict[str, str]:
    return {
        "PROJID": world.case,
        "DOACTION": "0",
        "Hander_Deptid": world.officer.body.code,
        "RESULT_CODE": "6",
        "XK_YXQZ": "2099/12/31",
    }


async def test_the_status_of_a_case_is_told_in_the_citys_own_words(acceptance: AcceptanceCaller, world: World) -> None:
    reply = await acceptance.ask("CaseStatus", {"PROJID": world.case})
    case = {element.tag: element.text for element in child(reply, "CASE")}
    assert reply.findtext("result") == "1"
    assert case == {
        "PROJID": world.case,
        "PROJECTNAME": "示例证照换发",
        "SERVICECODE": world.item,
        "STATE": "2",
        "STATENAME": "受理",
        "Hander_Deptid": world.officer.body.code,
        "Hander_Deptname": world.officer.body.name,
        "AREACODE": world.officer.region,
        "APPLYNAME": world.holder.name,
        "APPLYCARDTYPE": "111",
        "APPLYCARDNO": world.holder.number,
        "PROMISEVALUE": "5",
        "SQSJ": "2026/02/28 10:30:00",
        "BJSJ": None,
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [("open", "2"), ("closed", "4"), ("other_item", "2"), ("other_region", "2"), ("suspended", "12")],
)
async def test_the_named_cases_are_there(acceptance: AcceptanceCaller, world: World, name: str, code: str) -> None:
    case: Case = getattr(world.cases, name)
    assert await acceptance.state(case.number) == code


async def test_every_state_code_of_the_city_occurs(acceptance: AcceptanceCaller, world: World) -> None:
    one_of_each = {case.state: case.number for case in world.cases.all}
    assert {await acceptance.state(number) for number in one_of_each.values()} == {
        "1", "2", "3", "4", "11", "12", "99"
    }  # fmt: skip
    assert {code for code, _ in STATE_CODES.values()} == {1, 2, 3, 4, 11, 12, 99}


async def test_a_closed_case_has_its_time(acceptance: AcceptanceCaller, world: World) -> None:
    reply = await acceptance.ask("CaseStatus", {"PROJID": world.cases.closed.number})
    assert reply.findtext("CASE/BJSJ") == "2026/03/01 06:30:00"


async def test_an_unknown_case_is_result_2(acceptance: AcceptanceCaller) -> None:
    assert await acceptance.result("CaseStatus", {"PROJID": NEW}) == "2"
    assert await acceptance.result("CaseStatus", {"PROJECTNAME": "x"}) == "0"


async def test_replies_are_gb18030_under_a_label_that_lies(acceptance: AcceptanceCaller, world: World) -> None:
    reply = await acceptance.send("CaseStatus", acceptance.form({"PROJID": world.case}))
    assert reply.headers["content-type"] == "text/xml; charset=gb2312"
    for lie in ("gb2312", "gbk", "utf-8"):
        with pytest.raises(UnicodeDecodeError):
            reply.content.decode(lie)
    assert 'encoding="GB18030"' in reply.content.decode("gb18030")


@pytest.mark.parametrize(
    "prolog",
    ['<?xml version="1.0" encoding="GB18030"?>', '<?xml version="1.0" encoding="UTF-8"?>\r\n', "\ufeff"],
)
async def test_requests_are_read_as_gb18030_whatever_their_prolog_says(
    acceptance: AcceptanceCaller, report: dict[str, str], prolog: str
) -> None:
    assert await acceptance.result("Receive", report, prolog=prolog) == "1"
    assert (await acceptance.ask("CaseStatus", {"PROJID": NEW})).findtext("CASE/PROJECTNAME") == "示例证照换发"


async def test_utf8_in_a_request_is_not_guessed(acceptance: AcceptanceCaller, report: dict[str, str]) -> None:
    body = acceptance.form(report).decode("gb18030").encode()
    assert etree.fromstring((await acceptance.send("Receive", body)).content).findtext("result") == "-2"


async def test_an_ampersand_and_percent_signs_in_xml_stay_what_they_are(
    acceptance: AcceptanceCaller, report: dict[str, str]
) -> None:
    name = "示例 A&amp;B=C 100%25+1"
    assert await acceptance.result("Receive", {**report, "PROJECTNAME": name}) == "1"
    told = (await acceptance.ask("CaseStatus", {"PROJID": NEW})).findtext("CASE/PROJECTNAME")
    assert told == "示例 A&B=C 100%25+1"


def test_fields_may_come_in_any_order_and_be_empty() -> None:
    form = read_form(b"formXml=<Form><A>1</A></Form>&attrXml=&baseInfoXml=<BaseInfo><B>&amp;</B></BaseInfo>&ApiKey= k ")
    assert (form.api_key, form.base, form.attributes, form.fields) == ("k", {"B": "&"}, (), {"A": "1"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"baseInfoXml",
        b"x=1&baseInfoXml=<BaseInfo><A/></BaseInfo>",
        b"&baseInfoXml=<BaseInfo><A/></BaseInfo>",
        b"ApiKey=k",
        b"baseInfoXml=<BaseInfo><A>1</A></BaseInfo>&baseInfoXml=<BaseInfo><A>1</A></BaseInfo>",
        b"baseInfoXml=<BaseInfo><A>1</A><A>2</A></BaseInfo>",
        b"baseInfoXml=<BaseInfo><A><B/></A></BaseInfo>",
        b"baseInfoXml=<Other><A>1</A></Other>",
        b"baseInfoXml=<BaseInfo><A>",
        b"baseInfoXml=<BaseInfo><A>a&b</A></BaseInfo>",
        b"baseInfoXml=%3CBaseInfo%3E%3CA%3E1%3C%2FA%3E%3C%2FBaseInfo%3E",
        b'baseInfoXml=<!DOCTYPE BaseInfo [<!ENTITY e "x">]><BaseInfo><A>&e;</A></BaseInfo>',
        b"baseInfoXml=<BaseInfo><A>\xff</A></BaseInfo>",
        b"baseInfoXml=<BaseInfo><A>" + b"a" * 2_001 + b"</A></BaseInfo>",
    ],
)
async def test_what_cannot_be_read_is_result_minus_2(acceptance: AcceptanceCaller, body: bytes) -> None:
    with pytest.raises(FormInvalid):
        read_form(body)
    reply = await acceptance.send("CaseStatus", body)
    assert etree.fromstring(reply.content).findtext("result") == "-2"


async def test_a_wrong_key_is_result_minus_1(acceptance: AcceptanceCaller, world: World) -> None:
    acceptance.settings["api-key"] = "wrong"
    reply = await acceptance.ask("CaseStatus", {"PROJID": world.case})
    assert reply.findtext("result") == "-1"
    assert reply.find("CASE") is None


async def test_a_reported_case_is_accepted_and_told(acceptance: AcceptanceCaller, report: dict[str, str]) -> None:
    assert await acceptance.result("Receive", report, attributes="<Attrs><Attr><NAME>a</NAME></Attr></Attrs>") == "1"
    case = child(await acceptance.ask("CaseStatus", {"PROJID": NEW}), "CASE")
    assert (case.findtext("STATE"), case.findtext("SQSJ")) == ("2", "2026/03/02 12:00:00")


async def test_the_same_report_again_changes_nothing_and_another_needs_the_next_version(
    acceptance: AcceptanceCaller, report: dict[str, str]
) -> None:
    for _ in range(2):
        assert await acceptance.result("Receive", report) == "1"
    changed = {**report, "PROJECTNAME": "改名"}
    assert await acceptance.result("Receive", changed) == "0"
    assert await acceptance.result("Receive", {**changed, "DATAVERSION": "3"}) == "0"
    assert await acceptance.result("Receive", {**changed, "DATAVERSION": "2"}) == "1"
    assert (await acceptance.ask("CaseStatus", {"PROJID": NEW})).findtext("CASE/PROJECTNAME") == "改名"


async def test_a_case_that_somebody_else_reported_needs_version_2(
    acceptance: AcceptanceCaller, report: dict[str, str], world: World
) -> None:
    assert await acceptance.result("Receive", {**report, "PROJID": world.case}) == "0"
    assert await acceptance.result("Receive", {**report, "PROJID": world.case, "DATAVERSION": "2"}) == "1"


@pytest.mark.parametrize(
    "name",
    [
        "PROJID", "SERVICECODE", "PROJECTNAME", "AREACODE", "PROMISEVALUE", "APPLYNAME", "APPLYCARDTYPE",
        "APPLYCARDNO", "Hander_Deptid", "DOACTION",
    ],
)  # fmt: skip
async def test_a_missing_field_is_named(acceptance: AcceptanceCaller, report: dict[str, str], name: str) -> None:
    reply = await acceptance.ask("Receive", {**report, name: ""})
    assert reply.findtext("result") == "0"
    assert text_at(reply, "resultmsg").startswith(f"{name}不能为空")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROJID", "1"), ("SERVICECODE", "x"), ("AREACODE", "42"), ("PROMISEVALUE", "many"), ("APPLYCARDTYPE", "10"),
        ("DATAVERSION", "0"), ("DOACTION", "7"), ("Hander_Deptid", "11110000000021135M"),
    ],
)  # fmt: skip
async def test_a_malformed_field_is_refused_and_its_value_not_repeated(
    acceptance: AcceptanceCaller, report: dict[str, str], name: str, text: str
) -> None:
    reply = await acceptance.ask("Receive", {**report, name: text})
    assert reply.findtext("result") == "0"
    assert text_at(reply, "resultmsg").startswith(name)
    assert "21135M" not in text_at(reply, "resultmsg")


async def test_a_case_is_handled_returned_and_closed(
    acceptance: AcceptanceCaller, world: World, closing: dict[str, str]
) -> None:
    handling = {"PROJID": world.case, "DOACTION": "0", "Hander_Deptid": world.officer.body.code}
    assert await acceptance.result("Handle", handling) == "1"
    assert await acceptance.state(world.case) == "3"
    returning = {**handling, "DOACTION": "1", "DATAVERSION": "2"}
    assert await acceptance.result("Handle", returning) == "0"
    assert await acceptance.result("Handle", {**returning, "TRANSACT_RESULT": "缺材料"}) == "1"
    assert await acceptance.state(world.case) == "11"
    assert await acceptance.result("Close", closing) == "1"
    reply = await acceptance.ask("CaseStatus", {"PROJID": world.case})
    assert (reply.findtext("CASE/STATE"), reply.findtext("CASE/BJSJ")) == ("4", "2026/03/02 12:00:00")
    assert await acceptance.result("Close", closing) == "1"


async def test_what_is_closed_or_unknown_cannot_be_handled(acceptance: AcceptanceCaller, world: World) -> None:
    handling = {"DOACTION": "0", "Hander_Deptid": world.officer.body.code}
    for number in (world.cases.closed.number, NEW):
        assert await acceptance.result("Handle", {**handling, "PROJID": number}) == "0"


@pytest.mark.parametrize(
    "changes",
    [
        {"RESULT_CODE": "1"},
        {"RESULT_CODE": "9"},
        {"DOACTION": "1", "RESULT_CODE": "2"},
        {"DOACTION": "3", "RESULT_CODE": "5"},
        {"DOACTION": "2"},
        {"XK_YXQZ": "2099-12-31"},
        {"XK_YXQZ": "2026/2/3"},
        {"XK_YXQZ": "2026/02/30"},
    ],
)
async def test_a_closing_that_contradicts_itself_or_lacks_its_reason_is_refused(
    acceptance: AcceptanceCaller, closing: dict[str, str], changes: dict[str, str]
) -> None:
    assert await acceptance.result("Close", {**closing, **changes}) == "0"


async def test_a_void_or_returned_case_is_closed_with_its_reason(
    acceptance: AcceptanceCaller, world: World, closing: dict[str, str]
) -> None:
    returned = {"DOACTION": "3", "RESULT_CODE": "5", "TRANSACT_RESULT": "逾期未补正"}
    assert await acceptance.result("Close", {**closing, **returned}) == "1"
    assert await acceptance.state(world.case) == "4"


async def test_a_case_is_moved_on_at_the_control_port_while_the_system_runs(
    acceptance: AcceptanceCaller, sandbox: Sandbox, world: World
) -> None:
    url = f"{sandbox.control}/cases/{world.case}"
    assert (await acceptance.http.put(url, json={"state": "CLOSED"})).json() == {"state": "CLOSED"}
    assert await acceptance.state(world.case) == "4"
    await acceptance.http.put(url, json={"state": "ACCEPTED"})
    assert await acceptance.state(world.case) == "2"
    wrong = await acceptance.http.put(url, json={"state": "4"})
    assert (wrong.status_code, "ACCEPTED|REVIEWED" in wrong.json()["error"]) == (400, True)
    missing = await acceptance.http.put(f"{sandbox.control}/cases/{NEW}", json={"state": "CLOSED"})
    assert missing.status_code == 404


async def test_a_test_may_close_a_case_by_itself(acceptance: AcceptanceCaller, sandbox: Sandbox, world: World) -> None:
    system = system_of(sandbox, SYSTEM, Acceptance)
    assert system.close_case(world.case)
    assert not system.close_case(NEW)
    assert await acceptance.state(world.case) == "4"


async def test_the_twin_tells_the_same_under_other_names(acceptance: AcceptanceCaller, world: World) -> None:
    reply = await acceptance.case(world.cases.closed.number, await acceptance.token())
    opened = datetime(2026, 2, 28, 10, 30, tzinfo=CHINA)
    assert reply.json() == {
        "caseNo": world.cases.closed.number,
        "caseTitle": "示例证照换发",
        "itemCode": world.item,
        "statusCode": 4,
        "statusText": "办结",
        "orgCode": world.officer.body.code,
        "orgName": world.officer.body.name,
        "areaCode": f"{world.officer.region}000000",
        "applicant": {"certType": "111", "certNo": world.holder.number, "name": world.holder.name},
        "promiseDays": 5,
        "applyTime": int(opened.timestamp()),
        "finishTime": int(datetime(2026, 2, 28, 22, 30, tzinfo=UTC).timestamp()),
    }
    open_case = await acceptance.case(world.case, await acceptance.token())
    assert open_case.json()["finishTime"] is None


async def test_the_twins_token_dies_after_ten_minutes_and_on_command(
    acceptance: AcceptanceCaller, sandbox: Sandbox, world: World, clock: SteppedClock
) -> None:
    token = await acceptance.token()
    assert (await acceptance.case(NEW, token)).status_code == 404
    clock.step(TOKEN_SECONDS)
    refused = await acceptance.case(world.case, token)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    token = await acceptance.token()
    sandbox.systems[SYSTEM].end_sessions()
    assert (await acceptance.case(world.case, token)).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!", "Basic Og==", "Bearer Og==", "Basic eA=="])
async def test_without_the_clients_secret_there_is_no_token(acceptance: AcceptanceCaller, header: str) -> None:
    reply = await acceptance.http.post(f"{acceptance.url}/rest/token", headers={"authorization": header})
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    assert reply.headers["www-authenticate"].startswith("Basic")


async def test_calls_are_counted_by_page(acceptance: AcceptanceCaller, sandbox: Sandbox, world: World) -> None:
    await acceptance.state(world.case)
    await acceptance.case(world.case, await acceptance.token())
    await acceptance.send("Unknown", b"")
    assert sandbox.calls.all() == {SYSTEM: {"CaseStatus": 1, "rest/token": 1, "rest/cases": 1, "other": 1}}


async def test_faults_speak_this_familys_language(acceptance: AcceptanceCaller, sandbox: Sandbox, world: World) -> None:
    faults = f"{sandbox.control}/faults/{SYSTEM}"
    form = acceptance.form({"PROJID": world.case})
    for kind, status, result in (("error", 500, "-9"), ("expired", 401, "-1")):
        await acceptance.http.put(faults, json={"kind": kind})
        reply = await acceptance.send("CaseStatus", form)
        assert (reply.status_code, etree.fromstring(reply.content).findtext("result")) == (status, result)
    await acceptance.http.put(faults, json={"kind": "charset"})
    reply = await acceptance.send("CaseStatus", form)
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()
    assert 'encoding="UTF-8"' in reply.content.decode("gb18030")
    refused = await acceptance.http.put(faults, json={"kind": "unsigned"})
    assert (refused.status_code, refused.json()["error"]) == (400, "this system does not sign its replies")


def test_the_cases_of_the_world_are_what_their_names_say(world: World) -> None:
    cases = world.cases
    assert (cases.open.number, cases.open.item, cases.open.applicant) == (world.case, world.item, world.holder)
    assert cases.other_item.item == world.forbidden_item
    assert cases.other_region.region == world.foreign_officer.region != world.officer.region
    assert cases.other_region.body == world.foreign_officer.body
    numbers = [case.number for case in cases.all]
    assert len(set(numbers)) == len(numbers) == 305
    for case in cases.all:
        assert len(case.number) == 21
        assert case.number.isdecimal()
        assert len(case.item) == 31
        assert (case.closed is not None) == (case.state == "CLOSED")
        assert case.closed is None or case.opened <= case.closed < datetime(2026, 3, 2)  # noqa: DTZ001 - local time


def test_the_staff_are_three_different_people(world: World) -> None:
    staff = (world.officer, world.foreign_officer, world.clerk)
    assert len({one.number for one in staff} | {one.account for one in staff}) == 6
    assert world.clerk.body == world.officer.body
    assert world.clerk.region == world.officer.region
