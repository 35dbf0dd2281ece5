"""Server-sent events by graphql-sse's protocol: both modes, whose a stream is, its bounds, and how it ends."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from gateway.core.system import SystemState
from gateway.core.telemetry import StreamKind
from gateway.web.streams import StreamLimits
from tests.servers.client import http_client
from tests.services.fakes import CITIZEN, OFFICER, ManualClock
from tests.web.live import PORTAL, StreamingGateway, live

WATCH = "subscription { systemHealth { system { code } to } }"
SLOW = '{ licence(use: "u", id: "i") { licence { id } } }'
COUNT = "{ systems { totalCount } }"
COUNTED = {"data": {"systems": {"totalCount": 2}}}
EVENTS = {"accept": "text/event-stream"}
TOKEN = "x-graphql-event-stream-token"


class Reader:
    """Reads events from a stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self) -> tuple[str, Any]:
        """The next event: its name, and its data if there is any."""
        name, data = "", None
        async for line in self._lines:
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:]) if line[6:] else None
            elif not line and name:
                return name, data
        return "end", None

    async def line(self) -> str:
        return await anext(self._lines)


class Caller:
    """A caller of a gateway that listens."""

    def __init__(self, gateway: StreamingGateway, url: str) -> None:
        self.gateway = gateway
        self.client = http_client(base_url=url, headers=gateway.headers())

    @asynccontextmanager
    async def stream(
        self, query: str | None = None, path: str = "/graphql", headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Reader]:
        """A stream: of the operation, or of what was reserved."""
        body: dict[str, Any] = {"json": {"query": query}} if query else {}
        method = "POST" if query else "GET"
        async with self.client.stream(method, path, headers={**EVENTS, **(headers or {})}, **body) as response:
            if response.status_code != 200:
                await response.aread()
            yield Reader(response)

    async def reserve(self) -> dict[str, str]:
        """The header that names a newly reserved stream."""
        response = await self.client.put("/graphql/stream")
        assert response.status_code == 201
        return {TOKEN: response.text}

    async def start(self, reserved: Mapping[str, str], operation_id: Any, query: str) -> httpx.Response:
        body = {"query": query, "extensions": {"operationId": operation_id}}
        return await self.client.post("/graphql/stream", headers=reserved, json=body)

    async def complete(self, reserved: Mapping[str, str], operation_id: str) -> httpx.Response:
        return await self.client.delete("/graphql/stream", headers=reserved, params={"operationId": operation_id})


@asynccontextmanager
async def calling(gateway: StreamingGateway) -> AsyncIterator[Caller]:
    async with live(gateway) as url:
        caller = Caller(gateway, url)
        async with caller.client:
            yield caller


@pytest.fixture
async def gateway() -> StreamingGateway:
    return StreamingGateway()


@pytest.fixture
async def caller(gateway: StreamingGateway) -> AsyncIterator[Caller]:
    async with calling(gateway) as caller:
        yield caller


def number(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["number"])


# ---- a stream for each operation


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_a_query_is_one_event_and_the_end(caller: Caller, path: str) -> None:
    async with caller.stream(COUNT, path) as events:
        headers = events.response.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert await events.line() == ":"
        assert await events.event() == ("next", COUNTED)
        assert await events.event() == ("complete", None)
        assert await events.event() == ("end", None)


async def test_every_answer_has_the_number_under_which_the_log_knows_it(caller: Caller) -> None:
    client, own = caller.client, {"x-request-id": "abcdefgh-1"}
    with capture_logs([merge_contextvars]) as logged:
        async with caller.stream(COUNT, headers=own) as alone:
            assert await alone.event() == ("next", COUNTED)
        reserved = await client.put("/graphql/stream")
        token = {TOKEN: reserved.text}
        async with caller.stream(path="/graphql/stream", headers=token) as opened:
            started = await caller.start(token, "1", COUNT)
            assert (await opened.event())[0] == "next"
            ended = await caller.complete(token, "1")
            taken = await client.get("/graphql/stream", headers={**EVENTS, **token})
            unproven = await client.put("/graphql/stream", headers={"authorization": ""})
            unknown = await client.patch("/graphql/stream")
    responses = [alone.response, reserved, opened.response, started, ended, taken, unproven, unknown]
    assert [response.status_code for response in responses] == [200, 201, 200, 202, 200, 409, 401, 405]
    numbers = [response.headers["x-request-id"] for response in responses]
    assert numbers[0] == "abcdefgh-1"
    assert len(set(numbers)) == len(numbers)
    lines = {line["request_id"]: line["status"] for line in logged if line["event"] == "stream.request"}
    assert [lines[number] for number in numbers] == [response.status_code for response in responses]
    operations = {line["request_id"] for line in logged if line["event"] == "stream.operation"}
    assert operations == {alone.response.headers["x-request-id"], started.headers["x-request-id"]}


async def test_a_query_in_the_address_is_answered_too(caller: Caller) -> None:
    async with caller.client.stream("GET", "/graphql", params={"query": COUNT}, headers=EVENTS) as response:
        assert await Reader(response).event() == ("next", COUNTED)


async def test_those_who_also_read_json_get_json(caller: Caller) -> None:
    accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    response = await caller.client.post("/graphql", json={"query": COUNT}, headers={"accept": accept})
    assert response.json() == COUNTED


async def test_a_subscription_over_plain_http_is_told_what_it_needs(caller: Caller) -> None:
    for path in ("/graphql", "/graphql/stream"):
        response = await caller.client.post(path, json={"query": WATCH})
        assert number(response) == "YW-ST-01"


async def test_a_refused_operation_is_told_as_an_event(caller: Caller) -> None:
    async with caller.stream("{ nothing }") as events:
        name, data = await events.event()
        assert (name, data["errors"][0]["extensions"]["number"]) == ("next", "YW-GQ-02")
        assert await events.event() == ("complete", None)


async def test_a_subscription_tells_changes_and_a_reader_who_goes_ends_it(
    gateway: StreamingGateway, caller: Caller
) -> None:
    async with caller.stream(WATCH) as events:
        await gateway.health.watched()
        assert gateway.meter.open == {StreamKind.SSE: 1}
        gateway.health.tell("city", SystemState.DOWN)
        told = {"data": {"systemHealth": {"system": {"code": "city"}, "to": "DOWN"}}}
        assert await events.event() == ("next", told)
    await gateway.health.watched(0)
    await gateway.meter.none_open()


async def test_a_reader_who_goes_cancels_what_runs(gateway: StreamingGateway, caller: Caller) -> None:
    async with caller.stream(SLOW):
        await gateway.licence.asked.wait()
    await gateway.licence.cancelled.wait()


async def test_a_silent_stream_is_kept_alive() -> None:
    gateway = StreamingGateway(StreamLimits(heartbeat=0.02))
    async with calling(gateway) as caller, caller.stream(WATCH) as events:
        assert [await events.line() for _ in range(6)] == [":", ""] * 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer x.y.z"}, 401),
        ({"content-type": "text/plain"}, 415),
        ({"x-request-timeout": "x"}, 400),
    ],
    ids=["no proof", "wrong proof", "another type", "wrong header"],
)
async def test_what_is_refused_before_a_stream_begins_has_a_status(
    caller: Caller, headers: Mapping[str, str], status: int
) -> None:
    async with caller.stream(COUNT, headers=headers) as events:
        assert events.response.status_code == status
        assert events.response.json()["errors"][0]["extensions"]["remedy"]
        assert ("www-authenticate" in events.response.headers) is (status == 401)


async def test_a_body_that_is_too_big_is_refused(caller: Caller) -> None:
    async with caller.stream(COUNT + " " * 30_000) as events:
        assert events.response.status_code == 413


async def test_pages_of_allowed_origins_read_streams(caller: Caller) -> None:
    async with caller.stream(COUNT, headers={"origin": PORTAL}) as events:
        assert events.response.headers["access-control-allow-origin"] == PORTAL
    async with caller.stream(COUNT, headers={"origin": "https://evil.example"}) as events:
        assert "access-control-allow-origin" not in events.response.headers
    asked = await caller.client.options("/graphql/stream", headers={"origin": PORTAL})
    assert asked.status_code == 204
    assert "DELETE" in asked.headers["access-control-allow-methods"]
    assert TOKEN in asked.headers["access-control-allow-headers"]


# ---- one stream for many operations


async def test_operations_share_a_stream_and_are_told_apart(gateway: StreamingGateway, caller: Caller) -> None:
    reserved = await caller.reserve()
    async with caller.stream(None, "/graphql/stream", reserved) as events:
        assert (await caller.start(reserved, "w", WATCH)).status_code == 202
        await gateway.health.watched()
        assert (await caller.start(reserved, "q", COUNT)).status_code == 202
        assert await events.event() == ("next", {"id": "q", "payload": COUNTED})
        assert await events.event() == ("complete", {"id": "q"})
        gateway.health.tell("city", SystemState.DOWN)
        name, data = await events.event()
        assert (name, data["id"]) == ("next", "w")
        assert (await caller.complete(reserved, "w")).status_code == 200
        await gateway.health.watched(0)
        assert (await caller.start(reserved, "w", COUNT)).status_code == 202
        assert await events.event() == ("next", {"id": "w", "payload": COUNTED})
    await gateway.meter.none_open()
    assert number(await caller.start(reserved, "q", COUNT)) == "YW-ST-04"


async def test_completing_what_is_over_is_no_mistake(caller: Caller) -> None:
    reserved = await caller.reserve()
    async with caller.stream(None, "/graphql/stream", reserved):
        assert (await caller.complete(reserved, "unknown")).status_code == 200


async def test_a_stream_is_opened_once(caller: Caller) -> None:
    reserved = await caller.reserve()
    async with (
        caller.stream(None, "/graphql/stream", reserved),
        caller.stream(None, "/graphql/stream", reserved) as second,
    ):
        assert (second.response.status_code, number(second.response)) == (409, "YW-ST-05")


async def test_nothing_is_started_in_a_stream_that_is_not_open(caller: Caller) -> None:
    response = await caller.start(await caller.reserve(), "1", COUNT)
    assert (response.status_code, number(response)) == (404, "YW-ST-04")


@pytest.mark.parametrize(
    ("operation_id", "status", "said"),
    [("taken", 409, "YW-ST-07"), ("", 400, "YW-ST-06"), (None, 400, "YW-ST-06"), (7, 400, "YW-ST-06"),
     ("x" * 129, 400, "YW-ST-06")],
    ids=["taken", "empty", "none", "number", "long"],
)  # fmt: skip
async def test_every_operation_has_an_id_of_its_own(
    gateway: StreamingGateway, caller: Caller, operation_id: object, status: int, said: str
) -> None:
    reserved = await caller.reserve()
    async with caller.stream(None, "/graphql/stream", reserved):
        await caller.start(reserved, "taken", SLOW)
        await gateway.licence.asked.wait()
        response = await caller.start(reserved, operation_id, COUNT)
        assert (response.status_code, number(response)) == (status, said)


async def test_operations_of_a_stream_are_bounded(gateway: StreamingGateway, caller: Caller) -> None:
    gateway.streams.limits = StreamLimits(operations=1)
    reserved = await caller.reserve()
    async with caller.stream(None, "/graphql/stream", reserved):
        await caller.start(reserved, "1", SLOW)
        response = await caller.start(reserved, "2", COUNT)
        assert (response.status_code, number(response)) == (429, "YW-ST-03")


@pytest.mark.parametrize("who", ["another person", "the application alone"])
async def test_a_stream_is_of_use_to_nobody_else(gateway: StreamingGateway, caller: Caller, who: str) -> None:
    reserved = await caller.reserve()
    another = gateway.headers(OFFICER if who == "another person" else None)
    async with caller.stream(None, "/graphql/stream", {**reserved, **another}) as stolen:
        assert (stolen.response.status_code, number(stolen.response)) == (404, "YW-ST-04")
    async with caller.stream(None, "/graphql/stream", reserved) as own:
        assert own.response.status_code == 200
        assert (await caller.start({**reserved, **another}, "1", COUNT)).status_code == 404
        assert (await caller.complete({**reserved, **another}, "1")).status_code == 404


async def test_what_was_reserved_and_not_opened_is_given_up() -> None:
    clock = ManualClock()
    gateway = StreamingGateway(StreamLimits(per_person=1, opening=10), clock)
    async with calling(gateway) as caller:
        reserved = await caller.reserve()
        refused = await caller.client.put("/graphql/stream")
        assert (refused.status_code, number(refused)) == (429, "YW-ST-02")
        clock.step(11)
        async with caller.stream(None, "/graphql/stream", reserved) as late:
            assert late.response.status_code == 404
        assert await caller.reserve() != reserved


async def test_methods_that_streams_do_not_have_are_refused(caller: Caller) -> None:
    assert (await caller.client.patch("/graphql/stream")).status_code == 405
    assert number(await caller.client.delete("/graphql/stream")) == "YW-ST-01"


# ---- how streams end


async def test_a_stream_ends_when_its_caller_is_no_longer_proven() -> None:
    clock = ManualClock()
    gateway = StreamingGateway(StreamLimits(proof=0.02), clock)
    async with calling(gateway) as caller:
        brief = {"authorization": f"Bearer {gateway.token(CITIZEN, timedelta(minutes=1))}"}
        async with caller.stream(WATCH, headers=brief) as events:
            await gateway.health.watched()
            clock.step(300)
            assert [await events.event() for _ in range(2)] == [("complete", None), ("end", None)]


async def test_a_stream_ends_when_it_has_lived_long_enough() -> None:
    clock = ManualClock()
    gateway = StreamingGateway(StreamLimits(proof=0.02, lifetime=60), clock)
    async with calling(gateway) as caller, caller.stream(WATCH) as events:
        await gateway.health.watched()
        clock.step(61)
        assert [await events.event() for _ in range(2)] == [("complete", None), ("end", None)]


async def test_a_gateway_that_stops_completes_subscriptions_answers_the_rest_and_opens_no_streams(
    gateway: StreamingGateway, caller: Caller
) -> None:
    reserved = await caller.reserve()
    async with caller.stream(None, "/graphql/stream", reserved) as events:
        await caller.start(reserved, "w", WATCH)
        await caller.start(reserved, "q", SLOW)
        await gateway.licence.asked.wait()
        await gateway.health.watched()
        gateway.stopping.end()
        assert await events.event() == ("complete", {"id": "w"})
        gateway.licence.may_answer.set()
        assert await events.event() == ("next", {"id": "q", "payload": {"data": {"licence": None}}})
        assert [await events.event() for _ in range(2)] == [("complete", {"id": "q"}), ("end", None)]
    refused = await caller.client.put("/graphql/stream")
    assert (refused.status_code, number(refused)) == (503, "YW-ST-08")


async def test_readiness_tells_of_the_end_first(gateway: StreamingGateway, caller: Caller) -> None:
    gateway.stopping.leave()
    ready = await caller.client.get("/readyz")
    assert (ready.status_code, list(ready.json()["missing"])) == (503, ["stopping"])
    async with caller.stream(COUNT) as events:
        assert await events.event() == ("next", COUNTED)


async def test_a_defect_is_told_with_its_number_and_nothing_else(
    gateway: StreamingGateway, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise LookupError("420106199001011231")

    monkeypatch.setattr("schema.execution.executor.Executor.subscribe", broken)
    async with caller.stream(COUNT) as events:
        name, data = await events.event()
    assert (name, data["errors"][0]["extensions"]["number"]) == ("next", "YW-GQ-99")
    assert "4201" not in json.dumps(data)
