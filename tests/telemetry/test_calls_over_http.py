"""A running gateway: recorded calls come back over GraphQL and in the terminal, and metrics count requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.bootstrap.running import Running, running
from gateway.cli.issuers import write_issuers
from gateway.cli.main import app
from gateway.core.call_record import CallRecord
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import ConfigurationInvalid
from gateway.core.outcome import Fault, Outcome
from gateway.settings import Mode, Settings
from gateway.store.call_records import CallRecorder
from gateway.store.database import database
from gateway.system_clock import SystemClock
from tests.servers.client import http_client
from tests.telemetry.records import call

CLOCK = SystemClock()
ISSUER = DevelopmentIssuer.generate(CLOCK)
OPERATIONS = Person(subject="s-1", role=Role.OPERATIONS, name="值班员", account="ops01")
RULES = """
edition = 1
[[rule]]
id = "r"
applications = ["console"]
roles = ["citizen"]
bases = ["HOLDER"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["name"]
source = "示例"
"""


def token(person: Person | None = OPERATIONS, application: str = "console") -> str:
    return ISSUER.issue(Caller(Application(application, "控制台"), person), timedelta(hours=1))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a gateway with one system that cannot be opened and has a secret that ends in ten days."""
    write_issuers(tmp_path, ISSUER)
    day = (datetime.now(UTC) + timedelta(days=10)).date()
    deployment = (
        '[[system]]\nmanifest = "city"\nhosts = []\nserves = { ports = [], regions = [], types = [], issuers = [] }\n'
        f'settings = {{ app-key = "canary" }}\nexpires = {{ app-key = {day} }}\n'
    )
    files = {
        "id_key": bytes(range(64)), "systems": deployment.encode(), "rules": RULES.encode(),
        "record_key": AesGcmRecordCipher.generate_key(),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(content)
    named: dict[str, Any] = {name: tmp_path / name for name in files} | {"issuers": tmp_path / "issuers.toml"}
    named |= {"database": SecretStr(f"sqlite:///{tmp_path / 'gateway.sqlite'}"), "mode": Mode.DEVELOPMENT}
    return Settings.model_construct(**Settings().model_dump() | named)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Running, str]]:
    """A gateway on a port of its own."""
    async with running(settings, CLOCK) as gateway:
        server = uvicorn.Server(uvicorn.Config(gateway.app, port=0, log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.01)
        try:
            yield gateway, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def recorded(settings: Settings, *records: CallRecord) -> None:
    """Leave calls in the gateway's database."""
    assert settings.database is not None
    async with database(settings.database.get_secret_value(), CLOCK) as opened:
        recorder = CallRecorder(opened, CLOCK, timedelta(days=30))
        for record in records:
            recorder.record(record)
        await recorder.flush()


def moved(record: CallRecord, seconds: float) -> CallRecord:
    """The call as if it had happened so many seconds ago."""
    by = datetime.now(UTC) - timedelta(seconds=seconds) - record.asked_at
    sent = None if record.sent_at is None else record.sent_at + by
    return msgspec.structs.replace(
        record, asked_at=record.asked_at + by, sent_at=sent, answered_at=record.answered_at + by
    )


LATE = call(
    operation="get", outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, received=None, taken_ms=900.0, attempt=2,
    application="hall", request_id="fedcba9876543210",
)  # fmt: skip


async def command(url: str, *arguments: str, shown: str | None = None) -> Result:
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token() if shown is None else shown, "LANG": "C.UTF-8"}
    return await asyncio.to_thread(CliRunner().invoke, app, ["system", "calls", *arguments], env=variables)


async def test_operations_see_calls_and_their_statistics(settings: Settings) -> None:
    async with served(settings) as (_, url):
        await recorded(settings, moved(call(), 60), moved(LATE, 30), moved(call(), 5_000))
        listed = await command(url)
        as_json = await command(url, "--json", "--system", "city", "--first", "1")
        counted = await command(url, "--window", "600")
    assert listed.exit_code == counted.exit_code == 0, listed.output
    lines = listed.stdout.splitlines()
    assert len(lines) == 4
    assert all(text in lines[1] for text in ("get ×2", "TIMED_OUT", "THEIRS", "900", "hall", "fedcba9876543210"))
    (node,) = json.loads(as_json.stdout)
    assert (node["operation"], node["succeeded"], node["replyBytes"]) == ("get", False, None)
    assert "--export" in as_json.stderr
    get, listing = counted.stdout.splitlines()[1:]
    assert all(text in get for text in ("city", "get", "1", "0.0%", "900±0", "TIMED_OUT 1"))
    assert all(text in listing for text in ("list", "100.0%", "20", "OK 1"))


async def test_an_application_sees_its_own_calls_in_json(settings: Settings) -> None:
    async with served(settings) as (_, url):
        await recorded(settings, moved(call(), 60), moved(LATE, 30))
        own = await command(url, "--json", shown=token(None, "hall"))
        citizen = Person(
            subject="c", role=Role.CITIZEN, name="王测试", document_type="111", number="420106199001011231"
        )
        refused = await command(url, shown=token(citizen))
    assert [node["application"] for node in json.loads(own.stdout)] == ["hall"]
    assert isinstance(refused.exception, ConfigurationInvalid)
    assert refused.exception.what == "the calls to this system are not shown to this caller"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--since", "yesterday"], "'yesterday' is no instant"),
        (["--since", "2020-01-01"], "31 days at most"),
        (["--window", "5"], "between 60 and 86400"),
        (["--export", "calls.xlsx"], "no new .csv or .jsonl file"),
    ],
)
async def test_wrong_questions_are_refused_with_a_remedy(settings: Settings, arguments: list[str], what: str) -> None:
    async with served(settings) as (_, url):
        refused = await command(url, *arguments)
    assert isinstance(refused.exception, ConfigurationInvalid)
    assert what in refused.exception.what
    assert refused.exception.remedy


@pytest.mark.parametrize(
    ("url", "shown", "what"),
    [
        ("", "t", "YIWANG_URL names no gateway"),
        ("ftp://127.0.0.1", "t", "YIWANG_URL names no gateway"),
        ("http://127.0.0.1:1", "", "YIWANG_TOKEN holds no token"),
        ("http://127.0.0.1:1", "a\nb", "YIWANG_TOKEN holds no token"),
        ("http://127.0.0.1:1", "t", "no gateway answers at 127.0.0.1:1"),
    ],
)
async def test_a_gateway_that_is_not_there_is_said_so(url: str, shown: str, what: str) -> None:
    refused = await command(url, shown=shown)
    assert isinstance(refused.exception, ConfigurationInvalid)
    assert refused.exception.what == what


async def test_what_ends_is_listed_and_measured_and_requests_are_counted(settings: Settings) -> None:
    query = {"query": "{ expiries { kind name system days } }"}
    headers = {"authorization": f"Bearer {token()}"}
    async with served(settings) as (gateway, url), http_client() as client:
        answer: dict[str, Any] = (await client.post(f"{url}/graphql", json=query, headers=headers)).json()
        refused = await client.post(f"{url}/graphql", json=query, headers={"authorization": f"Bearer {token(None)}"})
        transport = httpx.ASGITransport(gateway.ops)
        async with httpx.AsyncClient(transport=transport, base_url="http://ops.test", trust_env=False) as ops:
            shown = (await ops.get("/metrics")).text
    (found,) = answer["data"]["expiries"]
    assert (found["kind"], found["name"], found["system"]) == ("SYSTEM_SECRET", "app-key", "city")
    assert found["days"] in {8, 9}
    assert refused.json()["errors"][0]["extensions"]["number"] == "YW-OP-01"
    assert 'yiwang_requests_total{application="console",code="none",status="200"} 1.0' in shown
    assert 'yiwang_requests_total{application="console",code="FORBIDDEN",status="200"} 1.0' in shown
    assert 'yiwang_expiry_seconds{kind="SYSTEM_SECRET",name="app-key",system="city"}' in shown
    assert 'yiwang_system_state{state="DOWN",system="city"} 1.0' in shown
    assert "yiwang_audit_pending_events 0.0" in shown
    assert "canary" not in shown
