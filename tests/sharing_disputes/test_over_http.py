"""A running gateway: a dispute from the report to its end, over GraphQL, and as the page has it typed."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.bootstrap.addresses import database_address
from gateway.cli.main import app
from gateway.core.caller import Person
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import KeptReceipt
from gateway.core.sharing.terms import Access
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.sharing.receipts import SqlReceipts
from gateway.system_clock import SystemClock
from tests.servers.client import http_client
from tests.sharing.making import CODE, HUB, OFFICE, REQUESTER
from tests.sharing.test_receipts import a_receipt
from tests.sharing_service.live import (
    APPROVER,
    ASKER,
    AUDITOR,
    CHECKER,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    a_sharing_gateway,
    ask,
    served,
    token,
)
from tests.sharing_service.offices import person

PAGE = Path(__file__).parents[2] / "docs/how-to/correct-shared-records.md"
RECEIPTS = {"c-1": REQUESTER, "c-2": OFFICE}
STRANGER = person("stranger", "91110000600037341L")
WHOLE = """
  id state version roles resource subject fields text reporter source reportedAt answeredAt note corrected
  recipientCount toldCount evidence { name bytes file { url name } }
  recipients { body application fields receipt toldAt } deadline { stage due late ended }
"""
UPLOAD = "mutation Up($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } } }"
KINDS = {
    "disputeRecord": "DisputeRecordInput",
    "supplementDispute": "SupplementDisputeInput",
    "answerDispute": "AnswerDisputeInput",
    "acknowledgeDispute": "AcknowledgeDisputeInput",
    "withdrawDispute": "WithdrawDisputeInput",
}
EVENTS = "{ auditEvents(first: 50) { nodes { kind ending } } }"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Of a gateway that has given a record to two bodies."""
    made = await a_sharing_gateway(tmp_path)
    clock = SystemClock()
    async with database(database_address(made), clock) as opened:
        for number, (receipt, body) in enumerate(RECEIPTS.items()):
            delivery = Delivery(
                receipt=receipt,
                grant=f"g-{number}",
                body=body,
                application="console",
                resource=CODE,
                subject="5" * 32,
                fields=frozenset({"name"}),
                at=clock.now(),
            )
            record = a_receipt(id=receipt, fields={"name": Access.SHOW, "phone": Access.DENY}).record()
            await SqlReceipts(opened).add(
                [KeptReceipt(delivery=delivery, use="u", event=receipt, rows=1, record=record)]
            )
    return made


async def upload(url: str, who: Person, name: str = "certificate.pdf") -> str:
    made = (await ask(url, who, UPLOAD, input={"name": name, "bytes": 4}))["data"]["createUpload"]["upload"]
    async with http_client(headers={"authorization": f"Bearer {token(who)}"}) as client:
        await client.put(f"{url}{made['url']}", content=b"%PDF")
    upload_id: str = made["id"]
    return upload_id


async def step(url: str, who: Person, name: str, **given: Any) -> Any:
    """The dispute after a step, or the refusal's number or code."""
    document = f"mutation S($input: {KINDS[name]}!) {{ {name}(input: $input) {{ dispute {{ {WHOLE} }} "
    answer = await ask(url, who, document + "problems { code field message } } }", input=given)
    if "errors" in answer:
        return answer["errors"][0]["extensions"]["number"]
    payload = answer["data"][name]
    return payload["dispute"] or payload["problems"][0]["code"]


async def test_a_record_is_disputed_answered_and_everyone_told(settings: Settings) -> None:
    async with served(settings) as url:
        file = {"upload": await upload(url, ASKER)}
        new = {"idempotencyKey": "k", "receipt": "c-1", "fields": ["name"], "text": "不符", "evidence": [file]}
        made = await step(url, ASKER, "disputeRecord", **new)
        again = await step(url, ASKER, "disputeRecord", **new)
        assert (made["id"], made["version"]) == (again["id"], again["version"])
        assert (made["state"], made["roles"], made["deadline"]["stage"]) == ("WITH_SOURCE", ["REPORTER"], "CORRECTION")
        identity = {"id": made["id"], "expectedVersion": made["version"]}
        note = {"step": "RETURN", "note": "请补充"}
        assert await step(url, STRANGER, "answerDispute", **identity, **note) == "NOT_FOUND"
        assert await step(url, ASKER, "answerDispute", **identity, **note) == "YW-SH-02"
        returned = await step(url, GIVER, "answerDispute", **identity, **note)
        assert await step(url, GIVER, "answerDispute", **identity, **note) == "CONFLICT", "in that version no more"
        assert returned["deadline"]["due"] is None
        identity["expectedVersion"] = returned["version"]
        more = [{"upload": await upload(url, ASKER, "补充.pdf")}]
        back = await step(url, ASKER, "supplementDispute", **identity, evidence=more)
        identity["expectedVersion"] = back["version"]
        shown = await ask(url, GIVER, f"query D($id: ID!) {{ dispute(id: $id) {{ {WHOLE} }} }}", id=made["id"])
        evidence = shown["data"]["dispute"]["evidence"]
        async with http_client(headers={"authorization": f"Bearer {token(GIVER)}"}) as client:
            fetched = await client.get(f"{url}{evidence[1]['file']['url']}")
        answer = {"step": "ANSWER", "note": "已更正", "corrected": ["name"]}
        answered = await step(url, GIVER, "answerDispute", **identity, **answer)
        assert await step(url, GIVER, "answerDispute", **identity, **answer) == "CONFLICT"
        identity["expectedVersion"] = answered["version"]
        assert await step(url, GIVER, "answerDispute", **identity, **answer) == "CONFLICT", "nobody answers twice"
        inbox = await ask(url, APPROVER, f"{{ disputesToAcknowledge {{ {WHOLE} }} }}")
        [told] = inbox["data"]["disputesToAcknowledge"]
        lists = [
            (await ask(url, who, f"{{ disputes {{ nodes {{ {WHOLE} }} pageInfo {{ hasNextPage }} }} }}"))["data"]
            for who in (GIVER, STRANGER, AUDITOR)
        ]
        assert await step(url, STRANGER, "acknowledgeDispute", id=made["id"]) == "NOT_FOUND"
        assert await step(url, APPROVER, "acknowledgeDispute", id=made["id"], application="hall") == "BAD_INPUT"
        halfway = await step(url, APPROVER, "acknowledgeDispute", id=made["id"])
        done = await step(url, ASKER, "acknowledgeDispute", id=made["id"])
        assert await step(url, ASKER, "withdrawDispute", **identity) == "CONFLICT"
        events = (await ask(url, AUDITOR, EVENTS))["data"]["auditEvents"]["nodes"]
        late = await ask(url, CHECKER, "{ overdueDisputes { dispute { id } deadline { late } } }")
    assert [(one["name"], one["file"]["name"]) for one in evidence] == [(n, n) for n in ("certificate.pdf", "补充.pdf")]
    assert fetched.content == b"%PDF"
    assert {one["body"] for one in answered["recipients"]} == {REQUESTER, OFFICE}
    assert (told["text"], told["reporter"], told["evidence"]) == (None, None, [])
    assert (told["corrected"], told["note"], told["subject"]) == (["name"], "已更正", "5" * 32)
    assert [(one["body"], one["receipt"], one["toldAt"]) for one in told["recipients"]] == [(OFFICE, "c-2", None)]
    assert [len(one["disputes"]["nodes"]) for one in lists] == [1, 0, 1]
    assert [one["file"] for one in lists[2]["disputes"]["nodes"][0]["evidence"]] == [None, None]
    assert (halfway["state"], halfway["toldCount"], halfway["recipientCount"]) == ("CORRECTED", 1, 2)
    assert (done["state"], done["toldCount"]) == ("CLOSED", 2)
    assert late["data"]["overdueDisputes"] == []
    kinds = [event["kind"] for event in events if event["ending"] == "DONE"]
    assert (kinds.count("dispute.handled"), kinds.count("dispute.told")) == (3, 2)


async def test_nothing_else_can_be_reported_and_what_is_can_be_followed(settings: Settings) -> None:
    async with served(settings) as url:
        file = {"upload": await upload(url, ASKER)}
        new = {"idempotencyKey": "k", "receipt": "c-1", "fields": ["name"], "text": "不符", "evidence": [file]}
        for who, changes, refusal in (
            (STRANGER, {}, "NOT_FOUND"),
            (APPROVER, {}, "NOT_FOUND"),
            (CITIZEN, {}, "YW-SH-14"),
            (ASKER, {"receipt": "c-2"}, "NOT_FOUND"),
            (ASKER, {"fields": ["phone"]}, "BAD_INPUT"),
            (ASKER, {"fields": []}, "BAD_INPUT"),
            (ASKER, {"evidence": []}, "BAD_INPUT"),
            (ASKER, {"evidence": [{"upload": "none"}]}, "NOT_FOUND"),
        ):
            assert await step(url, who, "disputeRecord", **{**new, **changes}) == refusal
        made = await step(url, ASKER, "disputeRecord", **new)
        followed = {
            "query": "subscription F($id: ID!) { disputeChanged(id: $id) { state } }",
            "variables": {"id": made["id"]},
        }
        headers = {"authorization": f"Bearer {token(GIVER)}", "accept": "text/event-stream"}
        async with (
            http_client() as client,
            client.stream("POST", f"{url}/graphql", json=followed, headers=headers) as stream,
        ):
            lines = (line async for line in stream.aiter_lines() if line.startswith("data: {"))
            assert '"WITH_SOURCE"' in await anext(lines)
            await step(url, ASKER, "withdrawDispute", id=made["id"], expectedVersion=made["version"])
            assert '"WITHDRAWN"' in await anext(lines)


async def test_the_page_is_typed_from_the_first_command_to_the_last(settings: Settings, tmp_path: Path) -> None:
    for name, who in {"requester": ASKER, "provider": GIVER, "other": APPROVER}.items():
        (tmp_path / f"{name}.token").write_text(token(who))
    (tmp_path / "receipt.json").write_text(json.dumps({"receipt": {"id": "c-1"}}))
    (tmp_path / "certificate.pdf").write_bytes(b"%PDF")
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    async with served(settings) as url:
        text = "\n".join(blocks).replace("http://127.0.0.1:8000", url)
        script = f'yiwang() {{ "{sys.executable}" -m gateway.cli "$@"; }}\n{text}'
        done = await asyncio.to_thread(
            subprocess.run, ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=240, env=os.environ | {"PYTHONPATH": str(PAGE.parents[2]), "LANG": "C.UTF-8"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CLOSED" in done.stderr
    assert (tmp_path / "evidence" / "1-certificate.pdf").read_bytes() == b"%PDF"


async def yiwang(url: str, who: Person, *words: str) -> Any:
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token(who), "LANG": "C.UTF-8", "COLUMNS": "220"}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["share", *words], env=variables)
    return done.exception if isinstance(done.exception, ConfigurationInvalid) else done.stdout.strip()


async def test_disputes_are_read_in_the_terminal_and_mistakes_said_with_a_remedy(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(b"%PDF")
    report = ["dispute", "c-1", "--field", "name", "--text", "不符", "--evidence", str(file), "--key", "k"]
    async with served(settings) as url:
        made = await yiwang(url, ASKER, *report)
        listed = await yiwang(url, GIVER, "disputes", "--role", "source", "--state", "with-source")
        shown = await yiwang(url, ASKER, "show-dispute", made)
        as_json = json.loads(await yiwang(url, GIVER, "show-dispute", made, "--json"))
        assert json.loads(await yiwang(url, GIVER, "disputes", "--to-acknowledge", "--json")) == []
        late = json.loads(await yiwang(url, HUB_OFFICE, "overdue", "--json"))
        for who, words, what in (
            (ASKER, ["show-dispute", "none"], "there is no dispute none"),
            (ASKER, ["evidence", "none", "--out", str(tmp_path / "e")], "there is no evidence of none"),
            (GIVER, ["evidence", made, "--out", str(file)], "is no folder"),
            (GIVER, ["answer", made, "perhaps", "--note", "x"], "is no step"),
            (GIVER, ["answer", made, "--corrected", "colour", "--note", "x"], "corrected fields are among those"),
            (GIVER, ["answer", made, "extend", "--note", "x"], "gives no extension"),
            (ASKER, ["dispute", "c-2", *report[2:-1], "k-2"], "no such dispute or receipt"),
            (ASKER, ["dispute", "c-1", "--field", "name", "--text", "x", "--evidence", "none"], "cannot be read"),
            (GIVER, ["withdraw-dispute", made], "this step is for"),
        ):
            error = await yiwang(url, who, *words)
            assert isinstance(error, ConfigurationInvalid), error
            assert what in error.what
            assert error.remedy
        assert json.loads(await yiwang(url, HUB_OFFICE, "dispute-forwardings", "--json")) == []
        assert "exchange" in await yiwang(url, HUB_OFFICE, "dispute-forwardings", "--state", "in-doubt")
        settled = await yiwang(url, HUB_OFFICE, "settle-dispute", made, "--hand-back", "--reason", "x")
        assert "at an exchange" in settled.what
        gone = json.loads(await yiwang(url, ASKER, "withdraw-dispute", made, "--json"))
    assert made in listed
    assert "certificate.pdf" in shown
    assert as_json["evidence"][0]["bytes"] == 4
    assert late == []
    assert gone["state"] == "WITHDRAWN"
    assert HUB not in shown
