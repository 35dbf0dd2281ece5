from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.references import NOW, REFERENCES
from adapters.kit.mapping import Scope, compile_request
from adapters.kit.mapping.getters import GETTERS
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.use import Use, UseBasis

NOON = datetime(2025, 3, 4, 16, 5, 6, 789000, tzinfo=UTC)
PERSON = Person(
    subject="s", role=Role.OFFICER, name="经办", account="acc", body="B", body_name="局", post="P", region="420000"
)
USE = Use(
    id="u1", item="item", basis=UseBasis.STATUTORY, expires_at=NOON, owner_application="a", owner_subject="s", case="c"
)
HOLDER = Holder("111", "N", "名")
Manifests = Callable[..., Manifest]


class Secrets:
    def get(self, name: str) -> str | None:
        return "secret" if name == "sample/key" else None


def call(person: Person | None = PERSON, use: Use | None = USE) -> Call:
    return Call(request_id="r1", caller=Caller(Application("app", "App"), person), deadline=Deadline(9.0), use=use)


SCOPE = Scope(
    call=call(),
    secrets=Secrets(),
    now=NOON,
    holder=HOLDER,
    licence=LicenceKey("L", "sys", "7"),
    query=LicenceQuery(holder=HOLDER, types=("111", "001"), region="420100", limit=20),
    row={"code": "R"},
)
BARE = Scope(call=call(None, None), secrets=Secrets(), now=NOON)


@pytest.fixture
def build(manifest_of: Manifests) -> Callable[..., dict[str, object]]:
    def run(scope: Scope, **fields: Any) -> dict[str, object]:
        manifest = manifest_of(request=fields)
        return compile_request(manifest.operations["query"].request, manifest).build(scope)

    return run


def test_fields_are_built_in_the_manifests_order(build: Callable[..., dict[str, object]]) -> None:
    built = build(
        SCOPE,
        z="holder.number",
        a={"value": 1},
        key={"setting": "sample/key"},
        case={"from": "use.application", "or": "0"},
        kind={"code": "holder.type", "table": "document"},
        kinds={"code": "query.types", "table": "document"},
        at={"date": "now", "as": "yyyyMMddHHmmssSSS"},
        operator={"account": "person.account", "unit": {"name": "person.bodyName"}},
        odd={"object": {"value": "row.code"}},
        flag={"value": True},
    )
    assert list(built) == ["z", "a", "key", "case", "kind", "kinds", "at", "operator", "odd", "flag"]
    assert built == {
        "z": "N",
        "a": 1,
        "key": "secret",
        "case": "0",
        "kind": "1",
        "kinds": ["1", "2"],
        "at": "20250305000506789",
        "operator": {"account": "acc", "unit": {"name": "局"}},
        "odd": {"value": "R"},
        "flag": True,
    }


def test_every_reference_of_the_language_can_be_built() -> None:
    assert GETTERS.keys() == {f"{root}.{name}" for root, names in REFERENCES.items() for name in names} | {NOW}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("query.limit", 20),
        ("query.region", "420100"),
        ("use.id", "u1"),
        ("use.item", "item"),
        ("use.case", "c"),
        ("use.basis", "STATUTORY"),
        ("person.name", "经办"),
        ("person.account", "acc"),
        ("person.body", "B"),
        ("person.bodyName", "局"),
        ("person.post", "P"),
        ("person.region", "420000"),
        ("person.role", "officer"),
        ("licence.number", "7"),
        ("call.requestId", "r1"),
        ("now", "2025-03-05T00:05:06+08:00"),
        ("row.unknown", None),
    ],
)
def test_a_reference_is_what_the_gateway_knows(
    build: Callable[..., dict[str, object]], reference: str, value: object
) -> None:
    assert build(SCOPE, field=reference) == {"field": value}


@pytest.mark.parametrize("reference", sorted(set(GETTERS) - {"now", "call.requestId"}))
def test_what_does_not_apply_is_none(build: Callable[..., dict[str, object]], reference: str) -> None:
    assert build(BARE, field=reference) == {"field": None}


def test_a_code_that_does_not_apply_is_none(build: Callable[..., dict[str, object]]) -> None:
    assert build(BARE, kind={"code": "holder.type", "table": "document"}) == {"kind": None}


def test_the_first_of_several_raw_codes_is_sent(build: Callable[..., dict[str, object]]) -> None:
    scope = msgspec.structs.replace(SCOPE, holder=Holder("VALID"))
    assert build(scope, state={"code": "holder.type", "table": "state"}) == {"state": "01"}


def test_a_setting_that_is_not_filled_is_our_error(build: Callable[..., dict[str, object]]) -> None:
    with pytest.raises(SystemFailure, match="sample/lost is not filled") as failed:
        build(SCOPE, key={"setting": "sample/lost"})
    assert (failed.value.outcome, failed.value.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)


def test_a_code_the_system_lacks_is_named_by_its_table_only(build: Callable[..., dict[str, object]]) -> None:
    scope = msgspec.structs.replace(SCOPE, holder=Holder("414", "N"))
    with pytest.raises(SystemFailure, match="document") as failed:
        build(scope, kind={"code": "holder.type", "table": "document"})
    assert (failed.value.outcome, failed.value.fault) == (Outcome.INVALID, Fault.OURS)
    assert "414" not in failed.value.notice


@pytest.mark.parametrize("fields", [{"f": "holder.colour"}, {"f": {"date": "holder.name", "as": "yyyy"}}])
def test_what_the_check_should_have_found_does_not_compile(
    build: Callable[..., dict[str, object]], fields: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="is no"):
        build(SCOPE, **fields)


def test_a_scope_shows_nobody_in_its_repr() -> None:
    assert repr(SCOPE) == "Scope(...)"
