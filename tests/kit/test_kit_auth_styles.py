"""How calls and replies are proven, over real sockets; every signature is verified by this file's own arithmetic."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.kit.opening import OpenSystem
from certs.sm import Signature, Sm2PrivateKey, engine, hmac_sm3, sm3
from gateway.core.call import Call
from gateway.core.clock import Deadline
from gateway.core.licence import KEY_FIELDS, Holder, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from tests.kit.small_systems import HEAD, LIST, REST, ROWS, Asked, Reply, SmallServer, Workshop, small_server
from tests.sandbox.callers import SteppedClock

OURS = Sm2PrivateKey.from_hex("21" * 32)
THEIRS = Sm2PrivateKey.from_hex("43" * 32)
SETTINGS = {
    "app-id": "id-1",
    "app-key": "app-key-1",
    "user": "clerk",
    "word": "pass",
    "our-key": OURS.to_pem(),
    "their-key": THEIRS.public.to_pem(),
}
Open = Callable[..., Awaitable[OpenSystem]]
NOW = "1772424000"


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with small_server() as running:
        yield running


@pytest.fixture
async def open_with(server: SmallServer, clock: SteppedClock, tmp_path: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:
        workshop = Workshop(tmp_path, clock, stack)

        async def run(auth: str, operations: str = LIST, protocol: str = REST, **changes: str) -> OpenSystem:
            settings = {"url": f"http://127.0.0.1:{server.port}", **SETTINGS, **changes}
            manifest = f"{HEAD}{protocol}auth:{auth}\noperations:{operations}"
            system = await workshop.open(workshop.deployed(manifest, settings))
            assert system.source is not None, system.health.health().last_error
            return system

        yield run


async def ask(system: OpenSystem, call: Call) -> Answer:
    assert system.source is not None
    return await system.source.list(LicenceQuery(holder=Holder("111", "N1", "名")), KEY_FIELDS, call)


def json_of(asked: Asked) -> Any:
    return json.loads(asked.body)


STATIC = """
  static:
    into:
      header.x-app-id: {setting: sample/app-id}
      header.x-user: {base64: {json: {account: person.account}}}
      query.appKey: {setting: sample/app-key}
      body.head.accessId: {setting: sample/app-id}
      body.head.time: {date: now, as: epochMillis}
      body.absent: use.application
"""


async def test_constants_and_settings_go_where_the_manifest_says(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    answer = await ask(await open_with(STATIC), call)

    assert answer.outcome is Outcome.OK
    (asked,) = server.asked
    assert asked.headers["x-app-id"] == "id-1"
    assert call.caller.person is not None
    assert json.loads(base64.b64decode(asked.headers["x-user"])) == {"account": call.caller.person.account}
    assert asked.query == {"appKey": "app-key-1"}
    assert json_of(asked) == {"idNo": "N1", "head": {"accessId": "id-1", "time": f"{NOW}000"}}


async def test_constants_stand_beside_what_the_request_itself_nests(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    operations = LIST.replace("{idNo: holder.number}", "{head: {trace: call.requestId}, idNo: holder.number}")
    await ask(await open_with(STATIC, operations), call)
    assert json_of(server.asked[0])["head"] == {"trace": "r1", "accessId": "id-1", "time": f"{NOW}000"}


async def test_a_value_that_no_header_carries_fails_the_call_and_is_not_shown(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    answer = await ask(await open_with(STATIC, **{"app-id": "a\r\nx-injected: 1"}), call)
    assert (answer.outcome, answer.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert "injected" not in (answer.notice or "")
    assert server.asked == []


SIGNED = """
  sign:
    call:
      values:
        timestamp: {now: epoch}
        nonce: {random: 16}
        signature: {digest: sha256, of: [timestamp, {setting: sample/app-key}, nonce, timestamp]}
      into: {header.x-timestamp: timestamp, header.x-nonce: nonce, header.x-signature: signature}
"""


async def test_a_signature_is_computed_of_its_values_in_order(open_with: Open, server: SmallServer, call: Call) -> None:
    await ask(await open_with(SIGNED), call)

    headers = server.asked[0].headers
    moment, nonce = headers["x-timestamp"], headers["x-nonce"]
    assert (moment, len(nonce)) == (NOW, 16)
    assert headers["x-signature"] == hashlib.sha256(f"{moment}app-key-1{nonce}{moment}".encode()).hexdigest()


async def test_every_call_has_its_own_moment_and_nonce(
    open_with: Open, server: SmallServer, call: Call, clock: SteppedClock
) -> None:
    system = await open_with(SIGNED)
    await ask(system, call)
    clock.step(2)
    await ask(system, call)

    first, second = (asked.headers for asked in server.asked)
    assert int(second["x-timestamp"]) == int(first["x-timestamp"]) + 2
    assert first["x-nonce"] != second["x-nonce"]


BODY_SIGNED = """
  sign:
    call:
      values:
        time: {now: epochMillis}
        inner: {digest: sm3, of: [body], as: HEX}
        line: {join: [time, {setting: sample/app-id}, inner], by: "&"}
        old: {digest: md5, of: [{setting: sample/app-id}, {setting: sample/app-key}, time]}
        code: {hmac: sm3, key: {setting: sample/app-key}, of: [line, body], by: "#", as: base64}
        proof: {sm2: {setting: sample/our-key}, of: [line], as: base64, form: raw}
        shape: {sm2: {setting: sample/our-key}, of: [line], as: hex}
      into:
        header.Authorization: {join: [{value: "S "}, code]}
        header.x-proof: proof
        header.x-shape: shape
        query.time: time
        query.old: old
"""


async def test_a_signature_over_the_body_is_over_its_bytes_as_sent(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    await ask(await open_with(BODY_SIGNED), call)

    (asked,) = server.asked
    time = asked.query["time"]
    line = f"{time}&id-1&{sm3(asked.body).hex().upper()}".encode()
    code = base64.b64encode(hmac_sm3(b"app-key-1", line + b"#" + asked.body)).decode()
    assert asked.headers["authorization"] == f"S {code}"
    assert asked.query["old"] == hashlib.md5(f"id-1app-key-1{time}".encode(), usedforsecurity=False).hexdigest()
    engine().verify(OURS.public, line, Signature.from_raw(base64.b64decode(asked.headers["x-proof"])))
    engine().verify(OURS.public, line, Signature.from_der(bytes.fromhex(asked.headers["x-shape"])))


FIELD_SIGNED = """
  sign:
    call:
      values:
        timestamp: {now: epochMillis}
        sign:
          hmac: sha256
          key: {setting: sample/app-key}
          of: [{setting: sample/app-id}, timestamp, request.data]
          by: "&"
          as: base64
      into: {body.appid: {setting: sample/app-id}, body.timestamp: timestamp, body.sign: sign}
"""


async def test_a_signature_over_a_field_lies_beside_it_in_the_body(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    operations = LIST.replace("{idNo: holder.number}", "{data: {json: {idNo: holder.number}}}")
    await ask(await open_with(FIELD_SIGNED, operations), call)

    body = json_of(server.asked[0])
    signed = f"id-1&{NOW}000&{body['data']}".encode()
    assert body["data"] == '{"idNo":"N1"}'
    assert body["sign"] == base64.b64encode(hmac.digest(b"app-key-1", signed, "sha256")).decode()


async def test_a_setting_that_holds_no_key_is_named_and_not_shown(open_with: Open, call: Call) -> None:
    answer = await ask(await open_with(BODY_SIGNED, **{"our-key": "canary"}), call)
    assert (answer.outcome, answer.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert answer.notice == "setting sample/our-key holds no usable SM2 private key"


STAGES = """
  session:
    login: fetch
    secrets: {secret: data.secret}
    expired: {at: code, in: [E9], status: [401]}
    maxAge: 10m
    expiresIn: data.seconds
  sign:
    appKey:
      values: {time: {now: epoch}, sign: {hmac: sha256, key: {setting: sample/app-key}, of: [time]}}
      into: {header.x-time: time, header.x-sign: sign}
    call:
      values: {time: {now: epoch}, sign: {hmac: sha256, key: session.secret, of: [time, body]}}
      into: {header.x-time: time, header.x-sign: sign}
  default: [session, sign.call]
"""
FETCH = """
  fetch:
    auth: [sign.appKey]
    http: {method: POST, path: /fetch}
"""


class Stages:
    """A system of two stages: a secret for a call with the app key, rows for a call with the secret."""

    def __init__(self, seconds: object = 100) -> None:
        self.seconds = seconds
        self.secret = "s0"
        self.refusal = Reply(b"", 401)

    def answer(self, asked: Asked) -> Reply:
        time, given = asked.headers["x-time"].encode(), asked.headers["x-sign"]
        if asked.path == "/fetch":
            if not hmac.compare_digest(hmac.digest(b"app-key-1", time, "sha256").hex(), given):
                return Reply(b'{"code": "1"}')
            self.secret = f"s{int(self.secret[1:]) + 1}"
            data = {"code": "0", "data": {"secret": self.secret, "seconds": self.seconds}}
            return Reply(json.dumps(data).encode())
        expected = hmac.digest(self.secret.encode(), time + asked.body, "sha256").hex()
        return Reply() if hmac.compare_digest(expected, given) else self.refusal


def paths(server: SmallServer) -> list[str]:
    return [asked.path for asked in server.asked]


async def test_a_secret_that_is_fetched_with_the_app_key_signs_the_calls(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    server.answer = Stages().answer
    system = await open_with(STAGES, LIST + FETCH)
    assert [(await ask(system, call)).outcome for _ in range(2)] == [Outcome.OK, Outcome.OK]
    assert paths(server) == ["/fetch", "/list", "/list"]


@pytest.mark.parametrize("refusal", [Reply(b"", 401), Reply(b'{"code": "E9"}')], ids=["status", "code"])
async def test_a_secret_that_another_replica_ended_is_fetched_anew_once(
    open_with: Open, server: SmallServer, call: Call, refusal: Reply
) -> None:
    stages = Stages()
    stages.refusal = refusal
    server.answer = stages.answer
    system = await open_with(STAGES, LIST + FETCH)
    await ask(system, call)
    stages.secret = "s7"
    assert (await ask(system, call)).outcome is Outcome.OK
    assert paths(server) == ["/fetch", "/list", "/list", "/fetch", "/list"]


async def test_a_second_attempt_is_signed_at_its_own_moment(
    open_with: Open, server: SmallServer, call: Call, clock: SteppedClock
) -> None:
    stages = Stages()

    def slow(asked: Asked) -> Reply:
        reply = stages.answer(asked)
        if reply is stages.refusal:
            clock.step(2)
        return reply

    server.answer = slow
    system = await open_with(STAGES, LIST + FETCH)
    await ask(system, call)
    stages.secret = "s7"
    assert (await ask(system, call)).outcome is Outcome.OK
    first, again = (int(asked.headers["x-time"]) for asked in server.asked[-3::2])
    assert (server.asked[-3].path, server.asked[-1].path, again - first) == ("/list", "/list", 2)


@pytest.mark.parametrize(("seconds", "after"), [(100, 91), ("100", 91), (None, 601), ("soon", 601), (9999, 601)])
async def test_a_secret_is_renewed_before_the_end_that_its_reply_told(
    open_with: Open, server: SmallServer, call: Call, clock: SteppedClock, seconds: object, after: int
) -> None:
    server.answer = Stages(seconds).answer
    system = await open_with(STAGES, LIST + FETCH)
    await ask(system, call)
    clock.step(after - 2)
    await ask(system, call.until(Deadline.after(60, clock)))
    assert paths(server) == ["/fetch", "/list", "/list"]
    clock.step(2)
    await ask(system, call.until(Deadline.after(60, clock)))
    assert paths(server)[3:] == ["/fetch", "/list"]


async def test_a_wrong_app_key_is_our_fault(open_with: Open, server: SmallServer, call: Call) -> None:
    server.answer = Stages().answer
    answer = await ask(await open_with(STAGES, LIST + FETCH, **{"app-key": "other"}), call)
    assert (answer.outcome, answer.fault, answer.code) == (Outcome.DENIED, Fault.OURS, "1")


BEARER = """
  basic: {username: {setting: sample/user}, password: {setting: sample/word}}
  session:
    login: token
    token: access_token
    into: header.Authorization
    prefix: "Bearer "
    expired: {status: [401]}
"""
GRANTED = b'{"access_token": "t1", "token_type": "Bearer"}'
TOKEN = """
  token:
    auth: [basic]
    http: {method: POST, path: /token}
    success: {at: token_type, equals: Bearer}
"""


async def test_an_account_gives_a_bearer_token(open_with: Open, server: SmallServer, call: Call) -> None:
    server.answer = lambda asked: Reply(GRANTED) if asked.path == "/token" else Reply()
    await ask(await open_with(BEARER, LIST + TOKEN), call)
    assert [asked.headers["authorization"] for asked in server.asked] == [
        f"Basic {base64.b64encode(b'clerk:pass').decode()}",
        "Bearer t1",
    ]


async def test_a_token_that_is_never_accepted_is_reported(open_with: Open, server: SmallServer, call: Call) -> None:
    server.answer = lambda asked: Reply(GRANTED) if asked.path == "/token" else Reply(b"", 401)
    answer = await ask(await open_with(BEARER, LIST + TOKEN), call)
    assert (answer.outcome, answer.fault) == (Outcome.DENIED, Fault.THEIRS)
    assert paths(server) == ["/token", "/list", "/token", "/list"]


@pytest.mark.parametrize(("token", "wrong"), [("t\u4e00", "beyond plain ASCII"), ("", "login was refused")])
async def test_a_token_that_is_none_is_not_sent(
    open_with: Open, server: SmallServer, call: Call, token: str, wrong: str
) -> None:
    body = json.dumps({"access_token": token, "token_type": "Bearer"}).encode()
    server.answer = lambda asked: Reply(body) if asked.path == "/token" else Reply()
    answer = await ask(await open_with(BEARER, LIST + TOKEN), call)
    assert answer.outcome in {Outcome.GATEWAY_ERROR, Outcome.DENIED}
    assert wrong in (answer.notice or "")
    assert "/list" not in paths(server)


PROOFS = {
    "hmac": "{header: x-proof, hmac: sha256, key: {setting: sample/app-key}, of: [header.x-time, body]}",
    "digest": "{header: x-proof, digest: sm3, of: [{setting: sample/app-key}, header.x-time, body], as: base64}",
    "sm2": "{header: x-proof, sm2: {setting: sample/their-key}, of: [header.x-time, body], as: base64, form: raw}",
}


def proven(kind: str, body: bytes, key: bytes = b"app-key-1") -> str:
    if kind == "hmac":
        return hmac.digest(key, b"77" + body, "sha256").hex()
    if kind == "digest":
        return base64.b64encode(sm3(key + b"77" + body)).decode()
    private = THEIRS if key == b"app-key-1" else OURS
    return base64.b64encode(engine().sign(private, b"77" + body).to_raw()).decode()


def signed(kind: str, body: bytes = ROWS, status: int = 200, **headers: str) -> Reply:
    given = {"x-time": "77", "x-proof": proven(kind, ROWS), **{f"x-{name}": text for name, text in headers.items()}}
    return Reply(body, status, {name: text for name, text in given.items() if text})


@pytest.mark.parametrize("kind", PROOFS)
async def test_a_reply_that_is_signed_is_believed(open_with: Open, server: SmallServer, call: Call, kind: str) -> None:
    server.answer = lambda _: signed(kind)
    answer = await ask(await open_with(f"\n  reply: {PROOFS[kind]}"), call)
    assert (answer.outcome, len(answer.rows)) == (Outcome.OK, 1)


TAMPERED: dict[str, tuple[Callable[[str], Reply], str]] = {
    "unsigned": (lambda kind: signed(kind, proof=""), "the reply's signature is missing"),
    "without-time": (lambda kind: signed(kind, time=""), "the reply's signature is missing"),
    "other-time": (lambda kind: signed(kind, time="78"), "the reply's signature does not verify"),
    "other-body": (lambda kind: signed(kind, body=ROWS + b" "), "the reply's signature does not verify"),
    "re-signed": (
        lambda kind: signed(kind, proof=proven(kind, ROWS, b"other")),
        "the reply's signature does not verify",
    ),
    "no-signature": (lambda kind: signed(kind, proof="~~~"), "the reply's signature does not verify"),
    "signed-with-500": (lambda kind: signed(kind, body=b"x", status=500), "the reply's signature does not verify"),
}


@pytest.mark.parametrize("kind", PROOFS)
@pytest.mark.parametrize("tampering", TAMPERED)
async def test_a_reply_that_does_not_prove_itself_is_not_believed(
    open_with: Open, server: SmallServer, call: Call, kind: str, tampering: str
) -> None:
    reply, notice = TAMPERED[tampering]
    server.answer = lambda _: reply(kind)
    answer = await ask(await open_with(f"\n  reply: {PROOFS[kind]}"), call)
    assert (answer.outcome, answer.fault, answer.notice) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
    assert answer.rows == ()
    assert answer.code is None


async def test_an_unsigned_error_says_no_more_than_its_status(open_with: Open, server: SmallServer, call: Call) -> None:
    server.answer = lambda _: Reply(b'{"code": "0"}', 503)
    answer = await ask(await open_with(f"\n  reply: {PROOFS['hmac']}"), call)
    assert (answer.outcome, answer.code) == (Outcome.UNAVAILABLE, "HTTP 503")


async def test_replies_may_be_signed_by_what_signed_their_request(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    """The secret's own reply is proven with the app key, the later ones with the secret."""
    stages = Stages()

    def answer(asked: Asked) -> Reply:
        reply = stages.answer(asked)
        key = "app-key-1" if asked.path == "/fetch" else stages.secret
        return Reply(reply.body, reply.status, {"x-proof": hmac.digest(key.encode(), reply.body, "sha256").hex()})

    server.answer = answer
    rule = "reply: {header: x-proof, hmac: sha256, key: KEY, of: [body]}"
    auth = STAGES.replace("sign: sign}\n    call", f"sign: sign}}\n      {rule}\n    call", 1)
    auth = auth.replace("KEY", "{setting: sample/app-key}")
    auth = auth.replace("  default:", f"  {rule.replace('KEY', 'session.secret')}\n  default:")
    system = await open_with(auth, LIST + FETCH)
    assert (await ask(system, call)).outcome is Outcome.OK
    server.answer = lambda asked: Reply(answer(asked).body, 200, {"x-proof": "00" * 32})
    assert (await ask(system, call)).notice == "the reply's signature does not verify"


RAW = """
  list:
    serves: LicenceSource.list
    safe: true
    http: {method: POST, path: "/case/{number}", body: rawForm}
    request:
      number: holder.number
      ApiKey: {setting: sample/app-key}
      baseInfoXml: {xml: {root: BaseInfo, declaration: GBK, fields: {NAME: holder.name, NOTE: use.note}}}
      note: use.note
    response: {each: "rows[]", number: no, state: {code: st, table: stand}}
"""


GBK = "protocol: {rest: {}, endpoint: {setting: sample/url}, charset: {request: GB18030}}\n"


async def test_a_raw_form_carries_xml_as_it_is(open_with: Open, server: SmallServer, call: Call) -> None:
    await ask(await open_with(" {}", RAW, GBK), call)

    (asked,) = server.asked
    assert asked.path == "/case/N1"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded; charset=GB18030"
    assert asked.body.decode("gb18030") == (
        'ApiKey=app-key-1&baseInfoXml=<?xml version="1.0" encoding="GBK"?>'
        "<BaseInfo><NAME>名</NAME><NOTE>test</NOTE></BaseInfo>&note=test"
    )


async def test_a_value_that_would_begin_another_field_is_not_sent(
    open_with: Open, server: SmallServer, call: Call
) -> None:
    assert call.use is not None
    forged = call.under(msgspec.structs.replace(call.use, note="x&ApiKey=forged"))
    answer = await ask(await open_with(" {}", RAW, GBK), forged)
    assert (answer.outcome, answer.fault) == (Outcome.INVALID, Fault.OURS)
    assert "forged" not in (answer.notice or "")
    assert server.asked == []
