"""A client of a running gateway asks the typed field that the catalogue has brought."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from graphql import build_schema

from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.world.generate import generate
from certs.record_cipher import AesGcmRecordCipher
from gateway.cli.schema import export
from gateway.core.caller import Role
from gateway.core.sharing.terms import Access
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.resources import SqlResources
from tests.seal_register.live import CLOCK, ask, served, token
from tests.sharing_use.live import ASKER, USE, a_records_gateway
from tests.sharing_use.site import SYSTEM, a_grant, a_staff_resource, some_terms

ASK = """
query Ask($use: ID!, $grant: ID!, $id: String!) {
  shared_307001_00101(use: $use, grant: $grant, idNumber: $id, first: 5) {
    nodes { idNumber name months since address }
    withheld { path reason } pageInfo { hasNextPage endCursor } sources { system outcome } receipt
  }
}
"""
STAFF = f'{{ shared_307001_00102(use: "{USE}", grant: "g-1", employer: "91420000000000000X") {{ nodes {{ name }} }} }}'


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(generate(7, date(2026, 3, 2), size=50)) as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    """Of a gateway with two resources and two grants of the first, of which one gives a part of a day only."""
    made = await a_records_gateway(tmp_path, sandbox)
    assert made.database is not None
    cipher = AesGcmRecordCipher.parse((tmp_path / "record_key").read_bytes())
    now = CLOCK.now()
    terms = some_terms(
        applications=frozenset({"console"}), valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1)
    )
    partly = msgspec.structs.replace(terms, fields={**terms.fields, "since": Access.MASK})
    async with database(made.database.get_secret_value(), CLOCK) as db:
        await SqlResources(db, CLOCK).put([a_staff_resource()])
        await SqlGrants(db, cipher).add(a_grant("g-1", terms=terms, issued_at=now))
        await SqlGrants(db, cipher).add(a_grant("g-2", terms=partly, issued_at=now))
    return made


async def test_from_the_catalogue_to_a_typed_record(settings: Settings, sandbox: Sandbox) -> None:
    person = sandbox.world.people[0].number
    asked = {"use": USE, "grant": "g-1", "id": person}
    async with served(settings) as url:
        resources = await ask(url, ASKER, "{ resources { nodes { code typedField } } }")
        found = await ask(url, ASKER, ASK, **asked)
        masked = await ask(url, ASKER, ASK, **asked | {"grant": "g-2"})
        other = await ask(url, ASKER, STAFF)
        wrong = await ask(url, ASKER, ASK, **asked | {"id": "*"})
    assert resources["data"]["resources"]["nodes"] == [
        {"code": "307001/00101", "typedField": "shared_307001_00101"},
        {"code": "307001/00102", "typedField": "shared_307001_00102"},
    ]
    assert "errors" not in found, found
    answer = found["data"]["shared_307001_00101"]
    (record,) = answer["nodes"]
    assert (record["idNumber"], record["address"]) == (person, None)
    assert isinstance(record["months"], int)
    assert date.fromisoformat(record["since"])
    assert "*" in record["name"]
    assert answer["withheld"] == [{"path": "address", "reason": "授权未开放该字段"}]
    assert answer["sources"] == [{"system": SYSTEM, "outcome": "OK"}]
    assert "address" not in json.dumps(answer["receipt"]), "it was not opened"
    partly = masked["data"]["shared_307001_00101"]
    assert partly["nodes"][0]["since"] is None
    assert [each["path"] for each in partly["withheld"]] == ["address", "since"]
    assert "sharedRecords" in partly["withheld"][1]["reason"]
    assert other["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "授权不是该资源的授权" in other["errors"][0]["message"]
    assert wrong["errors"][0]["extensions"]["field"] == "idNumber"
    assert person not in json.dumps([wrong, answer["receipt"]])


async def test_the_command_exports_the_schema_of_a_running_gateway(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "schema.graphql"
    hub = msgspec.structs.replace(ASKER, role=Role.HUB)
    async with served(settings) as url:
        monkeypatch.setenv("YIWANG_URL", url)
        monkeypatch.setenv("YIWANG_TOKEN", token(hub))
        await asyncio.to_thread(export, file, running=True)
    query = build_schema(file.read_text("utf-8")).query_type
    assert query is not None
    assert str(query.fields["shared_307001_00101"].args["idNumber"].type) == "String!"
    assert {"licences", "sharedRecords"} <= query.fields.keys()
