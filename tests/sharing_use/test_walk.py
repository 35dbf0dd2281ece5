"""From the catalogue to a receipt, as others do it: with a GraphQL client of somebody else's, and with the command."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.audit_keys import load_signer
from gateway.cli.demo import verify_receipt
from gateway.cli.main import app
from gateway.core.caller import Person
from gateway.settings import Settings
from tests.node.workspace import WITH_NODE, run_node
from tests.seal_register.live import CLOCK, served, token
from tests.sharing.making import ITEM
from tests.sharing_use.live import ASKER, CHECKER, GIVER, USE, a_records_gateway
from tests.sharing_use.site import PERSON

SCRIPT = Path(__file__).parent / "share_walk.mjs"
GIVEN = {"idNumber", "name", "phone", "state"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=50)) as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    return await a_records_gateway(tmp_path, sandbox)


def verified(folder: Path, receipt: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    """What the script of the standard library and openssl says."""
    (folder / "receipt.json").write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
    (folder / "key.pem").write_text(load_signer((folder / "audit_key").read_bytes()).public_pem, "utf-8")
    words = [sys.executable, verify_receipt.__file__, "receipt.json", "key.pem"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False)


def changed(receipt: dict[str, Any]) -> dict[str, Any]:
    return {**receipt, "receipt": {**receipt["receipt"], "rows": receipt["receipt"]["rows"] + 1}}


@WITH_NODE
async def test_a_client_of_somebody_else_goes_from_the_catalogue_to_a_receipt(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    person = sandbox.world.people[2]
    given = {
        "tokens": {"asker": token(ASKER), "checker": token(CHECKER), "giver": token(GIVER)},
        "item": ITEM, "resource": PERSON, "use": USE, "parameters": {"idNumber": person.number},
        "until": (CLOCK.now() + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    async with served(settings) as url:
        done = await asyncio.to_thread(run_node, SCRIPT, f"{url}/graphql", json.dumps(given))
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [one["code"] for one in told["resources"]] == [PERSON]
    assert (told["state"], told["revokeGrant"], told["refused"]) == (
        "APPROVED",
        {"grant": {"revokedFor": "purpose-ended"}},
        "FORBIDDEN",
    )
    found = told["sharedRecords"]
    [record] = found["records"]
    assert set(record) == GIVEN
    assert record["idNumber"] == person.number
    assert record["name"] != person.name
    assert {"address", "base"} <= {line["path"] for line in found["withheld"]}
    assert verified(tmp_path, found["receipt"]).returncode == 0
    assert verified(tmp_path, changed(found["receipt"])).returncode != 0


async def test_the_command_goes_from_the_catalogue_to_a_file_and_its_receipt(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    person, file = sandbox.world.people[2], tmp_path / "records.jsonl"
    async with served(settings) as url:

        async def did(who: Person, *words: str) -> str:
            variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token(who), "LANG": "C.UTF-8", "COLUMNS": "220"}
            done = await asyncio.to_thread(CliRunner().invoke, app, ["share", *words], env=variables)
            assert done.exit_code == 0, done.output + repr(done.exception)
            return done.stdout.strip()

        assert PERSON in await did(ASKER, "resources", "参保")
        fields = ["--field", "idNumber", "--field", "name=MASK", "--field", "phone", "--field", "state"]
        until = f"{CLOCK.now() + timedelta(days=30):%Y-%m-%d}"
        why = ["--purpose", "核验参保情况", "--basis", "条例", "--to", until]
        request = await did(ASKER, "request", PERSON, "--item", ITEM, "--application", "console", *fields, *why)
        await did(CHECKER, "decide", request, "take-up")
        await did(CHECKER, "decide", request, "pass")
        grant = json.loads(await did(GIVER, "decide", request, "approve", "--json"))["grant"]["id"]
        assert grant in await did(ASKER, "grants")
        asked = ["--use", USE, "--parameter", f"idNumber={person.number}", "--format", "jsonl", "--out", str(file)]
        made = json.loads(await did(ASKER, "export", grant, *asked, "--json"))
        page = [grant, *asked[:4], "--most", "1"]
        assert person.number in await did(ASKER, "records", *page, "--field", "idNumber")
        shown = json.loads(await did(ASKER, "records", *page, "--json", "--receipt", str(tmp_path / "kept.json")))
        await did(GIVER, "revoke", grant, "--reason", "purpose-ended")
        assert re.search(r"purpose-ended", await did(ASKER, "grants"))
    assert (shown["records"][0]["idNumber"], shown["sources"][0]["outcome"]) == (person.number, "OK")
    assert json.loads((tmp_path / "kept.json").read_text("utf-8")) == shown["receipt"]
    assert verified(tmp_path, shown["receipt"]).returncode == 0
    [record] = map(json.loads, file.read_text("utf-8").splitlines())
    assert (set(record), record["idNumber"]) == (GIVEN, person.number)
    assert verified(tmp_path, made["manifest"]).returncode == 0
    assert verified(tmp_path, changed(made["manifest"])).returncode != 0
