"""Swapping editions: at once and whole, while what runs ends by the one that it began with."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import get_introspection_query
from structlog.testing import capture_logs

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.health import HealthChange
from gateway.core.system import SystemState
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.fetch_shared import SharedRecords
from gateway.services.watch_systems import SystemChange
from schema.execution.executor import Operation, Response
from schema.execution.trusted import examine_documents
from schema.typed.building import Building, TypedFields
from tests.services.fakes import CITIZEN
from tests.sharing_typed.catalogues import SCHEMA, Desk, Shared
from tests.sharing_use.site import a_resource, a_staff_resource
from tests.web.gateways import TwoSystems

ASK = '{ shared_307001_00101(use: "u", grant: "g", idNumber: "k") { nodes { name } } }'
STAFF = '{ shared_307001_00102(use: "u", grant: "g", employer: "k") { nodes { name } } }'
OTHER_KEY = '{ shared_307001_00101(use: "u", grant: "g", name: "k") { nodes { idNumber } } }'


class Waiting(Shared):
    """Gives its answer when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: SharedRequest, call: Call) -> SharedRecords:
        self.begun.set()
        await self.go.wait()
        return await super().__call__(request, call)


def number(response: Response) -> Any:
    return response.body["errors"][0]["extensions"]["number"]


async def test_a_new_catalogue_has_its_fields_and_no_others() -> None:
    desk = Desk()
    assert number(await desk.ask(STAFF)) == problems.DOCUMENT_INVALID.number
    await desk.typed.adopt([a_staff_resource()])
    assert "errors" not in (await desk.ask(STAFF)).body
    assert number(await desk.ask(ASK)) == problems.DOCUMENT_INVALID.number
    await desk.typed.adopt([])
    assert number(await desk.ask(STAFF)) == problems.DOCUMENT_INVALID.number


async def test_a_running_query_ends_by_the_schema_that_it_began_with() -> None:
    waiting = Waiting()
    desk = Desk(fetch_shared=waiting)
    waiting.records = [{"name": "张三"}]
    running = asyncio.create_task(desk.ask(ASK))
    await waiting.begun.wait()
    await desk.typed.adopt([a_resource(keys=("name",))])
    waiting.go.set()
    assert (await running).body == {"data": {"shared_307001_00101": {"nodes": [{"name": "张三"}]}}}
    assert number(await desk.ask(ASK)) == problems.DOCUMENT_INVALID.number, "the key is another one by now"
    assert "errors" not in (await desk.ask(OTHER_KEY)).body


async def test_an_open_stream_goes_on_by_the_schema_that_it_began_with() -> None:
    events: asyncio.Queue[SystemChange | None] = asyncio.Queue()

    async def changes() -> AsyncGenerator[SystemChange, None]:
        while (change := await events.get()) is not None:
            yield change

    desk = Desk(watch_systems=lambda _: changes())
    text = "subscription { systemHealth { from to } } # shared_307001_00101"
    stream = await desk.executor.subscribe(Operation(query=text), desk.call())
    assert isinstance(stream, AsyncGenerator)
    told = {"data": {"systemHealth": {"from": "UP", "to": "DOWN"}}}
    change = HealthChange(code="s", before=SystemState.UP, after=SystemState.DOWN, at=datetime(2026, 3, 2, tzinfo=UTC))
    system = TwoSystems().systems()[0]
    await events.put(SystemChange(system, change))
    assert (await anext(stream)).body == told
    await desk.typed.adopt([])
    await events.put(SystemChange(system, change))
    assert (await anext(stream)).body == told
    await events.put(None)
    assert [one async for one in stream] == []


async def test_what_names_nothing_of_the_catalogue_is_prepared_once_for_all_editions() -> None:
    desk = Desk()
    caller = desk.call().caller
    before = desk.editions.of("{ viewer { __typename } }", caller)
    await desk.typed.adopt([a_staff_resource()])
    assert desk.editions.of("{ viewer { __typename } }", caller) is before is desk.editions.static
    assert desk.editions.of(STAFF, caller) is desk.editions.current


async def test_documents_go_with_their_edition() -> None:
    desk = Desk()
    await desk.ask(ASK)
    gone = weakref.ref(desk.editions.current)
    await desk.typed.adopt([a_resource()])
    await desk.ask(ASK)
    gc.collect()
    assert gone() is None


async def test_a_catalogue_that_gives_no_schema_leaves_the_one_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    before = desk.editions.current
    monkeypatch.setattr("schema.typed.fields.KIND", "__")
    with capture_logs() as logs:
        await desk.typed.adopt([a_resource()])
    assert [(one["event"], "must not begin" in one["reason"]) for one in logs] == [("schema.edition.refused", True)]
    monkeypatch.delattr("schema.typed.fields.KIND")
    with capture_logs() as logs:
        await desk.typed.adopt([a_resource()])
    assert [one["event"] for one in logs] == ["schema.edition.defect"]
    assert desk.editions.current is before
    assert "errors" not in (await desk.ask(ASK)).body


async def test_what_has_no_room_is_told() -> None:
    desk = Desk()
    typed = TypedFields(desk.editions, Building(SCHEMA, most=1))
    with capture_logs() as logs:
        await typed.adopt([a_resource()])
        await typed.adopt([a_resource(), a_staff_resource()], left_out=5)
    assert [(one["event"], one["fields"], one.get("left_out")) for one in logs] == [
        ("schema.edition", 1, None),
        ("schema.edition.incomplete", 1, 6),
    ]
    assert dict(desk.editions.current.typed) == {"307001/00101": "shared_307001_00101"}


# ---- asking for the schema


async def test_the_schema_is_told_as_it_is_at_the_time() -> None:
    desk = Desk()
    told = (await desk.ask(get_introspection_query())).body["data"]["__schema"]["types"]
    assert {"Shared_307001_00101", "Shared_307001_00101_Result", "Decimal"} <= {kind["name"] for kind in told}
    await desk.typed.adopt([])
    found = await desk.ask("query ($n: String!) { __typename __type(name: $n) { name } }", n="Shared_307001_00101")
    assert found.body == {"data": {"__typename": "Query", "__type": None}}


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { __typename } viewer { __typename } }",
        "{ ...F } fragment F on Query { __schema { __typename } }",
    ],
)
async def test_who_asks_for_the_schema_asks_for_nothing_else(query: str) -> None:
    answer = await Desk().ask(query)
    assert number(answer) == problems.DOCUMENT_INVALID.number
    assert "__schema" in answer.body["errors"][0]["message"]
    assert "data" not in answer.body


async def test_a_variable_of_such_a_question_may_be_wrong_too() -> None:
    answer = await Desk().ask("query ($n: String!) { __type(name: $n) { name } }", n=7)
    assert answer.body["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_to_whom_the_catalogue_is_closed_the_schema_is_the_static_one() -> None:
    told = await Desk().ask("{ __schema { types { name } } }", person=CITIZEN)
    names = [kind["name"] for kind in told.body["data"]["__schema"]["types"]]
    assert not [name for name in names if name.startswith("Shared_")]


# ---- trusted documents


def test_a_trusted_document_may_name_what_the_catalogue_has_on_another_day() -> None:
    texts: dict[str, str] = {"1": ASK, "2": "{ shared_307001_00101(", "3": "{ nowhere }"}
    found: Sequence[tuple[str, str]] = list(examine_documents(SCHEMA, texts))
    assert [digest for digest, _ in found] == ["2", "3"]
