"""Checkpoints of the audit are timestamped by the authorities that settings name."""

import hashlib
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from structlog.testing import capture_logs

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.audit_keys import generate_audit_key
from certs.examination import Verdict
from certs.record_cipher import AesGcmRecordCipher
from certs.timestamps import examine_token
from certs.tokens import DevelopmentIssuer
from certs.x509 import TrustStore
from gateway.bootstrap.running import running
from gateway.bootstrap.timestamps import open_stamper
from gateway.cli.issuers import write_issuers
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Mode, Settings
from gateway.store.database import database
from gateway.store.tables.audit import checkpoints
from gateway.system_clock import SystemClock
from tests.servers.client import http_client

CLOCK = SystemClock()
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def authority() -> AsyncIterator[Sandbox]:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=20)) as sandbox:
        yield sandbox


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a gateway without systems, which signs its audit."""
    write_issuers(tmp_path, DevelopmentIssuer.generate(CLOCK))
    files = {
        "id_key": bytes(range(64)), "systems": b"", "rules": b"edition = 1",
        "record_key": AesGcmRecordCipher.generate_key(), "audit_key": generate_audit_key(),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(content)
    named: dict[str, Any] = {name: tmp_path / name for name in files} | {"issuers": tmp_path / "issuers.toml"}
    named |= {"database": SecretStr(f"sqlite:///{tmp_path / 'gateway.sqlite'}"), "mode": Mode.DEVELOPMENT}
    return Settings.model_construct(**Settings().model_dump() | named)


async def last_checkpoint(settings: Settings) -> Any:
    """The one that a gateway with these settings makes when it stops."""
    async with running(settings, CLOCK) as gateway:
        transport = httpx.ASGITransport(gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test", trust_env=False) as client:
            refused = await client.post("/graphql", json={"query": "{ x }"}, headers={"authorization": "Bearer x"})
            assert refused.status_code == 401  # which the audit tells
    assert settings.database is not None
    async with database(settings.database.get_secret_value(), CLOCK) as opened, opened.reading() as connection:
        return (await connection.execute(select(checkpoints))).one()


async def test_the_first_authority_that_answers_stamps_a_checkpoint(
    settings: Settings, authority: Sandbox, tmp_path: Path
) -> None:
    url = authority.settings()["timestamps"]["url"]
    async with http_client() as client:
        (tmp_path / "trust").mkdir()
        (tmp_path / "trust" / "roots.pem").write_bytes((await client.get(f"{url}/roots")).content)
    named = {"audit_tsa": f"{NOBODY} {url}/sm2", "audit_tsa_trust": tmp_path / "trust"}
    with capture_logs() as logs:
        row = await last_checkpoint(settings.model_copy(update=named))
    trust = TrustStore.load(tmp_path / "trust")
    found = examine_token(row.token, row.record.encode(), trust, CLOCK.now())
    assert found.step.verdict is Verdict.VALID
    assert hashlib.sha256(row.record.encode()).digest() in row.token
    (failed,) = [line for line in logs if line["event"] == "audit.timestamp.refused"]
    assert failed["host"] == "127.0.0.1"


async def test_a_checkpoint_without_a_stamp_is_told_and_holds(settings: Settings) -> None:
    with capture_logs() as logs:
        row = await last_checkpoint(settings.model_copy(update={"audit_tsa": NOBODY}))
    assert row.token is None
    assert [line["number"] for line in logs if line["event"] == "audit.unstamped"] == [row.number]


async def test_production_believes_no_authority_that_it_does_not_know(settings: Settings) -> None:
    wrong = settings.model_copy(update={"audit_tsa": NOBODY, "mode": Mode.PRODUCTION})
    with pytest.raises(ConfigurationInvalid, match="YIWANG_AUDIT_TSA_TRUST"):
        async with open_stamper(wrong, CLOCK):
            pytest.fail("it started")
