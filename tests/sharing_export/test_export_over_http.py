"""A running gateway exports what the sandbox's register has on many pages, for a GraphQL client and in the terminal."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner, Result

import adapters.systems
from adapters.sandbox.population.service import Population
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.audit_keys import AuditKeyKind, generate_audit_key
from certs.record_cipher import AesGcmRecordCipher
from gateway.cli import share_export
from gateway.cli.main import app
from gateway.core.errors import ConfigurationInvalid
from gateway.core.issuers import DEVELOPMENT_ISSUER
from gateway.core.sharing.terms import Access, Quota
from gateway.core.use import Use, UseBasis
from gateway.services.sharing.exports import fetch_page
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.migrate import upgrade
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.resources import SqlResources
from gateway.store.uses import SqlUses
from tests.seal_register.live import CLOCK, a_gateway, ask, served, token
from tests.servers.client import http_client
from tests.sharing.making import ITEM
from tests.sharing_use.site import OFFICER, STAFF, SYSTEM, a_grant, a_staff_resource, some_terms

FIELDS = ("employer", "idNumber", "name", "state")
SHOW = """
query Show($id: ID!) {
  sharedExport(id: $id) { state rows pages receipts(first: 200) file { name bytes sha256 } }
  sharedExports { nodes { id format } }
}
"""
CANCEL = """
mutation Cancel($id: ID!) {
  cancelSharedExport(input: {export: $id}) { export { state } problems { code message } }
}
"""
PROGRESS = "subscription Progress($id: ID!) { sharedExportProgress(id: $id) { state rows } }"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=60)) as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    """Of a gateway with the register, its resource of staff, a grant, and a use that is open."""
    usual = a_gateway(tmp_path)
    values = sandbox.settings()[SYSTEM]
    lines = [
        "[[system]]",
        f'manifest = "{Path(adapters.systems.__path__[0]) / SYSTEM}"',
        f'hosts = ["{urlsplit(values["url"]).netloc}"]',
        'serves = { ports = ["ShareSource"], regions = ["420000"], types = ["*"], issuers = ["*"] }',
        "[system.settings]",
        *(f'{name} = "{value}"' for name, value in values.items()),
    ]
    for name, content in (("systems", "\n".join(lines).encode()), ("audit_key", generate_audit_key(AuditKeyKind.P256))):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(content)
    assert usual.database is not None
    url = usual.database.get_secret_value()
    await upgrade(url)
    cipher = AesGcmRecordCipher.parse((tmp_path / "record_key").read_bytes())
    now = CLOCK.now()
    terms = some_terms(
        fields=dict.fromkeys(FIELDS, Access.SHOW),
        quota=Quota(None, 10_000),
        applications=frozenset({"console"}),
        valid_from=now - timedelta(days=1),
        valid_until=now + timedelta(days=1),
    )
    async with database(url, CLOCK) as db:
        await SqlResources(db, CLOCK).put([a_staff_resource()])
        await SqlGrants(db, cipher).add(a_grant(resource=STAFF, terms=terms, issued_at=now))
        use = Use(
            id="use-1",
            item=ITEM,
            basis=UseBasis.STATUTORY,
            expires_at=now + timedelta(hours=1),
            owner_application="console",
            owner_subject=f"{DEVELOPMENT_ISSUER}#{OFFICER.subject}",
            case="420102260302000000001",
            proven_at=now,
        )
        await SqlUses(db, cipher).add(use, now, 10)
    changes = {"audit_key": tmp_path / "audit_key", "database": usual.database, "workers": 1}
    return Settings.model_construct(**usual.model_dump() | changes)


async def command(url: str, *words: str) -> Result:
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token(OFFICER), "LANG": "C.UTF-8", "COLUMNS": "220"}
    return await asyncio.to_thread(CliRunner().invoke, app, ["share", "export", "g-1", *words], env=variables)


async def test_many_pages_become_one_file(
    settings: Settings, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_page, "MOST_RECORDS", 2)
    monkeypatch.setattr(share_export, "PAUSE", 0.05)
    register = sandbox.systems[SYSTEM]
    assert isinstance(register, Population)
    firm = register.register.firms[0]
    people = register.register.staff(firm)
    assert people is not None
    words = ("--use", "use-1", "--parameter", f"employer={firm}", "--format", "jsonl")
    target = tmp_path / "staff.jsonl"
    async with served(settings) as url:
        done = await command(url, *words, "--out", str(target), "--json")
        assert done.exit_code == 0, done.output
        shown = json.loads(done.stdout)
        again = await command(url, *words, "--out", str(tmp_path / "again.jsonl"))
        unknown = await command(url, "--use", "none", "--out", str(tmp_path / "none"), *words[2:])
        answer = await ask(url, OFFICER, SHOW, id=shown["id"])
        over = await ask(url, OFFICER, CANCEL, id=shown["id"])
        headers = {"authorization": f"Bearer {token(OFFICER)}", "accept": "text/event-stream"}
        async with http_client() as client:
            sent = {"query": PROGRESS, "variables": {"id": shown["id"]}}
            events = (await client.post(f"{url}/graphql", json=sent, headers=headers)).text
    given = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert sorted(one["idNumber"] for one in given) == sorted(str(one["gmsfhm"]) for one in people)
    assert len(given) > 4
    assert {tuple(sorted(one)) for one in given} == {FIELDS}
    assert (tmp_path / "again.jsonl").read_bytes() == target.read_bytes()
    assert again.stdout.strip() == shown["id"], "the same command is the same export"
    assert target.stat().st_mode & 0o777 == 0o600
    assert "errors" not in answer, answer
    found = answer["data"]["sharedExport"]
    assert (found["state"], found["rows"], found["pages"]) == ("READY", len(given), -(-len(given) // 2))
    assert sum(one["receipt"]["rows"] for one in found["receipts"]) == len(given)
    assert shown["manifest"]["receipt"]["sha256"] == found["file"]["sha256"]
    assert answer["data"]["sharedExports"]["nodes"] == [{"id": shown["id"], "format": "JSON_LINES"}]
    assert over["data"]["cancelSharedExport"]["problems"][0]["code"] == "CONFLICT"
    assert '"READY"' in events
    assert isinstance(unknown.exception, ConfigurationInvalid), unknown.output
