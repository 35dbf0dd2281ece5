"""A district's platform of an older make: forms with a file in them, a token, a key that it remembers but disobeys.

What came before with the same number of business is sealed again; what became of the last one can be asked.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential, same
from adapters.sandbox.sealing.cabinet import SealSpec
from adapters.sandbox.sealing.desk import FATE, Desk, Order, SealUnknown
from adapters.sandbox.sealing.ledger import Entry
from adapters.sandbox.sealing.parts import read_parts
from adapters.sandbox.sealing.stamping import USUAL, Placing
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.generate import World
from certs.placement import AcrossPages, AtKeyword, AtPoint
from gateway.core.clock import CHINA, Clock

SEALS: Final = (
    SealSpec("420102-01", "示例区政务服务局公章", "at-once"),
    SealSpec("420102-02", "示例区行政审批专用章", "polling"),
)
_OK, _BAD, _EXPIRED, _NO_SEAL, _UNKNOWN, _BROKEN = "200", "400", "401", "404", "604", "500"
_DONE, _WORKING, _FAILED = 1, 0, 9
_POINTS: Final = 72 / 25.4
_TOKEN_SECONDS: Final = 1_200.0
_TOKENS: Final = 1_000
_LONGEST_KEY: Final = 100


class _Refused(Exception):
    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(status)


class SealDistrict:
    """The platform.

    Args:
        code: the system's code.
        world: what its credentials are drawn from.
        clock: by which tokens end and which it states.
        folder: where it keeps keys, seals, ledger and papers.
    """

    base_path = "/qz/rest"
    keeps_sessions = True
    sealing_operations = frozenset({"stamp"})

    def __init__(self, code: str, world: World, clock: Clock, folder: Path) -> None:
        self.code = code
        self.desk = Desk(folder, SEALS, clock, idempotent=False, prefix="D")
        self._app, self._secret = (credential(world.seed, code, name) for name in ("app-id", "app-secret"))
        self._tokens: Tickets[str] = Tickets(clock, _TOKEN_SECONDS, _TOKENS)
        answers: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "token": self._token,
            "stamp": self._stamp,
            "stamp/state": self._state,
            "stamp/records": self._records,
        }
        self._operations = {f"{self.base_path}/{name}": name for name in answers}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{name}", self._call(name, answer), methods=["POST"])
                for name, answer in answers.items()
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-id`` and ``app-secret``."""
        return {"url": url, "app-id": self._app, "app-secret": self._secret}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with the envelope."""
        return _envelope(_BROKEN, http=500)

    def end_sessions(self) -> None:
        """Ends all tokens."""
        self._tokens.end_all()

    def refusal(self) -> Response:
        """The envelope of a token that is over."""
        return _envelope(_EXPIRED)

    def _call(
        self, name: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            try:
                if name != "token":
                    self._verify(request)
                return await answer(request)
            except _Refused as refused:
                return _envelope(refused.status)
            except SealUnknown:
                return _envelope(_NO_SEAL)

        return call

    def _verify(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.find(token) is None:
            raise _Refused(_EXPIRED)

    async def _token(self, request: Request) -> Response:
        given = _object(await request.body())
        if not (same(_text(given, "appId"), self._app) & same(_text(given, "appSecret"), self._secret)):
            raise _Refused("403")
        return _envelope(_OK, {"token": self._tokens.give(self._app), "expire": int(_TOKEN_SECONDS)})

    async def _stamp(self, request: Request) -> Response:
        parts = read_parts(request.headers.get("content-type", ""), await request.body())
        if parts is None or not parts.get("file"):
            raise _Refused(_BAD)
        said = {name: content.decode("utf-8", "replace") for name, content in parts.items() if name != "file"}
        key = said.get("bizNo", "")
        if not 0 < len(key) <= _LONGEST_KEY:
            raise _Refused(_BAD)
        entry = await self.desk.take(
            Order(
                key=key,
                seal=said.get("sealId", ""),
                mode="document",
                content=parts["file"],
                placing=_placing(said),
                callback=said.get("notifyUrl"),
                fate=request.scope.get("extensions", {}).get(FATE),
            )
        )
        return self._told(entry)

    async def _state(self, request: Request) -> Response:
        asked = _object(await request.body())
        entry = self.desk.find(_text(asked, "bizNo") or None, _text(asked, "serial") or None)
        if entry is None:
            raise _Refused(_UNKNOWN)
        return self._told(entry)

    async def _records(self, request: Request) -> Response:
        asked = _object(await request.body())
        try:
            day = datetime.strptime(_text(asked, "day"), "%Y%m%d").replace(tzinfo=CHINA).date()
        except ValueError:
            raise _Refused(_BAD) from None
        offset, size = _count(asked, "offset"), _count(asked, "size") or 100
        entries = self.desk.day(day)
        rows = [
            {
                "serial": entry.number,
                "bizNo": entry.accepted.key,
                "sealId": entry.accepted.seal,
                "time": int(entry.sealed.at.timestamp() * 1000),
                "srcSha256": entry.accepted.before.upper(),
                "dstSha256": entry.sealed.after.upper(),
            }
            for entry in entries[offset : offset + size]
            if entry.sealed is not None
        ]
        return _envelope(_OK, {"count": str(len(entries)), "list": rows})

    def _told(self, entry: Entry) -> Response:
        result: dict[str, object] = {"serial": entry.number, "bizNo": entry.accepted.key, "state": _WORKING}
        if entry.failed is not None:
            result["state"] = _FAILED
        elif entry.sealed is not None:
            result |= {"state": _DONE, "content": base64.b64encode(self.desk.result(entry)).decode()}
        return _envelope(_OK, result)


def _placing(said: Mapping[str, str]) -> Placing:
    """By ``pageNo``, ``posX`` and ``posY`` in points from the page's top left corner, a ``keyword``, or ``qifeng``."""
    if said.get("qifeng") == "1":
        return AcrossPages()
    if said.get("keyword"):
        return AtKeyword(said["keyword"])
    try:
        return AtPoint(int(said["pageNo"]), float(said["posX"]) / _POINTS, float(said["posY"]) / _POINTS)
    except KeyError:
        return USUAL
    except ValueError:
        raise _Refused(_BAD) from None


def _object(raw: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Refused(_BAD) from None


def _text(asked: Mapping[str, object], name: str) -> str:
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _count(asked: Mapping[str, object], name: str) -> int:
    value = asked.get(name, 0)
    if not isinstance(value, int) or not 0 <= value <= 1_000_000:  # noqa: PLR2004 - no day has more
        raise _Refused(_BAD)
    return value


def _envelope(status: str, result: object = None, http: int = 200) -> Response:
    body = {"status": status, "message": "success" if status == _OK else "fail", "result": result}
    return Response(msgspec.json.encode(body), http, media_type="application/json;charset=UTF-8")
