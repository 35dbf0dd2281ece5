"""Headers about a request: its number, its place in a trace, its deadline and how long to wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from starlette.datastructures import Headers

from gateway.core.call import Call, Trace
from gateway.core.caller import Person, Role
from gateway.core.errors import StoreUnavailable
from gateway.core.rate import Admission, Rate, Rates
from gateway.core.telemetry import NoTracer, Span
from gateway.settings import Mode, Settings
from gateway.system_clock import SystemClock
from gateway.web.headers import IndexedHeaders
from schema.execution.executor import Fate, Operation, Response
from schema.execution.introspection import Introspection
from tests.services.fakes import CITIZEN
from tests.web.gateways import Gateway

VIEWER = msgspec.json.encode({"query": "{ viewer { __typename } }"})
GRAPHQL = "application/graphql-response+json"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled=True)


class Watched(NoTracer):
    """An executor and tracer that keep what they are given."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.parents: list[Trace | None] = []

    async def execute(self, operation: Operation, call: Call) -> Response:
        self.calls.append(call)
        return Response(Fate.EXECUTED, {"data": {}})

    @contextmanager
    def operation(self, request_id: str, parent: Trace | None) -> Iterator[Span]:
        self.parents.append(parent)
        yield self


def test_headers_are_looked_up_as_the_library_does() -> None:
    raw = [(b"accept", b"a/b"), (b"x-what", b"\xe9"), (b"accept", b"c/d")]
    ours, theirs = IndexedHeaders({"type": "http", "headers": raw}), Headers(raw=raw)
    for name in ("accept", "Accept", "X-What", "missing"):
        assert ours.get(name) == theirs.get(name)
        assert ours.get(name, "other") == theirs.get(name, "other")
        assert ours.getlist(name) == theirs.getlist(name)
    assert ours["accept"] == theirs["accept"]


# ---- its number


@pytest.mark.parametrize("number", ["abcdefgh", "3f0c6f1e-9d1d-4d3e-8b86-1f6cf5a8a1f0", "A" * 64])
async def test_a_well_formed_number_of_the_caller_is_taken(number: str) -> None:
    watched = Watched()
    response = await Gateway(executor=watched).post(VIEWER, headers={"x-request-id": number})
    assert response.headers["x-request-id"] == watched.calls[0].request_id == number


@pytest.mark.parametrize("number", [None, "", "short", "A" * 65, "a b c d e f", "<script>x</script>", "abcdefgh\u00e9"])
async def test_any_other_gives_way_to_our_own(gateway: Gateway, number: str | None) -> None:
    response = await gateway.post(VIEWER, headers={"x-request-id": number.encode("latin-1") if number else number})
    assert len(response.headers["x-request-id"]) == 16
    assert response.headers["x-request-id"] != number


async def test_two_numbers_are_none(gateway: Gateway) -> None:
    headers = [*gateway.headers().items(), ("x-request-id", "abcdefgh"), ("x-request-id", "ijklmnop")]
    response = await gateway.client.post("/graphql", content=VIEWER, headers=headers)
    assert len(response.headers["x-request-id"]) == 16


# ---- its trace


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ([], None),
        ([("traceparent", TRACEPARENT)], TRACE),
        ([("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)], None),
        ([("traceparent", TRACEPARENT + "x")], None),
    ],
)
async def test_the_callers_trace_goes_with_the_call(headers: list[tuple[str, str]], trace: Trace | None) -> None:
    watched = Watched()
    gateway = Gateway(executor=watched, tracer=watched)
    sent = [*gateway.headers().items(), *headers]
    assert (await gateway.client.post("/graphql", content=VIEWER, headers=sent)).status_code == 200
    assert [call.trace for call in watched.calls] == watched.parents == [trace]


# ---- its deadline


class Late:
    """An executor whose answer comes a moment after the deadline, or never."""

    def __init__(self, *, ever: bool) -> None:
        self.ever = ever
        self.clock = SystemClock()

    async def execute(self, operation: Operation, call: Call) -> Response:
        if not self.ever:
            await asyncio.Event().wait()
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(call.deadline.remaining(self.clock) + 0.002, over.set)
        await over.wait()
        return Response(Fate.EXECUTED, {"data": {"late": True}})


async def test_an_answer_that_is_put_together_at_the_deadline_is_still_sent() -> None:
    response = await Gateway(executor=Late(ever=True)).post(VIEWER, headers={"x-request-timeout": "5"})
    assert (response.status_code, response.json()) == (200, {"data": {"late": True}})


async def test_what_does_not_end_soon_after_the_deadline_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.web.graphql._GRACE_SECONDS", 0.005)
    response = await Gateway(executor=Late(ever=False)).post(VIEWER, headers={"x-request-timeout": "5"})
    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["number"] == "YW-GQ-05"


# ---- how often


async def test_who_asks_too_often_is_told_how_long_to_wait() -> None:
    rates = Rates(application=Rate(0.1, 1.0), strangers=Rate(0.1, 1.0))
    gateway = Gateway(admission=Admission(rates, SystemClock()))
    assert (await gateway.post(VIEWER)).status_code == 200
    refused = await gateway.post(VIEWER)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.json()["errors"][0]["extensions"]["number"] == "YW-LI-03"


# ---- whom the store fails


async def test_a_store_that_cannot_be_reached_is_503() -> None:
    class Unreachable:
        async def execute(self, operation: Operation, call: Call) -> Response:
            raise StoreUnavailable("no route")

    response = await Gateway(executor=Unreachable()).post(VIEWER)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["number"] == "YW-GQ-98"
    assert "no route" not in response.text


# ---- who may ask for the schema

STAFF = Person(subject="o-1", role=Role.OPERATIONS, name="运维示例", account="ops-1")
SCHEMA = "{ __schema { queryType { name } } }"


@pytest.mark.parametrize(
    ("setting", "person", "allowed"),
    [("", CITIZEN, False), ("", STAFF, True), ("portal", CITIZEN, True), ("other", CITIZEN, False), ("*", None, True)],
)
async def test_the_schema_is_told_to_those_who_may(setting: str, person: Any, allowed: bool) -> None:
    gateway = Gateway(introspection=Introspection.parse(setting))
    body = msgspec.json.encode({"query": SCHEMA})
    response = await gateway.post(body, person=person, headers={"accept": GRAPHQL, "accept-language": "en"})
    if allowed:
        assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    else:
        assert response.status_code == 403
        extensions = response.json()["errors"][0]["extensions"]
        assert extensions["number"] == "YW-GQ-16"
        assert "schema.graphql" in extensions["remedy"]


@pytest.mark.parametrize(
    ("mode", "setting", "listed"),
    [
        (Mode.DEVELOPMENT, "", "*"),
        (Mode.DEVELOPMENT, "portal", "portal"),
        (Mode.PRODUCTION, "", ""),
        (Mode.PRODUCTION, "portal", "portal"),
    ],
)
def test_development_lets_everybody_introspect_and_production_nobody_unlisted(
    mode: Mode, setting: str, listed: str
) -> None:
    assert Settings(mode=mode, introspection=setting).introspecting == listed


@pytest.mark.parametrize(("setting", "helped"), [("*", True), ("", False)])
async def test_only_who_may_ask_for_the_schema_is_helped_with_names(setting: str, helped: bool) -> None:
    gateway = Gateway(introspection=Introspection.parse(setting))
    answer = await gateway.ask("{ viewe { __typename } licenceTypes(firs: 2) { totalCount } }")
    messages = [error["message"] for error in answer["errors"]]
    assert len(messages) == 2
    assert all(("Did you mean" in message) is helped for message in messages)
