"""The operational record of what really went over the wire, and the digests of what came back."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from adapters.kit.opening import OpenSystem
from gateway.core.call import Call
from gateway.core.call_record import BreakerState, CallKind, CallRecord, NotSent, Received
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.licence import KEY_FIELDS, Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome, ServedFrom
from gateway.core.ports import Answer, FileAnswer
from tests.kit.small_systems import HEAD, LIST, REST, ROWS, Asked, Reply, SmallServer, Workshop, small_server
from tests.sandbox.callers import SteppedClock

NUMBER = "42010219990101002X"
QUERY = LicenceQuery(holder=Holder("111", NUMBER, "测试甲"))
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
SESSION = """
auth:
  session:
    login: login
    token: token
    into: header.X-Token
    maxAge: 10m
    expired: {at: code, in: ["9"]}
"""
LOGIN = """
  login: {http: {method: POST, path: /login}, request: {user: {setting: sample/user}}}
"""


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with small_server() as running:
        yield running


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with AsyncExitStack() as stack:
        yield Workshop(tmp_path, SteppedClock(), stack)


async def opened(workshop: Workshop, server: SmallServer, operations: str = LIST, more: str = "") -> OpenSystem:
    manifest = f"{HEAD}{REST}{more}operations:{operations}"
    url = f"http://127.0.0.1:{server.port}"
    system = await workshop.open(workshop.deployed(manifest, {"url": url, "user": "gateway"}))
    assert system.source is not None, system.health.health().last_error
    return system


def call_of(seconds: float = 5.0) -> Call:
    return Call(request_id="r1", caller=Caller(Application("portal", "门户")), deadline=Deadline(seconds))


async def listed(system: OpenSystem, call: Call | None = None) -> Answer:
    assert system.source is not None
    return await system.source.list(QUERY, KEY_FIELDS, call or call_of())


def received(body: bytes) -> Received:
    return Received(len(body), hashlib.sha256(body).hexdigest())


async def test_a_call_leaves_a_record_of_what_went_and_came(workshop: Workshop, server: SmallServer) -> None:
    answer = await listed(await opened(workshop, server))
    assert answer.received == (received(ROWS),)
    assert workshop.records == [
        CallRecord(
            request_id="r1",
            application="portal",
            system="sample",
            version=1,
            operation="list",
            kind=CallKind.REST,
            attempt=1,
            asked_at=AT,
            sent_at=AT,
            answered_at=AT,
            queued_ms=0.0,
            taken_ms=0.0,
            request_bytes=len(server.asked[0].body),
            received=received(ROWS),
            status=200,
            outcome=Outcome.OK,
            fault=None,
            code=None,
            served_from=ServedFrom.LIVE,
            breaker=BreakerState.CLOSED,
            not_sent=None,
        )
    ]
    assert workshop.records[0].succeeded


async def test_records_hold_nothing_of_a_person_nor_a_word_of_the_system(
    workshop: Workshop, server: SmallServer
) -> None:
    server.answer = lambda _: Reply(json.dumps({"code": NUMBER, "message": f"{NUMBER} 不存在"}).encode())
    answer = await listed(await opened(workshop, server))
    assert answer.code == NUMBER  # which nobody has mapped, so it may be anything
    written = msgspec.json.encode(workshop.records).decode()
    assert NUMBER not in written
    assert "不存在" not in written
    assert "/list" not in written
    assert (workshop.records[0].outcome, workshop.records[0].succeeded) == (Outcome.UPSTREAM_FAULT, False)


async def test_a_code_that_the_manifest_explains_stands_in_the_record(workshop: Workshop, server: SmallServer) -> None:
    server.answer = lambda _: Reply(b'{"code": "7"}')
    await listed(await opened(workshop, server, more='outcomes: {"7": DENIED}\n'))
    record = workshop.records[0]
    assert (record.code, record.outcome, record.fault) == ("7", Outcome.DENIED, Fault.OURS)


async def test_every_page_is_received(workshop: Workshop, server: SmallServer) -> None:
    pages = [b'{"code": "0", "rows": [{"no": "1", "st": "1"}]}', b'{"code": "0", "rows": []}']
    bodies = iter(pages)
    server.answer = lambda _: Reply(next(bodies))
    paged = LIST.replace("idNo: holder.number", "idNo: holder.number, page: page.number")
    system = await opened(workshop, server, f"{paged}    paging: {{by: page, size: 1}}\n")
    assert (await listed(system)).received == tuple(map(received, pages))
    assert len(workshop.records) == 2


async def test_details_and_a_file_from_elsewhere_are_received_too(workshop: Workshop, server: SmallServer) -> None:
    rows = b'{"code": "0", "rows": [{"no": "L1", "use": "u1"}]}'
    archive = b'{"code": "0", "data": {"link": "/store/1"}}'
    content = b"%PDF-1.7 made up"
    bodies = {"/file": rows, "/archive": archive, "/store/1": content}
    server.answer = lambda asked: Reply(bodies[asked.path])
    operations = f"""{LIST}
  file:
    serves: LicenceSource.file
    safe: true
    http: {{method: POST, path: /file}}
    request: {{no: licence.number}}
    response:
      each: rows[]
      number: no
      detail: {{operation: archive, with: {{code: use}}, gives: [file]}}
  archive:
    http: {{method: POST, path: /archive}}
    request: {{use: row.code}}
    response: {{each: data, file: {{url: link}}}}
"""
    system = await opened(workshop, server, operations)
    assert system.source is not None
    answer: FileAnswer = await system.source.file(LicenceKey(number="L1"), call_of())
    assert answer.outcome is Outcome.OK, answer.notice
    assert answer.received == (received(rows), received(archive), received(content))
    assert [(record.operation, record.kind) for record in workshop.records] == [
        ("file", CallKind.REST),
        ("archive", CallKind.REST),
        ("archive", CallKind.FILE),
    ]


async def test_a_big_reply_is_read_and_digested_like_any_other(workshop: Workshop, server: SmallServer) -> None:
    body = b'{"code": "0", "rows": [{"no": "L1", "st": "1"}], "padding": "' + b"x" * 300_000 + b'"}'
    server.answer = lambda _: Reply(body)
    answer = await listed(await opened(workshop, server))
    assert (answer.outcome, answer.received) == (Outcome.OK, (received(body),))


async def test_a_login_is_recorded_as_the_gateways_own_and_a_renewed_session_as_a_second_attempt(
    workshop: Workshop, server: SmallServer
) -> None:
    tokens = iter(["t1", "t2"])

    def answer(asked: Asked) -> Reply:
        if asked.path == "/login":
            return Reply(json.dumps({"code": "0", "token": next(tokens)}).encode())
        return Reply() if asked.headers["x-token"] == "t2" else Reply(b'{"code": "9"}')

    server.answer = answer
    found = await listed(await opened(workshop, server, LIST + LOGIN, SESSION))
    assert found.outcome is Outcome.OK
    assert [(one.operation, one.application, one.attempt, one.outcome) for one in workshop.records] == [
        ("login", "yiwang", 1, Outcome.OK),
        ("list", "portal", 1, Outcome.EXPIRED),
        ("login", "yiwang", 1, Outcome.OK),
        ("list", "portal", 2, Outcome.OK),
    ]
    assert all(record.succeeded for record in workshop.records)
    assert len(found.received) == 2  # what the logins gave belongs to nobody's answer


async def test_a_call_whose_login_failed_is_recorded_as_not_sent(workshop: Workshop, server: SmallServer) -> None:
    server.answer = lambda _: Reply(b"", 503)
    answer = await listed(await opened(workshop, server, LIST + LOGIN, SESSION))
    assert answer.outcome is Outcome.UNAVAILABLE
    login, wanted = workshop.records
    assert (login.operation, login.status, login.not_sent) == ("login", 503, None)
    assert (wanted.operation, wanted.not_sent, wanted.sent_at) == ("list", NotSent.LOGIN, None)
    assert len(server.asked) == 1  # a login is not safe to repeat


async def test_a_safe_call_is_repeated_and_both_attempts_are_recorded(workshop: Workshop, server: SmallServer) -> None:
    replies = iter([Reply(b"busy", 503), Reply()])
    server.answer = lambda _: next(replies)
    answer = await listed(await opened(workshop, server))
    assert answer.outcome is Outcome.OK
    assert [(one.attempt, one.status, one.outcome, one.succeeded) for one in workshop.records] == [
        (1, 503, Outcome.UNAVAILABLE, False),
        (2, 200, Outcome.OK, True),
    ]
    assert answer.received == (received(b"busy"), received(ROWS))


async def test_a_system_that_asks_for_time_gets_it_and_callers_are_told_how_long(
    workshop: Workshop, server: SmallServer
) -> None:
    server.answer = lambda _: Reply(b"busy", 429, {"Retry-After": "17"})
    system = await opened(workshop, server)
    first, second = await listed(system), await listed(system)
    assert (first.outcome, first.retry_after) == (Outcome.UNAVAILABLE, 17)
    assert (second.outcome, second.fault, second.retry_after) == (Outcome.UNAVAILABLE, Fault.THEIRS, 17)
    assert second.notice == (
        "calls to this system are paused for 17 s after failures; last: answered with HTTP status 429"
    )
    assert len(server.asked) == 1
    record = workshop.records[1]
    assert (record.not_sent, record.breaker, record.received) == (NotSent.PAUSED, BreakerState.OPEN, None)
    assert (record.sent_at, record.taken_ms, record.succeeded) == (None, 0.0, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Mon, 02 Mar 2026 04:00:30 GMT", "Date": "Mon, 02 Mar 2026 04:00:10 GMT"}, 20),
        ({"Retry-After": "Mon, 02 Mar 2026 04:00:30 GMT"}, None),
        ({"Retry-After": "Mon, 02 Mar 2026 04:00:00 GMT", "Date": "Mon, 02 Mar 2026 04:00:10 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "99999999"}, None),
        ({}, None),
    ],
    ids=["date", "date-without-clock", "past", "words", "huge", "none"],
)
async def test_a_wish_for_time_may_be_spelt_in_several_ways(
    headers: dict[str, str], seconds: int | None, workshop: Workshop, server: SmallServer
) -> None:
    server.answer = lambda _: Reply(b"busy", 429, headers)
    assert (await listed(await opened(workshop, server))).retry_after == seconds


async def test_a_caller_who_leaves_leaves_a_record(workshop: Workshop, server: SmallServer) -> None:
    system = await opened(workshop, server)
    asked = asyncio.Event()
    never = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await never.wait()
        writer.close()

    listening = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server.port = port
    system = await opened(workshop, server)
    task = asyncio.create_task(listed(system))
    await asked.wait()
    task.cancel()
    await asyncio.wait([task])
    never.set()
    listening.close()
    record = workshop.records[0]
    assert (record.outcome, record.fault, record.not_sent) == (Outcome.TIMED_OUT, Fault.OURS, None)
    assert record.sent_at is not None


async def test_a_file_in_base64_counts_as_the_answer_it_came_in(workshop: Workshop, server: SmallServer) -> None:
    body = json.dumps({"code": "0", "data": base64.b64encode(b"%PDF-1").decode()}).encode()
    server.answer = lambda _: Reply(body)
    operations = f"""{LIST}
  file:
    serves: LicenceSource.file
    safe: true
    http: {{method: POST, path: /file}}
    request: {{no: licence.number}}
    response: {{file: {{base64: data}}}}
"""
    system = await opened(workshop, server, operations)
    assert system.source is not None
    answer = await system.source.file(LicenceKey(number="L1"), call_of())
    assert (answer.outcome, answer.received) == (Outcome.OK, (received(body),))
