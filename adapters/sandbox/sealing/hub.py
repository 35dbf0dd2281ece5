"""The provincial platform: REST and JSON, signed requests, one sealing a key, documents and digests."""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential, same
from adapters.sandbox.sealing.cabinet import SealSpec
from adapters.sandbox.sealing.desk import FATE, Desk, KeyTaken, Order, SealUnknown
from adapters.sandbox.sealing.ledger import Entry
from adapters.sandbox.sealing.stamping import USUAL, Placing
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.generate import World
from certs.placement import AcrossPages, AtKeyword, AtPoint
from gateway.core.clock import CHINA, Clock

WINDOW_MILLISECONDS: Final = 300_000
SEALS: Final = (
    SealSpec("QZ42-0001", "示例省政务服务专用章", "at-once"),
    SealSpec("QZ42-0002", "示例省电子证照专用章", "polling"),
    SealSpec("QZ42-0003", "示例省数据局公章", "callback"),
)
_OK, _UNPROVEN, _INVALID, _NO_SEAL, _UNKNOWN, _TAKEN, _BROKEN = "0", "1001", "1002", "2001", "3001", "3009", "9999"
_MESSAGES: Final = {
    _OK: "成功",
    _UNPROVEN: "签名校验失败",
    _INVALID: "参数错误",
    _NO_SEAL: "印章不存在",
    _UNKNOWN: "请求不存在",
    _TAKEN: "请求标识重复且内容不一致",
    _BROKEN: "系统异常",
}
_NONCES: Final = 100_000
_LINK_SECONDS: Final = 300.0
_LINKS: Final = 10_000
_WAIT: Final = 1
_ROWS_MOST: Final = 500
_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Position(msgspec.Struct, frozen=True):
    """``mode`` 1 is a point in millimetres, 2 a text, 3 across all pages; 0 leaves it to the platform."""

    mode: Literal["0", "1", "2", "3"] = "0"
    page: int = 1
    x: float = 0.0
    y: float = 0.0
    keyword: _Short = ""


class _Business(msgspec.Struct, frozen=True):
    item: _Short | None = msgspec.field(default=None, name="itemCode")
    case: _Short | None = msgspec.field(default=None, name="caseNo")
    operator: _Short | None = None


class _Asked(msgspec.Struct, frozen=True):
    key: _Key = msgspec.field(name="requestId")
    seal: _Key = msgspec.field(name="sealNo")
    document: str | None = msgspec.field(default=None, name="fileContent")
    media_type: _Short | None = msgspec.field(default=None, name="fileType")
    digest: _Short | None = None
    position: _Position | None = None
    business: _Business = _Business()
    notify: Annotated[str, msgspec.Meta(max_length=500)] | None = msgspec.field(default=None, name="notifyUrl")


class _Query(msgspec.Struct, frozen=True):
    key: _Short | None = msgspec.field(default=None, name="requestId")
    number: _Short | None = msgspec.field(default=None, name="receiptNo")


class _Day(msgspec.Struct, frozen=True):
    day: date = msgspec.field(name="date")
    page: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = msgspec.field(default=1, name="pageNo")
    size: Annotated[int, msgspec.Meta(ge=1, le=_ROWS_MOST)] = msgspec.field(default=100, name="pageSize")


class SealHub:
    """The platform.

    Args:
        code: the system's code.
        world: what its credentials are drawn from.
        clock: by which timestamps are judged and which it states.
        folder: where it keeps keys, seals, ledger and papers.
    """

    base_path = "/seal-hub/api/v2"
    keeps_sessions = False
    sealing_operations = frozenset({"seal/document", "seal/digest"})

    def __init__(self, code: str, world: World, clock: Clock, folder: Path) -> None:
        self.code = code
        self.desk = Desk(folder, SEALS, clock, idempotent=True, prefix="H")
        self._clock = clock
        self._app, self._secret = (credential(world.seed, code, name) for name in ("app-id", "app-secret"))
        self._nonces: OrderedDict[str, None] = OrderedDict()
        self._links: Tickets[str] = Tickets(clock, _LINK_SECONDS, _LINKS)
        answers: dict[str, Callable[[Request, bytes], Awaitable[Response]]] = {
            "seal/document": self._document,
            "seal/digest": self._digest,
            "seal/query": self._query,
            "seal/log": self._log,
            "seal/list": self._list,
        }
        self._operations = {f"{self.base_path}/{name}": name for name in answers}
        self.app = Starlette(
            routes=[
                *(
                    Route(f"{self.base_path}/{name}", self._call(answer), methods=["POST"])
                    for name, answer in answers.items()
                ),
                Route(f"{self.base_path}/file/{{ticket}}", self._file, methods=["GET"]),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-id`` and ``app-secret``."""
        return {"url": url, "app-id": self._app, "app-secret": self._secret}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``file`` for a file, ``other`` if it is none of ours."""
        return "file" if path.startswith(f"{self.base_path}/file/") else self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with the envelope."""
        return _envelope(_BROKEN, status=500)

    def end_sessions(self) -> None:
        """Nothing: every call is signed by itself."""

    def refusal(self) -> Response:
        """The envelope with code 1001."""
        return _envelope(_UNPROVEN)

    def _call(
        self, answer: Callable[[Request, bytes], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            body = await request.body()
            try:
                self._verify(request.headers, body)
                return await answer(request, body)
            except _Refused as refused:
                return _envelope(refused.code)
            except SealUnknown:
                return _envelope(_NO_SEAL)
            except KeyTaken:
                return _envelope(_TAKEN)

        return call

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        app, stamp, nonce, mark = (headers.get(f"x-qz-{name}", "") for name in ("app", "time", "nonce", "sign"))
        signed = f"{app}{stamp}{nonce}".encode() + body
        expected = hmac.digest(self._secret.encode(), signed, hashlib.sha256).hex()
        digits = stamp[:20] if stamp.isascii() and stamp.isdecimal() else "0"
        fresh = abs(self._clock.now().timestamp() * 1000 - int(digits)) <= WINDOW_MILLISECONDS
        if not (same(app, self._app) & same(mark, expected) & fresh) or nonce in self._nonces:
            raise _Refused(_UNPROVEN)
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)

    async def _document(self, request: Request, body: bytes) -> Response:
        asked = _decoded(body, _Asked)
        try:
            content = base64.b64decode(asked.document or "", validate=True)
        except binascii.Error:
            raise _Refused(_INVALID) from None
        return await self._take(request, asked, "document", content)

    async def _digest(self, request: Request, body: bytes) -> Response:
        asked = _decoded(body, _Asked)
        try:
            content = bytes.fromhex(asked.digest or "")
        except ValueError:
            raise _Refused(_INVALID) from None
        return await self._take(request, asked, "digest", content)

    async def _take(
        self, request: Request, asked: _Asked, mode: Literal["document", "digest"], content: bytes
    ) -> Response:
        if not content:
            raise _Refused(_INVALID)
        entry = await self.desk.take(
            Order(
                key=asked.key,
                seal=asked.seal,
                mode=mode,
                content=content,
                placing=_placing(asked.position),
                media_type=asked.media_type,
                callback=asked.notify,
                fate=request.scope.get("extensions", {}).get(FATE),
            )
        )
        return self._told(entry, status=200 if entry.sealed or entry.failed else 202)

    async def _query(self, _request: Request, body: bytes) -> Response:
        asked = _decoded(body, _Query)
        entry = self.desk.find(asked.key, asked.number)
        if entry is None:
            raise _Refused(_UNKNOWN)
        return self._told(entry)

    async def _log(self, _request: Request, body: bytes) -> Response:
        asked = _decoded(body, _Day)
        day = self.desk.day(asked.day)
        rows = [
            {
                "receiptNo": entry.number,
                "requestId": entry.accepted.key,
                "sealNo": entry.accepted.seal,
                "sealTime": entry.sealed.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
                "originHash": entry.accepted.before,
                "sealedHash": entry.sealed.after,
            }
            for entry in day[(asked.page - 1) * asked.size : asked.page * asked.size]
            if entry.sealed is not None
        ]
        return _envelope(_OK, {"total": len(day), "rows": rows})

    async def _list(self, _request: Request, _body: bytes) -> Response:
        return _envelope(_OK, [{"sealNo": spec.number, "sealName": spec.name} for spec in SEALS])

    async def _file(self, request: Request) -> Response:
        number = self._links.find(request.path_params["ticket"])
        entry = None if number is None else self.desk.find(None, number)
        if entry is None:
            return Response(status_code=404)
        return Response(self.desk.result(entry), media_type="application/octet-stream")

    def _told(self, entry: Entry, status: int = 200) -> Response:
        data: dict[str, object] = {"requestId": entry.accepted.key, "receiptNo": entry.number, "status": "PROCESSING"}
        if entry.failed is not None:
            data["status"] = "FAILED"
        elif entry.sealed is None:
            data["retryAfter"] = _WAIT
        else:
            data["status"] = "FINISHED"
            result = self.desk.result(entry)
            if entry.accepted.mode == "digest":
                data["signValue"] = base64.b64encode(result).decode()
            elif entry.accepted.answer == "at-once":
                data["fileContent"] = base64.b64encode(result).decode()
            else:
                data["fileUrl"] = f"{self.base_path}/file/{self._links.give(entry.number)}"
        return _envelope(_OK, data, status)


def _placing(position: _Position | None) -> Placing:
    if position is None or position.mode == "0":
        return USUAL
    if position.mode == "1":
        return AtPoint(position.page, position.x, position.y)
    return AtKeyword(position.keyword) if position.mode == "2" else AcrossPages()


_Decoded = TypeVar("_Decoded")


def _decoded(raw: bytes, kind: type[_Decoded]) -> _Decoded:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Refused(_INVALID) from None


def _envelope(code: str, data: object = None, status: int = 200) -> Response:
    body = {"code": code, "msg": _MESSAGES[code], "data": data}
    return Response(msgspec.json.encode(body), status, media_type="application/json")
