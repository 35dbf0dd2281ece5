"""The ``estate`` library: by holder, by identifier or number, and whether somebody really holds a licence."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential
from adapters.sandbox.estate.replies import CodeKind, Refused, other, reply
from adapters.sandbox.estate.requests import document_type, read_body, required, text, window
from adapters.sandbox.estate.signing import Signatures
from adapters.sandbox.estate.wire import row
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.mistakes import Record
from gateway.core.clock import CHINA, Clock

_Handler = Callable[[dict[str, Any]], Response]


class EstateLibrary:
    """One library of this family.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials are drawn from.
        clock: by which signatures and the maintenance window are judged.

    Attributes:
        maintenance: local times of one day between which every call is answered with 2; None for never.
        allowed: addresses from which it may be called, everyone else is not authorised (1); None for all.
    """

    base_path = "/v1.0"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self.maintenance: tuple[time, time] | None = None
        self.allowed: frozenset[str] | None = None
        self._clock = clock
        self._library = world.libraries[code]
        self._forbidden_item = world.forbidden_item
        self._credentials = {name: credential(world.seed, code, name) for name in ("app-key", "app-secret")}
        self._signatures = Signatures(self._credentials["app-key"], self._credentials["app-secret"], clock)
        operations: dict[str, tuple[_Handler, CodeKind]] = {
            "zzgl/zzxx": (self._by_holder, "number"),
            "zzgl/zzxq": (self._one, "string"),
            "zzgl/zzyz": (self._check, "number"),
        }
        self._operations = {f"{self.base_path}/{name}": name for name in operations}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{name}", self._answering(handler, kind), methods=["POST"])
                for name, (handler, kind) in operations.items()
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-key`` and ``app-secret``."""
        return {"url": url, **self._credentials}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with code -1."""
        response = reply(-1, "number")
        response.status_code = 500
        return response

    def end_sessions(self) -> None:
        """Nothing: every call is signed by itself."""

    def refusal(self) -> Response:
        """Code 13, as for a signature with a skewed clock."""
        return reply(13, "number")

    def _answering(self, handler: _Handler, kind: CodeKind) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._admit(request)
                body = read_body(await request.body())
                self._verify_purpose(body)
                return handler(body)
            except Refused as refused:
                return reply(refused.code, kind)

        return answer

    def _admit(self, request: Request) -> None:
        if self.allowed is not None and (request.client is None or request.client.host not in self.allowed):
            raise Refused(1)
        if self.maintenance is not None:
            start, end = self.maintenance
            if start <= self._clock.now().astimezone(CHINA).time() < end:
                raise Refused(2)
        self._signatures.verify(request.query_params)

    def _verify_purpose(self, body: dict[str, Any]) -> None:
        item = required(body, "SXBM")
        required(body, "YWLSH")
        if item == self._forbidden_item:
            raise Refused(1)

    def _by_holder(self, body: dict[str, Any]) -> Response:
        number, kind = required(body, "ZJHM").upper(), document_type(body)
        found = [
            record
            for record in self._library.held_by(number)
            if any(holder.number == number and holder.type == kind for holder in record.licence.holders)
        ]
        return self._rows(found, window(body), "number")

    def _one(self, body: dict[str, Any]) -> Response:
        identifier = text(body, "ZZBS")
        number = text(body, "BDCQZH") if identifier else required(body, "BDCQZH")
        found = self._library.identified(identifier) if identifier else self._library.numbered(number)
        return self._rows(found, window(body), "string")

    def _check(self, body: dict[str, Any]) -> Response:
        identifier, number = required(body, "ZZBS"), required(body, "ZJHM").upper()
        found = self._library.identified(identifier)
        held = any(holder.number == number for record in found for holder in record.licence.holders)
        return reply(0 if held else 1, "number")

    def _rows(self, found: Sequence[Record], shown: slice, kind: CodeKind) -> Response:
        if not found:
            return reply(3, kind, total="0", rows=[])
        rows = [row(self._library, record, other(kind)) for record in found[shown]]
        return reply(0, kind, total=str(len(found)), rows=rows)
