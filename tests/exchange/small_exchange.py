"""An exchange of a few lines that answers whatever a test says, and a manifest for it."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.caller import Application, Caller
from gateway.core.clock import Deadline
from gateway.core.sharing.exchange import ExchangeOrder, ExchangeReply, ExchangeStatus, ShareExchange
from gateway.core.sharing.exchange_corrections import (
    CorrectionOrder,
    CorrectionStatus,
    EvidenceDigest,
    ShareCorrections,
)
from tests.kit.small_systems import HEAD, Reply, SmallServer, Workshop, small_server
from tests.sandbox.callers import SteppedClock

PROTOCOL = "protocol: {rest: {format: json}, endpoint: {setting: sample/url}}\n"
MEANINGS = """
outcomes:
  {"4": DENIED, "5": INVALID, "6": NOT_FOUND, "7": NOT_ASKED, "8": DENIED, "9": UPSTREAM_FAULT, HTTP 410: NOT_FOUND}
credentialCodes: ["8"]
"""
TABLES = """
codes:
  step: {p: PENDING, f: FIRST_STAGE, a: APPROVED, r: REFUSED, e: ENDED, n: UNKNOWN_KEY}
  answer: {p: PENDING, c: CORRECTED, u: UPHELD, r: REFUSED, n: UNKNOWN_KEY}
  kind: {"1": UNCONDITIONAL, "2": CONDITIONAL}
  type: {C: TEXT, D: DATE}
"""
OPERATIONS = """
operations:
  apply:
    serves: ShareExchange.request
    idempotent: query-first
    http: {method: POST, path: /apply}
    request: {key: share.key, resource: share.number, until: share.validUntil}
    response: {each: data, exchange: {key: key, number: no, standing: {code: st, table: step}}}
  ask:
    serves: ShareExchange.status
    safe: true
    http: {method: POST, path: /ask}
    request: {no: share.request, key: share.key}
    response:
      each: data
      exchange:
        standing: {code: st, table: step}
        key: key
        number: no
        fields: fields
        validUntil: {date: end, as: yyyy-MM-dd, noEnd: ["9999"]}
        perDay: most
        access: secret
        reason: why
  list:
    serves: ShareExchange.list
    safe: true
    http: {method: POST, path: /list}
    request: {day: share.day}
    response: {each: "rows[]", listed: {number: no, key: key, resource: res, standing: {code: st, table: step}}}
  resources:
    serves: ShareExchange.catalogue
    safe: true
    http: {method: POST, path: /resources}
    response:
      each: "rows[]"
      more: total
      resource:
        number: no
        code: code
        title: title
        provider: who
        sharing: {code: kind, table: kind}
        publishedOn: {date: day, as: yyyyMMdd}
        items:
          {each: "columns[]", name: name, title: title, type: {code: type, table: type}, length: size, masking: mask}
"""
NO_REQUESTS = """
operations:
  data:
    serves: ShareExchange.list
    safe: true
    http: {method: POST, path: /list}
    request: {day: share.day}
    response: {each: "rows[]", listed: {number: no, resource: res, standing: {code: st, table: step}}}
"""
CORRECTIONS = """
  dispute:
    serves: ShareExchange.correct
    idempotent: query-first
    http: {method: POST, path: /dispute}
    request: {key: share.key, resource: share.number, what: share.text, at: share.receivedAt, sizes: share.sizes}
    response: {each: data, correction: {key: key, number: no, standing: {code: st, table: answer}}}
  disputed:
    serves: ShareExchange.correction
    safe: true
    http: {method: POST, path: /disputed}
    request: {no: share.correction, key: share.key}
    response:
      each: data
      correction: {standing: {code: st, table: answer}, key: key, number: no, fields: fields, reason: why}
"""
APPROVAL = {"st": "a", "key": "K1", "no": "N1", "fields": ["x", "y"], "end": "2026-12-31", "most": "10", "secret": "s"}
RESOURCE = {
    "no": "R1",
    "code": "307101/00001",
    "title": "t",
    "who": "11100000000013338W",
    "kind": "2",
    "columns": [{"name": "x", "title": "甲"}],
}


class Bench:
    """A small exchange and what answers for it."""

    def __init__(
        self,
        server: SmallServer,
        exchange: ShareExchange,
        clock: SteppedClock,
        corrections: ShareCorrections | None = None,
    ) -> None:
        self.server = server
        self.exchange = exchange
        self.corrections = corrections
        self._clock = clock

    def says(self, *, status: int = 200, **body: Any) -> None:
        body.setdefault("code", "0")
        self.server.answer = lambda _: Reply(msgspec.json.encode(body), status)

    def call(self) -> Call:
        caller = Caller(Application("test", "test"))
        return Call(request_id="r1", caller=caller, deadline=Deadline.after(5, self._clock))

    async def request(self) -> ExchangeReply:
        now = self._clock.now()
        order = ExchangeOrder(
            key="K1",
            resource="R1",
            requester="b",
            fields=("x",),
            items=("i",),
            purpose="p",
            basis="b",
            valid_from=now,
            valid_until=now,
        )
        return await self.exchange.request(order, self.call())

    async def dispute(self) -> ExchangeReply:
        assert self.corrections is not None
        order = CorrectionOrder(
            key="K1",
            resource="R1",
            request="N1",
            requester="b",
            record={"x": "1"},
            fields=("x", "y"),
            text="t",
            evidence=(EvidenceDigest(1, "0" * 64),),
            received_at=self._clock.now(),
        )
        return await self.corrections.correct(order, self.call())

    async def disputed(self, number: str | None = "N1") -> CorrectionStatus:
        assert self.corrections is not None
        return await self.corrections.correction("K1", number, self.call())

    async def status(self, number: str | None = "N1") -> ExchangeStatus:
        return await self.exchange.status("K1", number, self.call())


class Make(Protocol):
    """Makes a bench of these operations; of a server that is elsewhere if an address is given."""

    async def __call__(self, operations: str = OPERATIONS, url: str | None = None) -> Bench: ...


def maker(folder: Path, clock: SteppedClock, stack: AsyncExitStack) -> Make:
    """Makes benches that are gone when the stack ends."""

    async def made(operations: str = OPERATIONS, url: str | None = None) -> Bench:
        server = await stack.enter_async_context(small_server())
        shop = Workshop(folder, clock, stack)
        head = HEAD.replace('codes: {stand: {"1": VALID}}\n', TABLES) + MEANINGS
        address = url or f"http://127.0.0.1:{server.port}"
        system = await shop.open(shop.deployed(head + PROTOCOL + operations, {"url": address}))
        assert system.exchange is not None, system.health.health().last_error
        return Bench(server, system.exchange, clock, system.corrections)

    return made
