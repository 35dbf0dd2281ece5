"""The reporting interface: basic information, steps, and what became of them."""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.case_report.archive import Archive
from adapters.sandbox.case_report.rows import Kind, RowRefused, plain, read_row
from adapters.sandbox.credentials import credential, same
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock

WINDOW_MILLISECONDS = 300_000
"""How far ``timestamp`` may lie from now, both ways."""

ROWS_MOST = 50
"""Rows of a request at the most."""

_PARSED, _UNREADABLE, _UNPROVEN, _BROKEN = "200", "400", "401", "500"
_MESSAGES = {_PARSED: "报文解析成功", _UNREADABLE: "报文格式错误", _UNPROVEN: "签名校验失败", _BROKEN: "系统内部错误"}
_TAKEN, _REFUSED, _REPEATED = 1, 0, 2
_QUERY = "queryStatus"


class _Failure(Exception):
    """A call that ends with this resultCode."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Request(msgspec.Struct, frozen=True):
    """``data`` stays text: it is signed as it was sent."""

    appid: str
    timestamp: Annotated[int, msgspec.Meta(ge=0, le=10**14)] | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,14}$")]
    sign: str
    data: str


class _Query(msgspec.Struct, frozen=True):
    projids: list[str]


class CaseReport:
    """The interface.

    Args:
        code: the system's code.
        world: what its credentials are drawn from.
        clock: by which ``timestamp`` is judged.
    """

    base_path = "/case-report/v1"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self.archive = Archive()
        self._clock = clock
        self._app_id, self._secret = (credential(world.seed, code, name) for name in ("app-id", "app-secret"))
        answers: dict[str, Callable[[bytes], object]] = {
            kind: partial(self._receive, kind) for kind in get_args(Kind)
        } | {_QUERY: self._query}
        self._operations = {f"{self.base_path}/{name}": name for name in answers}
        self.app = Starlette(
            routes=[Route(f"{self.base_path}/{name}", self._call(answers[name]), methods=["POST"]) for name in answers]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-id`` and ``app-secret``."""
        return {"url": url, "app-id": self._app_id, "app-secret": self._secret}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with the envelope."""
        return _envelope(_BROKEN, status=500)

    def end_sessions(self) -> None:
        """Nothing: every call is signed by itself."""

    def refusal(self) -> Response:
        """The envelope with resultCode 401."""
        return _envelope(_UNPROVEN)

    def _call(self, answer: Callable[[bytes], object]) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            try:
                return _envelope(_PARSED, answer(self._proven(await request.body())))
            except _Failure as failure:
                return _envelope(failure.code)

        return call

    def _proven(self, raw: bytes) -> bytes:
        """The ``data`` of a request whose signature holds."""
        body = _decoded(raw, _Request)
        signed = f"{body.appid}&{body.timestamp}&{body.data}".encode()
        expected = base64.b64encode(hmac.digest(self._secret.encode(), signed, hashlib.sha256)).decode()
        fresh = abs(self._clock.now().timestamp() * 1000 - int(body.timestamp)) <= WINDOW_MILLISECONDS
        if not (same(body.appid, self._app_id) & same(body.sign, expected) & fresh):
            raise _Failure(_UNPROVEN)
        return body.data.encode()

    def _receive(self, kind: Kind, data: bytes) -> list[dict[str, object]]:
        rows = _decoded(data, list[dict[str, Any]])
        if not 1 <= len(rows) <= ROWS_MOST:
            raise _Failure(_UNREADABLE)
        return [self._take(kind, row) for row in rows]

    def _take(self, kind: Kind, row: dict[str, Any]) -> dict[str, object]:
        number = plain(row.get("projid"))
        try:
            taken = self.archive.take(kind, read_row(kind, row))
        except RowRefused as refused:
            return {"projid": number, "code": _REFUSED, "msg": str(refused)}
        if taken:
            return {"projid": number, "code": _TAKEN, "msg": "接收成功"}
        return {"projid": number, "code": _REPEATED, "msg": "重复报送,已忽略"}

    def _query(self, data: bytes) -> list[dict[str, object]]:
        numbers = _decoded(data, _Query).projids
        if not 1 <= len(numbers) <= ROWS_MOST:
            raise _Failure(_UNREADABLE)
        return [self._status(number) for number in numbers]

    def _status(self, number: str) -> dict[str, object]:
        found = self.archive.find(number)
        if found is None:
            return {"projid": number, "code": _REFUSED, "msg": "未报送"}
        basic, steps = found
        return {
            "projid": number,
            "code": _TAKEN,
            "msg": "已报送",
            "version": basic["version"],
            "taskcode": basic["taskcode"],
            "nodetype": steps[-1]["nodetype"] if steps else "null",
            "nodestarttime": steps[-1]["nodestarttime"] if steps else "null",
        }


_Decoded = TypeVar("_Decoded")


def _decoded(raw: bytes, kind: type[_Decoded]) -> _Decoded:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Failure(_UNREADABLE) from None


def _envelope(code: str, data: object = None, status: int = 200) -> Response:
    body = {"resultCode": code, "resultMsg": _MESSAGES[code], "data": data}
    return Response(msgspec.json.encode(body), status, media_type="application/json")
