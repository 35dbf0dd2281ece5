"""The composition root: what stops the gateway from starting, and that defects are logged without personal data."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from certs.audit_keys import generate_audit_key
from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.bootstrap.keys import read_audit_signer
from gateway.bootstrap.running import running
from gateway.bootstrap.use_cases import report_defect
from gateway.cli.issuers import write_issuers
from gateway.core.audit.reading import AuditChoice
from gateway.core.caller import Application, Caller
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Mode, Settings
from gateway.store.audit.reading import AuditEntries
from gateway.store.database import database
from tests.certs.trust import CLERK
from tests.services.fakes import FRONTEND, ManualClock

CANARY = "420106199001011231"
CLOCK = ManualClock()
ISSUER = DevelopmentIssuer.generate(CLOCK)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a gateway without systems."""
    write_issuers(tmp_path, ISSUER)
    files = {"id_key": bytes(range(64)), "systems": b"", "rules": b"edition = 1"}
    files["record_key"] = AesGcmRecordCipher.generate_key()
    for name, content in files.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(content)
    named: dict[str, object] = {"issuers": tmp_path / "issuers.toml"}
    named |= {name: tmp_path / name for name in files}
    named |= {"database": SecretStr(f"sqlite:///{tmp_path / 'gateway.sqlite'}")}
    return Settings.model_construct(**Settings().model_dump() | named | {"mode": Mode.DEVELOPMENT})


@asynccontextmanager
async def client_of(settings: Settings, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    async with running(settings, clock) as gateway:
        transport = httpx.ASGITransport(gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test", trust_env=False) as client:
            yield client


async def viewer(client: httpx.AsyncClient, key: DevelopmentIssuer) -> httpx.Response:
    token = key.issue(Caller(FRONTEND), timedelta(hours=2))
    query = {"query": "{ viewer { application { code } } }"}
    return await client.post("/graphql", json=query, headers={"authorization": f"Bearer {token}"})


async def test_it_answers_while_the_block_lasts(settings: Settings) -> None:
    async with client_of(settings, CLOCK) as client:
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.post("/graphql")).status_code == 401
        assert (await viewer(client, ISSUER)).json() == {"data": {"viewer": {"application": {"code": "portal"}}}}


async def test_metrics_name_an_application_that_no_file_names_once_it_is_proven(settings: Settings) -> None:
    async with running(settings, CLOCK) as gateway:
        site, ops = httpx.ASGITransport(gateway.app), httpx.ASGITransport(gateway.ops)
        async with httpx.AsyncClient(transport=site, base_url="http://gateway.test", trust_env=False) as client:
            await viewer(client, ISSUER)
            await viewer(client, DevelopmentIssuer.generate(CLOCK))
        async with httpx.AsyncClient(transport=ops, base_url="http://ops.test", trust_env=False) as client:
            shown = (await client.get("/metrics")).text
    counted = [line for line in shown.splitlines() if line.startswith("yiwang_requests_total{")]
    assert sorted(counted) == [
        'yiwang_requests_total{application="none",code="UNAUTHENTICATED",status="401"} 1.0',
        'yiwang_requests_total{application="portal",code="none",status="200"} 1.0',
    ]


async def test_a_person_may_come_in_a_header_of_his_own(settings: Settings) -> None:
    headers = {
        "authorization": f"Bearer {ISSUER.issue(Caller(FRONTEND), timedelta(hours=1))}",
        "x-yiwang-person": ISSUER.issue_person(CLERK, FRONTEND, timedelta(hours=1)),
    }
    query = {"query": "{ viewer { application { code } person { role region } } }"}
    async with client_of(settings, CLOCK) as client:
        answer = await client.post("/graphql", json=query, headers=headers)
        assert answer.json()["data"]["viewer"] == {
            "application": {"code": "portal"},
            "person": {"role": "CLERK", "region": CLERK.region},
        }
        headers["x-yiwang-person"] = ISSUER.issue_person(CLERK, Application("hall", "大厅"), timedelta(hours=1))
        refused = await client.post("/graphql", json=query, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["extensions"]["number"] == "YW-AU-04"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"mode": Mode.PRODUCTION}, "production refuses development tokens"),
        ({"issuers": None}, "YIWANG_ISSUERS is not set"),
        ({"audit_key": Path("none")}, "none cannot be read: No such file"),
        ({"id_key": None}, "YIWANG_ID_KEY is not set"),
        ({"systems": None}, "YIWANG_SYSTEMS is not set"),
        ({"database": None}, "YIWANG_DATABASE is not set"),
        ({"database": SecretStr("sqlite:///none/gateway.sqlite")}, "gateway.sqlite.lock cannot be opened"),
        ({"record_key": None}, "YIWANG_RECORD_KEY is not set"),
        ({"record_key": Path("none")}, "none cannot be read: No such file"),
        ({"issuers": Path("none")}, "none cannot be read: No such file"),
        ({"id_key": Path("none")}, "none cannot be read: No such file"),
    ],
)
async def test_a_wrong_setting_stops_it_and_is_named(settings: Settings, changed: dict[str, object], what: str) -> None:
    wrong = settings.model_copy(update=changed)
    with pytest.raises(ConfigurationInvalid, match=what):
        async with running(wrong, CLOCK):
            pytest.fail("it started")


@pytest.mark.parametrize("content", [None, b"", b"{}", b" " * 200_000])
async def test_a_key_set_file_that_gives_no_keys_stops_it(settings: Settings, content: bytes | None) -> None:
    assert settings.issuers is not None
    file = settings.issuers.parent / "jwks.json"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match=r"jwks\.json gives no keys"):
        async with running(settings, CLOCK):
            pytest.fail("it started")


async def test_keys_in_a_file_are_rotated_without_a_restart(settings: Settings) -> None:
    assert settings.issuers is not None
    clock, successor = ManualClock(), DevelopmentIssuer.generate(CLOCK)
    async with client_of(settings, clock) as client:
        (settings.issuers.parent / "jwks.json").write_bytes(successor.jwks())
        clock.step(10)
        assert (await viewer(client, successor)).status_code == 200
        assert (await viewer(client, ISSUER)).status_code == 401


async def test_keys_at_an_address_may_come_later_and_survive_an_outage(settings: Settings) -> None:
    clock, published = ManualClock(), [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(published[-1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    assert settings.issuers is not None
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    text = settings.issuers.read_text("utf-8").replace('jwks_file = "jwks.json"', f'jwks_url = "{url}"')
    settings.issuers.write_text(text, "utf-8")
    with capture_logs() as logs:
        async with server, client_of(settings, clock) as client:
            assert (await client.get("/readyz")).json()["missing"] == {"issuers": "no issuer's keys could be read yet"}
            assert (await viewer(client, ISSUER)).json()["errors"][0]["extensions"]["number"] == "YW-AU-06"
            keys = ISSUER.jwks()
            published.append(f"HTTP/1.1 200 OK\r\nContent-Length: {len(keys)}\r\n\r\n".encode() + keys)
            clock.step(10)
            assert (await viewer(client, ISSUER)).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
            published.append(published[0])
            clock.step(3_000)
            assert (await viewer(client, ISSUER)).status_code == 200
    told = [line for line in logs if line["event"].startswith("issuer.keys")]
    assert [line["event"] for line in told] == ["issuer.keys.unread", "issuer.keys.read", "issuer.keys.unread"]
    assert {line["reason"] for line in told if "reason" in line} == {"answered with HTTP status 503"}


async def test_a_key_that_others_can_read_or_that_is_none_stops_it(settings: Settings) -> None:
    assert settings.id_key is not None
    settings.id_key.chmod(0o640)
    with pytest.raises(ConfigurationInvalid, match="open to others"):
        async with running(settings, CLOCK):
            pytest.fail("it started")
    settings.id_key.chmod(0o600)
    settings.id_key.write_bytes(b"short")
    with pytest.raises(ConfigurationInvalid, match="does not hold 64 bytes"):
        async with running(settings, CLOCK):
            pytest.fail("it started")


def test_a_defect_is_logged_with_its_place_and_without_its_message() -> None:
    with capture_logs() as logs:
        report_defect("city", ValueError(CANARY))
    (line,) = logs
    assert (line["event"], line["system"], line["log_level"]) == ("system.defect", "city", "error")
    assert line["trace"][0] == "builtins.ValueError"
    assert CANARY not in repr(line)


def test_production_needs_a_key_that_signs_the_audit_and_development_may_do_without(settings: Settings) -> None:
    assert read_audit_signer(settings) is None
    with pytest.raises(ConfigurationInvalid, match="YIWANG_AUDIT_KEY is not set"):
        read_audit_signer(settings.model_copy(update={"mode": Mode.PRODUCTION}))
    assert settings.id_key is not None
    wrong = settings.model_copy(update={"audit_key": settings.id_key})
    with pytest.raises(ConfigurationInvalid, match="no unencrypted private key"):
        read_audit_signer(wrong)
    wrong.audit_key.write_bytes(generate_audit_key())  # type: ignore[union-attr] # set above
    assert read_audit_signer(wrong) is not None


async def test_a_caller_who_proves_nothing_and_an_answer_are_in_the_audit(settings: Settings) -> None:
    async with client_of(settings, CLOCK) as client:
        assert (await client.post("/graphql", json={"query": "{ viewer { application { code } } }"})).status_code == 401
    assert settings.database is not None
    async with database(settings.database.get_secret_value(), CLOCK) as opened:
        events = await AuditEntries(opened).find(AuditChoice(), 10, None)
    assert sorted(event.kind for event in events) == ["caller.refused", "epoch.begun"]
