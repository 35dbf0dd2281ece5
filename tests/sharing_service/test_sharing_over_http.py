"""A running gateway: from a request to a grant and its end, over GraphQL and in the terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.share_desk import last_day
from gateway.cli.share_list import one_of
from gateway.core.caller import Person
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.steps import RequestState
from gateway.settings import Settings
from tests.servers.client import http_client
from tests.servers.typed_pages import typed
from tests.sharing.making import PERSON, PROVIDER
from tests.sharing_service.live import (
    APPROVER,
    ASKER,
    AUDITOR,
    CHECKER,
    CITIZEN,
    CODE,
    GIVER,
    HUB_OFFICE,
    ITEM,
    a_sharing_gateway,
    ask,
    served,
    token,
)

PAGE = Path(__file__).parents[2] / "docs/how-to/share-data.md"
REQUEST = """
mutation Request($input: RequestShareInput!) {
  requestShare(input: $input) { request { id state version inCharge } grant { id } problems { code field message } }
}
"""
DECIDE = """
mutation Decide($input: DecideShareRequestInput!) {
  decideShareRequest(input: $input) {
    request { state version } grant { id version terms { fields { name access } scope { field values first } } }
    problems { code field }
  }
}
"""
WRITE = """
mutation Write($input: WriteToShareRequestInput!) {
  writeToShareRequest(input: $input) { request { version messages { party text } } problems { code } }
}
"""
ATTACH = """
mutation Attach($input: AttachToShareRequestInput!) {
  attachToShareRequest(input: $input) { request { version attachments { name bytes } } problems { code } }
}
"""
REVISE = """
mutation Revise($input: ChangeShareRequestInput!) {
  reviseShareRequest(input: $input) { request { version wanted { fields { name } } } problems { code } }
}
"""
RESOURCE = "query R($code: String!) { resource(code: $code) { versions { version } isServed } }"
FOLLOW = "subscription F($id: ID!) { shareRequestChanged(id: $id) { state } }"
WITHDRAW = """
mutation Withdraw($input: WithdrawShareRequestInput!) {
  withdrawShareRequest(input: $input) { request { state } problems { code } }
}
"""
EVENTS = "{ auditEvents(first: 50) { nodes { kind ending } } }"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    return await a_sharing_gateway(tmp_path)


def asking(**changes: Any) -> dict[str, Any]:
    terms = {
        "fields": [{"name": "name", "access": "SHOW"}, {"name": "phone", "access": "MASK"}],
        "items": [ITEM], "applications": ["console"], "perDay": 10, "validUntil": "2027-06-01T00:00:00+08:00",
        "scope": [
            {"field": "state", "test": {"values": ["已婚", "离异"]}},
            {"field": "region", "test": {"regions": ["420106"]}},
            {"field": "on", "test": {"days": {"first": "2020-01-01", "last": "2026-12-31"}}},
            {"field": "name", "test": {"values": ["某"]}},
        ],
    }  # fmt: skip
    usual = {
        "idempotencyKey": "k-1", "resource": CODE, "terms": terms, "purpose": {"text": "核验", "basis": "条例"},
    }  # fmt: skip
    return {**usual, **changes}


async def yiwang(url: str, who: Person, *words: str) -> Result:
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token(who), "LANG": "C.UTF-8", "COLUMNS": "220"}
    return await asyncio.to_thread(CliRunner().invoke, app, ["share", *words], env=variables)


async def did(url: str, who: Person, *words: str) -> str:
    done = await yiwang(url, who, *words)
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.stdout.strip()


async def refused(url: str, who: Person, *words: str) -> ConfigurationInvalid:
    done = await yiwang(url, who, *words)
    assert isinstance(done.exception, ConfigurationInvalid), done.output + repr(done.exception)
    return done.exception


async def test_a_request_becomes_a_grant_over_graphql(settings: Settings) -> None:
    async with served(settings) as url:
        answer = await ask(url, ASKER, REQUEST, input=asking())
        assert "errors" not in answer, answer
        asked = answer["data"]["requestShare"]
        assert asked["problems"] == []
        request = asked["request"]
        assert (request["state"], request["inCharge"], asked["grant"]) == ("OWN_APPROVAL", "OWN_OFFICE", None)
        again = (await ask(url, ASKER, REQUEST, input=asking()))["data"]["requestShare"]["request"]
        assert again["id"] == request["id"]

        async def decide(who: Person, decision: str, version: int, **more: Any) -> Any:
            step = {"id": request["id"], "decision": decision, "expectedVersion": version, **more}
            return (await ask(url, who, DECIDE, input=step))["data"]["decideShareRequest"]

        version = (await decide(APPROVER, "APPROVE_OWN", request["version"]))["request"]["version"]
        stale = await decide(CHECKER, "TAKE_UP", request["version"])
        assert stale["problems"] == [{"code": "CONFLICT", "field": "input.expectedVersion"}]
        version = (await decide(CHECKER, "TAKE_UP", version))["request"]["version"]
        message = {"id": request["id"], "expectedVersion": version, "text": "请尽快"}
        written = (await ask(url, ASKER, WRITE, input=message))["data"]["writeToShareRequest"]["request"]
        assert written["messages"] == [{"party": "REQUESTER", "text": "请尽快"}]
        unsent = {"id": request["id"], "expectedVersion": written["version"], "upload": "none"}
        attached = (await ask(url, ASKER, ATTACH, input=unsent))["data"]["attachToShareRequest"]
        assert attached["problems"] == [{"code": "NOT_FOUND"}]
        version = (await decide(CHECKER, "PASS", written["version"]))["request"]["version"]
        returned = await decide(GIVER, "RETURN", version, reason="because")
        assert returned["problems"] == [{"code": "BAD_INPUT", "field": "reason"}]
        done = await decide(GIVER, "APPROVE", version)
        events = (await ask(url, AUDITOR, EVENTS))["data"]["auditEvents"]["nodes"]
    assert done["request"]["state"] == "APPROVED"
    assert {field["name"]: field["access"] for field in done["grant"]["terms"]["fields"]} == {
        "name": "SHOW", "phone": "MASK",
    }  # fmt: skip
    assert [one["field"] for one in done["grant"]["terms"]["scope"]] == ["state", "region", "on", "name"]
    kinds = [event["kind"] for event in events if event["ending"] == "DONE"]
    assert kinds.count("share.decided") == 4
    assert kinds.count("grant.issued") == 1


async def test_a_request_is_walked_to_its_grant_in_the_terminal(settings: Settings, tmp_path: Path) -> None:
    words = [CODE, "--field", "name", "--field", "phone=MASK", "--item", ITEM, "--application", "console"]
    words += ["--to", "2027-06-01", "--purpose", "核验婚姻状况", "--basis", "婚姻登记条例", "--where", "state=已婚"]
    rules = tmp_path / "rules.toml"
    rules.write_text("edition = 2\n", "utf-8")
    async with served(settings) as url:
        assert CODE in await did(url, ASKER, "resources", "婚姻", "--item", ITEM)
        [found] = json.loads(await did(url, ASKER, "resources", "--json"))
        assert found["neededBy"] == [{"item": ITEM, "fields": ["name", "phone", "state"]}]
        draft = await did(url, ASKER, "request", *words, "--draft", "--key", "k")
        assert await did(url, ASKER, "submit", draft) == draft
        assert "another person" not in (await refused(url, ASKER, "decide", draft, "approve-own")).what
        await did(url, APPROVER, "decide", draft, "approve-own")
        await did(url, CHECKER, "decide", draft, "take-up")
        await did(url, CHECKER, "decide", draft, "pass")
        assert "no decision" in (await refused(url, GIVER, "decide", draft, "perhaps")).what
        listed = await did(url, GIVER, "list", "--role", "provider", "--state", "with-provider")
        part = ["--only", "name=MASK", "--reason", "beyond-necessary", "--json"]
        decided = json.loads(await did(url, GIVER, "decide", draft, "approve", *part))
        shown = await did(url, ASKER, "show", draft)
        grant = decided["grant"]["id"]
        granted = await did(url, ASKER, "grants")
        key = ["--item", ITEM, "--parameter", f"id={PERSON}"]
        why = await did(url, ASKER, "why", grant, *key)
        as_json = json.loads(await did(url, ASKER, "why", grant, *key, "--field", "name", "--json"))
        late = json.loads(await did(url, HUB_OFFICE, "overdue", "--json"))
        changes = await did(url, HUB_OFFICE, "what-if", str(rules))
        numbers = json.loads(
            await did(url, AUDITOR, "statistics", "--from", "2026-01-01", "--to", "2027-01-01", "--json")
        )
        await did(url, GIVER, "revoke", grant, "--reason", "purpose-ended")
        assert "ended" in (await refused(url, GIVER, "revoke", grant, "--reason", "misuse")).what
        assert "no grant" in (await refused(url, GIVER, "revoke", "none", "--reason", "misuse")).what
        ended = json.loads(await did(url, ASKER, "grants", "--json"))
        other = await did(url, ASKER, "request", *words, "--key", "k-2")
        await did(url, ASKER, "withdraw", other)
        everything = json.loads(await did(url, AUDITOR, "list", "--most", "1", "--json"))
        assert "no request" in (await refused(url, CITIZEN, "show", draft)).what
    assert draft in listed
    assert decided["state"] == "PARTLY_APPROVED"
    assert all(word in shown for word in ("PARTLY_APPROVED", PROVIDER, "核验婚姻状况", "state: 已婚", grant))
    assert grant in granted
    assert "name  MASK" in why
    assert as_json == [{"field": "name", "access": "MASK", "grants": [grant], "missing": None}]
    assert (late, len(everything)) == ([], 1)
    assert "request" in changes
    assert {(one["action"], one["count"]) for one in numbers} >= {("SUBMIT", 1), ("DECIDE", 1), ("DELIVER", 1)}
    assert ended[0]["revokedFor"] == "purpose-ended"


async def test_the_page_is_typed_from_the_first_command_to_the_last(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {"requester": ASKER, "office": APPROVER, "authority": CHECKER, "provider": GIVER, "hub": HUB_OFFICE}
    for name, who in people.items():
        (tmp_path / f"{name}.token").write_text(token(who))
    monkeypatch.chdir(tmp_path)
    async with served(settings) as url:
        done = await typed(PAGE, tmp_path, YIWANG_URL=url)
    assert done.code == 0, done.stderr
    assert "purpose-ended" in done.stderr
    assert "name  MASK" in done.stdout


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2027-06-02T00:00:00+08:00", "2027-06-01"),
        ("2027-06-01T16:00:00+00:00", "2027-06-01"),
        ("2027-06-02T12:00:00+08:00", "2027-06-02"),
    ],
)
def test_what_ends_at_midnight_is_shown_with_its_last_day(instant: str, day: str) -> None:
    assert last_day(instant) == day


def test_a_state_that_is_none_is_answered_with_those_that_there_are() -> None:
    assert one_of("with-provider", RequestState) == "WITH_PROVIDER"
    with pytest.raises(ConfigurationInvalid) as caught:
        one_of("nosuch", RequestState)
    assert all(state in caught.value.remedy for state in RequestState)


async def test_what_is_typed_wrong_is_said_with_a_remedy(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "empty").write_bytes(b"")
    asked = ["request", CODE, "--item", ITEM, "--application", "a", "--purpose", "p", "--basis", "b"]
    async with served(settings) as url:
        for words, what in (
            ([*asked, "--field", "name=ALL", "--to", "2027-01-01"], "names no access"),
            ([*asked, "--field", "name", "--to", "soon"], "is no instant"),
            ([*asked, "--field", "name", "--to", "2001-01-01"], "share request is wrong"),
            ([*asked, "--field", "income", "--to", "2027-01-01"], "wanted.fields.income"),
            (["submit", "none"], "there is no request none"),
            (["show", "none"], "there is no request none"),
            (["why", "none", "--item", ITEM], "no such grant"),
            (["overdue"], "is not open to you"),
            (["what-if", str(tmp_path / "bytes")], "is no UTF-8"),
            (["what-if", str(tmp_path / "none")], "cannot be read"),
            (["what-if", str(tmp_path / "empty")], "is not open to you"),
            (["list", "--role", "neighbour"], ""),
        ):
            error = await refused(url, ASKER, *words)
            assert what in error.what
            assert error.remedy


async def test_a_draft_is_changed_over_graphql_and_a_request_is_followed(settings: Settings) -> None:
    async with served(settings) as url:
        asked = (await ask(url, ASKER, REQUEST, input=asking(submit=False)))["data"]["requestShare"]["request"]
        assert (asked["state"], asked["inCharge"]) == ("DRAFT", "REQUESTER")
        terms = asking()["terms"] | {"fields": [{"name": "state", "access": "SHOW"}]}
        change = {"id": asked["id"], "expectedVersion": 1, "terms": terms}
        revised = (await ask(url, ASKER, REVISE, input=change))["data"]["reviseShareRequest"]["request"]
        hidden = await ask(url, GIVER, "query Q($id: ID!) { shareRequest(id: $id) { id } }", id=asked["id"])
        found = await ask(url, ASKER, RESOURCE, code=CODE)
        unseen = await ask(url, CITIZEN, RESOURCE, code=CODE)
        headers = {"authorization": f"Bearer {token(ASKER)}", "accept": "text/event-stream"}
        followed = {"query": FOLLOW, "variables": {"id": asked["id"]}}
        async with (
            http_client() as client,
            client.stream("POST", f"{url}/graphql", json=followed, headers=headers) as stream,
        ):
            lines = (line async for line in stream.aiter_lines() if line.startswith("data: {"))
            assert '"DRAFT"' in await anext(lines)
            withdrawal = {"id": asked["id"], "expectedVersion": 2}
            gone = await ask(url, ASKER, WITHDRAW, input=withdrawal)
            assert '"WITHDRAWN"' in await anext(lines)
    assert [field["name"] for field in revised["wanted"]["fields"]] == ["state"]
    assert hidden["data"]["shareRequest"] is None
    resource = found["data"]["resource"]
    assert (resource["versions"], resource["isServed"]) == ([{"version": 1}], True)
    assert unseen["errors"][0]["extensions"]["number"] == "YW-SH-14"
    assert gone["data"]["withdrawShareRequest"]["request"]["state"] == "WITHDRAWN"


def test_the_calendar_needs_no_gateway() -> None:
    done = CliRunner().invoke(app, ["share", "calendar", "2026-10", "--json"], env={"LANG": "C.UTF-8"})
    days = {one["day"]: one["working"] for one in json.loads(done.stdout)}
    assert not days["2026-10-01"]
    assert days["2026-10-10"]
    wrong = CliRunner().invoke(app, ["share", "calendar", "October"], env={"LANG": "C.UTF-8"})
    assert isinstance(wrong.exception, ConfigurationInvalid)
