"""The register's interface: one envelope, two questions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential, same
from adapters.sandbox.population.register import COLUMNS, Record, Register
from adapters.sandbox.system import RECORDS, RecordFate
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock

_OK, _BAD, _DENIED, _NOTHING, _BROKEN = "0000", "1001", "1003", "1404", "9999"
_MESSAGES: Final = {
    _OK: "成功",
    _BAD: "请求参数有误",
    _DENIED: "应用未授权",
    _NOTHING: "未查询到数据",
    _BROKEN: "系统内部错误",
}
_LARGEST_PAGE: Final = 500


class Population:
    """The register as a system.

    Args:
        code: the system's code.
        world: whose people it knows, and what its credentials are drawn from.
        clock: not needed; what it states was written long ago.
    """

    base_path = "/sbgx/api"
    keeps_sessions = False
    record_operations = frozenset({"person", "staff"})

    def __init__(self, code: str, world: World, _clock: Clock) -> None:
        self.code = code
        self.register = Register(world)
        self._credentials = {name: credential(world.seed, code, name) for name in ("app-id", "app-key")}
        answers: dict[str, Callable[[dict[str, Any], RecordFate | None], Response]] = {
            "person": self._person,
            "staff": self._staff,
        }
        self._operations = {f"{self.base_path}/{name}": name for name in answers}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{name}", self._call(answer), methods=["POST"])
                for name, answer in answers.items()
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-id`` and ``app-key``."""
        return {"url": url, **self._credentials}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """``person``, ``staff``, or ``other``."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with the envelope."""
        return _envelope(_BROKEN, http=500)

    def end_sessions(self) -> None:
        """Nothing: every call carries its credentials."""

    def refusal(self) -> Response:
        """The envelope of an application that is not known."""
        return _envelope(_DENIED)

    def _call(
        self, answer: Callable[[dict[str, Any], RecordFate | None], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            given = [request.headers.get(f"x-{name}", "") for name in self._credentials]
            known = [same(one, secret) for one, secret in zip(given, self._credentials.values(), strict=True)]
            if not all(known):
                return _envelope(_DENIED)
            try:
                asked = msgspec.json.decode(await request.body(), type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError):
                return _envelope(_BAD)
            return answer(asked, request.scope.get("extensions", {}).get(RECORDS))

        return call

    def _person(self, asked: dict[str, Any], fate: RecordFate | None) -> Response:
        number = asked.get("gmsfhm")
        if not isinstance(number, str) or not number or not asked.get("sqsx"):
            return _envelope(_BAD)
        record = self.register.person(number)
        if record is None:
            return _envelope(_NOTHING)
        rows = [record, self.register.somebody_else(number)] if fate is RecordFate.OTHER_PERSON else [record]
        return _rows(rows, asked, fate)

    def _staff(self, asked: dict[str, Any], fate: RecordFate | None) -> Response:
        firm, number, size = (asked.get(name) for name in ("dwxydm", "ym", "mys"))
        if not isinstance(firm, str) or not isinstance(number, int) or not isinstance(size, int):
            return _envelope(_BAD)
        if number < 1 or not 1 <= size <= _LARGEST_PAGE or not asked.get("sqsx"):
            return _envelope(_BAD)
        staff = self.register.staff(firm)
        if staff is None:
            return _envelope(_NOTHING)
        state, since = asked.get("cbzt"), asked.get("cbrq")
        chosen = [one for one in staff if state in {None, one["cbzt"]} and since in {None, one["cbrq"]}]
        return _rows(chosen[(number - 1) * size : number * size], asked, fate, len(chosen))


def _rows(
    records: Sequence[Record], asked: dict[str, Any], fate: RecordFate | None, total: int | None = None
) -> Response:
    named = asked.get("zds")
    columns = {COLUMNS[name] for name in named if name in COLUMNS} if isinstance(named, list) else set()
    if fate is RecordFate.MORE_FIELDS:
        columns = set(COLUMNS.values())
    rows = [{name: value for name, value in record.items() if name in columns} for record in records]
    return _envelope(_OK, {"zs": len(rows) if total is None else total, "sj": rows})


def _envelope(code: str, data: object = None, http: int = 200) -> Response:
    body = msgspec.json.encode({"code": code, "msg": _MESSAGES[code], "data": data})
    return Response(body, http, media_type="application/json;charset=UTF-8")
