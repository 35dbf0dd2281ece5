"""A running gateway gives shared records to a GraphQL client, with a receipt that openssl verifies."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

import adapters.systems
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from certs.record_cipher import AesGcmRecordCipher
from gateway.core.issuers import DEVELOPMENT_ISSUER
from gateway.core.use import Use, UseBasis
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.migrate import upgrade
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.resources import SqlResources
from gateway.store.uses import SqlUses
from gateway.system_clock import SystemClock
from tests.seal_register.live import CLOCK, a_gateway, ask, served
from tests.sharing.making import ITEM
from tests.sharing_use.site import OFFICER, SYSTEM, a_grant, a_resource, some_terms

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
    """Of a gateway with the register, a resource, a grant for the officer's body, and a use that is open."""
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
        applications=frozenset({"console"}), valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1)
    )
    async with database(url, SystemClock()) as db:
        await SqlResources(db, CLOCK).put([a_resource()])
        await SqlGrants(db, cipher).add(a_grant(terms=terms, issued_at=now))
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
    return Settings.model_construct(
        **usual.model_dump() | {"audit_key": tmp_path / "audit_key", "database": usual.database}
    )


async def test_a_client_gets_records_and_a_receipt(settings: Settings, sandbox: Sandbox, tmp_path: Path) -> None:
    person = sandbox.world.people[0]
    asked: dict[str, Any] = {"use": "use-1", "grant": "g-1", "parameters": {"idNumber": person.number}}
    async with served(settings) as url:
        answer = await ask(url, OFFICER, ASK, **asked)
        colleague = await ask(url, msgspec.structs.replace(OFFICER, subject="officer-2"), ASK, **asked)
        wrong = await ask(url, OFFICER, ASK, **{**asked, "parameters": {"idNumber": "*"}})
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
    assert wrong["errors"][0]["extensions"]["number"] == "YW-SH-21"
    assert person.number not in json.dumps([colleague, wrong])
