"""graphql-transport-ws, message by message: what its protocol asks for, its bounds, and how a socket ends."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from wsproto.events import CloseConnection, Ping, Pong

from gateway.cli.connections import ConnectionLimits
from gateway.core.system import SystemState
from gateway.core.telemetry import StreamKind
from gateway.web.streams import StreamLimits
from tests.services.fakes import OFFICER, START, ManualClock
from tests.web.live import PORTAL, StreamingGateway, live
from tests.web.sockets import Rejected, Socket, opened

WATCH = "subscription { systemHealth { system { code state } from to at } }"
SLOW = '{ licence(use: "u", id: "i") { licence { id } } }'
CHANGE = {
    "system": {"code": "city", "state": "UP"},
    "from": "UP",
    "to": "DOWN",
    "at": START.isoformat(),
}


@pytest.fixture
async def gateway() -> StreamingGateway:
    return StreamingGateway()


@pytest.fixture
async def url(gateway: StreamingGateway) -> AsyncIterator[str]:
    async with live(gateway) as url:
        yield url


@pytest.fixture
async def socket(gateway: StreamingGateway, url: str) -> AsyncIterator[Socket]:
    """An open socket, not yet begun."""
    async with opened(url, gateway.headers()) as socket:
        yield socket


@pytest.fixture
async def begun(socket: Socket) -> Socket:
    """An acknowledged socket."""
    socket.begin()
    assert await socket.heard() == {"type": "connection_ack"}
    return socket


# ---- the handshake and who asks


async def test_the_subprotocol_is_chosen_or_the_socket_closed(gateway: StreamingGateway, url: str) -> None:
    async with opened(url, gateway.headers(), ("graphql-ws", "graphql-transport-ws")) as socket:
        assert socket.subprotocol == "graphql-transport-ws"
    for offered in ((), ("graphql-ws",)):
        async with opened(url, gateway.headers(), offered) as socket:
            assert (await socket.closed()).code == 4406


@pytest.mark.parametrize("origin", [None, PORTAL, "own"])
async def test_pages_of_our_own_and_of_allowed_origins_open_sockets(url: str, origin: str | None) -> None:
    async with opened(url, {} if origin is None else {"origin": url if origin == "own" else origin}):
        pass


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", f"{PORTAL}.evil.example"])
async def test_no_other_page_opens_a_socket(gateway: StreamingGateway, url: str, origin: str) -> None:
    with pytest.raises(Rejected) as caught:
        async with opened(url, {**gateway.headers(), "origin": origin}):
            pass
    assert caught.value.status == 403


async def test_the_payload_proves_the_caller_where_a_browser_can_set_no_headers(
    gateway: StreamingGateway, url: str
) -> None:
    async with opened(url) as socket:
        socket.begin({"Authorization": f"Bearer {gateway.token()}", "Accept-Language": "en", "other": 1})
        assert await socket.heard() == {"type": "connection_ack"}
        socket.ask("1", "{ viewer { application { code } person { name } } }")
        assert (await socket.heard())["payload"]["data"]["viewer"]["application"] == {"code": "portal"}


async def test_what_the_payload_says_takes_the_place_of_a_header(gateway: StreamingGateway, url: str) -> None:
    async with opened(url, {"authorization": "Bearer nothing"}) as socket:
        socket.begin({"authorization": f"Bearer {gateway.token()}"})
        assert await socket.heard() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer x.y.z"}, {"authorization": 7}])
async def test_who_proves_nothing_is_closed_with_4403(url: str, payload: dict[str, object] | None) -> None:
    async with opened(url) as socket:
        socket.begin(payload)
        assert (await socket.closed()).code == 4403


async def test_who_does_not_begin_in_time_is_closed_with_4408() -> None:
    gateway = StreamingGateway(StreamLimits(opening=0.1))
    async with live(gateway) as url, opened(url, gateway.headers()) as socket:
        socket.say({"type": "ping"})
        assert await socket.heard() == {"type": "pong"}
        assert (await socket.closed()).code == 4408


async def test_the_time_of_a_request_s_head_is_not_that_of_a_socket() -> None:
    gateway = StreamingGateway(StreamLimits(opening=0.4))
    async with (
        live(gateway, ConnectionLimits(head=0.1)) as url,
        opened(url) as silent,
        opened(url, gateway.headers()) as begun,
    ):
        begun.begin()
        assert await begun.heard() == {"type": "connection_ack"}
        assert (await silent.closed()).code == 4408  # long after the head of either would have been overdue
        begun.say({"type": "ping"})
        assert await begun.heard() == {"type": "pong"}


async def test_nothing_is_asked_before_the_acknowledgement(socket: Socket) -> None:
    socket.ask("1", "{ viewer { application { code } } }")
    assert (await socket.closed()).code == 4401


async def test_a_second_beginning_closes_with_4429(begun: Socket) -> None:
    begun.begin()
    assert (await begun.closed()).code == 4429


# ---- messages


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        '"ping"',
        "{}",
        '{"type": "start"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": "1", "id": "2"}',
        '{"type": "complete", "id": "' + "x" * 200 + '"}',
        '{"type": "ping", "payload": ' + "[" * 9_000 + "}",
        b'{"type": "ping"}',
    ],
    ids=[
        "empty", "half", "list", "text", "no type", "unknown type", "no payload", "empty id", "no id", "no query",
        "complete without id", "key twice", "long id", "deep", "bytes",
    ],
)  # fmt: skip
async def test_what_is_no_message_closes_with_4400(begun: Socket, message: str | bytes) -> None:
    begun.say(message)
    closed = await begun.closed()
    assert (closed.code, closed.reason[:15]) == (4400, "Invalid message")


async def test_a_message_that_is_too_big_closes_with_1009(begun: Socket) -> None:
    begun.say('{"type": "ping", "payload": {"a": "' + "x" * 30_000 + '"}}')
    assert (await begun.closed()).code == 1009


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),
        (b"\x81\x01a", 1002),
        (b"\xc1\x81\0\0\0\0a", 1002),
        (b"\x83\x81\0\0\0\0a", 1002),
        (b"\x09\x81\0\0\0\0a", 1002),
    ],
    ids=["bad utf-8", "no mask", "reserved bit", "unknown opcode", "control in fragments"],
)
async def test_frames_that_cannot_be_read_close_with_what_is_wrong(
    gateway: StreamingGateway, begun: Socket, frame: bytes, code: int
) -> None:
    begun.ask("1", WATCH)
    await gateway.health.watched()
    begun.writer.write(frame)
    assert (await begun.closed()).code == code
    await gateway.health.watched(0)
    await gateway.meter.none_open()


async def test_pings_are_answered_with_what_they_say(begun: Socket) -> None:
    for payload in ({}, {"payload": None}, {"payload": {"a": 1}}):
        begun.say({"type": "ping", **payload})
        expected = {"type": "pong", **(payload if payload.get("payload") else {})}
        assert await begun.heard() == expected
    begun.say({"type": "pong"})
    begun.emit(Ping(payload=b"ours"))
    while not isinstance(event := await begun.event(), Pong):
        pass
    assert bytes(event.payload) == b"ours"


async def test_an_operation_is_answered_completed_and_its_id_free_again(begun: Socket) -> None:
    for _ in range(2):
        begun.ask("1", "query A($first: Int) { systems(first: $first) { totalCount } }", variables={"first": 1})
        answer = {"data": {"systems": {"totalCount": 2}}}
        assert await begun.heard() == {"type": "next", "id": "1", "payload": answer}
        assert await begun.heard() == {"type": "complete", "id": "1"}


async def test_a_refused_operation_ends_with_an_error_and_nothing_else(begun: Socket) -> None:
    begun.ask("1", "{ nothing }")
    begun.ask("2", "{ systems { totalCount } }")
    heard = [await begun.heard() for _ in range(3)]
    [error] = [message for message in heard if message["id"] == "1"]
    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["number"] == "YW-GQ-02"
    assert [message["type"] for message in heard if message["id"] == "2"] == ["next", "complete"]


async def test_a_subscription_tells_changes_until_it_is_completed(gateway: StreamingGateway, begun: Socket) -> None:
    begun.ask("1", WATCH)
    await gateway.health.watched()
    gateway.health.tell("province", SystemState.DOWN)
    gateway.health.tell("city", SystemState.DOWN)
    told = [(await begun.heard())["payload"]["data"]["systemHealth"] for _ in range(2)]
    assert [change["system"]["code"] for change in told] == ["province", "city"]
    assert told[1] == CHANGE
    begun.complete("1")
    await gateway.health.watched(0)
    begun.ask("1", "{ systems { totalCount } }")  # nothing more is said of the first
    assert [(await begun.heard())["type"] for _ in range(2)] == ["next", "complete"]


async def test_a_source_that_breaks_ends_its_subscription_without_a_word_of_why(
    gateway: StreamingGateway, begun: Socket
) -> None:
    begun.ask("1", WATCH)
    await gateway.health.watched()
    gateway.health.send(LookupError("420106199001011231"))
    error = await begun.heard()
    assert error["type"] == "error"
    assert error["payload"][0]["extensions"]["code"] == "INTERNAL"
    assert "4201" not in str(error)


async def test_an_id_that_runs_already_closes_with_4409(gateway: StreamingGateway, begun: Socket) -> None:
    begun.ask("甲" * 100, SLOW)
    await gateway.licence.asked.wait()
    begun.ask("甲" * 100, SLOW)
    assert (await begun.closed()).code == 4409
    await gateway.licence.cancelled.wait()


async def test_completing_what_nobody_knows_is_no_breach(begun: Socket) -> None:
    begun.complete("1")
    begun.say({"type": "ping"})
    assert await begun.heard() == {"type": "pong"}


async def test_completing_a_query_cancels_it(gateway: StreamingGateway, begun: Socket) -> None:
    begun.ask("1", SLOW)
    await gateway.licence.asked.wait()
    begun.complete("1")
    await gateway.licence.cancelled.wait()


async def test_an_operation_has_its_deadline(gateway: StreamingGateway, url: str) -> None:
    async with opened(url, {**gateway.headers(), "x-request-timeout": "50"}) as socket:
        socket.begin()
        await socket.heard()
        socket.ask("1", SLOW)
        error = await socket.heard()
    assert (error["type"], error["payload"][0]["extensions"]["code"]) == ("error", "TIMEOUT")


# ---- bounds and ends


async def test_operations_of_a_socket_are_bounded(url: str, gateway: StreamingGateway, begun: Socket) -> None:
    gateway.streams.limits = StreamLimits(operations=2)
    for number in range(3):
        begun.ask(str(number), SLOW)
    error = await begun.heard()
    assert (error["type"], error["id"]) == ("error", "2")
    assert error["payload"][0]["extensions"]["number"] == "YW-ST-03"


async def test_streams_of_a_person_are_bounded_and_places_become_free() -> None:
    gateway = StreamingGateway(StreamLimits(per_person=1))
    async with live(gateway) as url, opened(url, gateway.headers()) as first:
        first.begin()
        await first.heard()
        async with opened(url, gateway.headers()) as second:
            second.begin()
            assert (await second.closed()).code == 1013
        async with opened(url, gateway.headers(OFFICER)) as another:
            another.begin()
            assert await another.heard() == {"type": "connection_ack"}
        first.emit(CloseConnection(code=1000))
        await gateway.meter.none_open()
        async with opened(url, gateway.headers()) as third:
            third.begin()
            assert await third.heard() == {"type": "connection_ack"}
            assert gateway.meter.open == {StreamKind.WEBSOCKET: 1}


async def test_streams_of_an_application_are_bounded() -> None:
    gateway = StreamingGateway(StreamLimits(per_application=1))
    async with live(gateway) as url, opened(url, gateway.headers()) as first:
        first.begin()
        await first.heard()
        async with opened(url, gateway.headers(OFFICER)) as second:
            second.begin()
            assert (await second.closed()).code == 1013


async def test_a_socket_that_goes_takes_everything_with_it(gateway: StreamingGateway, begun: Socket) -> None:
    begun.ask("1", WATCH)
    begun.ask("2", SLOW)
    await gateway.health.watched()
    await gateway.licence.asked.wait()
    begun.writer.transport.abort()
    await gateway.licence.cancelled.wait()
    await gateway.health.watched(0)
    await gateway.meter.none_open()


async def test_a_reader_who_takes_nothing_is_cut_off(gateway: StreamingGateway) -> None:
    limits = ConnectionLimits(reading=0.3)
    async with live(gateway, limits) as url, opened(url, gateway.headers(), buffer=4_096) as socket:
        socket.begin()
        await socket.heard()
        socket.ask("1", "subscription { systemHealth { " + " ".join(f"a{n}: at" for n in range(20)) + " } }")
        await gateway.health.watched()
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's
        for _ in range(10_000):
            gateway.health.tell("city", SystemState.DOWN)
        await gateway.health.watched(0)
        await gateway.meter.none_open()


async def test_a_stream_ends_when_its_caller_is_no_longer_proven() -> None:
    clock = ManualClock()
    gateway = StreamingGateway(StreamLimits(proof=0.02), clock)
    async with live(gateway) as url, opened(url) as socket:
        socket.begin({"authorization": f"Bearer {gateway.token(lifetime=timedelta(minutes=5))}"})
        await socket.heard()
        socket.ask("1", WATCH)
        await gateway.health.watched()
        clock.step(600)
        assert (await socket.closed()).code == 4403
        await gateway.health.watched(0)


async def test_a_stream_ends_when_it_has_lived_long_enough() -> None:
    clock = ManualClock()
    gateway = StreamingGateway(StreamLimits(proof=0.02, lifetime=100), clock)
    async with live(gateway) as url, opened(url, gateway.headers()) as socket:
        socket.begin()
        await socket.heard()
        clock.step(101)
        assert (await socket.closed()).code == 1001


async def test_a_gateway_that_stops_answers_what_runs_and_goes_away(gateway: StreamingGateway, begun: Socket) -> None:
    begun.ask("1", WATCH)
    begun.ask("2", SLOW)
    await gateway.health.watched()
    await gateway.licence.asked.wait()
    gateway.stopping.end()
    await gateway.health.watched(0)
    begun.ask("3", WATCH)
    late = await begun.heard()
    assert (late["type"], late["payload"][0]["extensions"]["number"]) == ("error", "YW-ST-08")
    gateway.licence.may_answer.set()
    assert await begun.heard() == {"type": "next", "id": "2", "payload": {"data": {"licence": None}}}
    assert await begun.heard() == {"type": "complete", "id": "2"}
    assert (await begun.closed()).code == 1001


async def test_a_gateway_that_stops_opens_no_sockets(gateway: StreamingGateway, url: str, socket: Socket) -> None:
    gateway.stopping.end()
    with pytest.raises(Rejected) as caught:
        async with opened(url, gateway.headers()):
            pass
    assert caught.value.status == 503
    socket.begin()
    assert (await socket.closed()).code == 1013
