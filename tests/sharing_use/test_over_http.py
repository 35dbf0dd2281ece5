"""A running gateway gives shared records to a GraphQL client, with a receipt that openssl verifies."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.audit_keys import load_signer
from certs.record_cipher import AesGcmRecordCipher
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.sharing.grants import SqlGrants
from gateway.system_clock import SystemClock
from tests.seal_register.live import CLOCK, ask, served
from tests.sharing_use.live import ASKER, USE, a_records_gateway
from tests.sharing_use.site import SYSTEM, a_grant, some_terms

ASK = """
query Ask($use: ID!, $grant: ID!, $parameters: JSON!, $fields: [String!], $after: String) {
  sharedRecords(use: $use, grant: $grant, parameters: $parameters, fields: $fields, first: 5, after: $after) {
    records withheld { path reason } pageInfo { hasNextPage endCursor } receipt
    sources { system outcome servedFrom notice }
  }
}
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=50)) as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    """Of a gateway with the register, a resource, a grant for the asker's body, and a use that is open."""
    made = await a_records_gateway(tmp_path, sandbox)
    assert made.database is not None
    now = CLOCK.now()
    terms = some_terms(
        applications=frozenset({"console"}), valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1)
    )
    cipher = AesGcmRecordCipher.parse((tmp_path / "record_key").read_bytes())
    async with database(made.database.get_secret_value(), SystemClock()) as db:
        await SqlGrants(db, cipher).add(a_grant(terms=terms, issued_at=now))
    return made


async def test_a_client_gets_records_and_a_receipt(settings: Settings, sandbox: Sandbox, tmp_path: Path) -> None:
    person = sandbox.world.people[0]
    asked: dict[str, Any] = {"use": USE, "grant": "g-1", "parameters": {"idNumber": person.number}}
    async with served(settings) as url:
        answer = await ask(url, ASKER, ASK, **asked)
        colleague = await ask(url, msgspec.structs.replace(ASKER, subject="colleague"), ASK, **asked)
        wrong = await ask(url, ASKER, ASK, **{**asked, "parameters": {"idNumber": "*"}})
    assert "errors" not in answer, answer
    found = answer["data"]["sharedRecords"]
    assert found["records"][0]["idNumber"] == person.number
    assert found["pageInfo"] == {"hasNextPage": False, "endCursor": None}
    assert {"path": "address", "reason": "授权未开放该字段"} in found["withheld"]
    assert found["sources"] == [{"system": SYSTEM, "outcome": "OK", "servedFrom": "LIVE", "notice": None}]
    signer = load_signer((tmp_path / "audit_key").read_bytes())
    assert found["receipt"]["key"] == signer.key
    assert person.number not in json.dumps(found["receipt"])
    assert colleague["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert wrong["errors"][0]["extensions"]["number"] == "YW-SH-28"
    assert person.number not in json.dumps([colleague, wrong])
