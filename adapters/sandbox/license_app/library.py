"""The ``license-app`` library: login, listing by holder or office, data by use code."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential, same
from adapters.sandbox.license_app import wire
from adapters.sandbox.license_app.envelope import Failure, envelope
from adapters.sandbox.license_app.requests import page, read_body, required, text
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.mistakes import Record
from gateway.core.clock import Clock

SESSION_SECONDS = 1_800.0
USE_CODE_SECONDS = 300.0
_SESSIONS = 1_000
_USE_CODES = 50_000
_CREDENTIALS = ("app-key", "app-secret", "account", "password")

_Handler = Callable[[Request, bytes], Response]


class LicenseApp:
    """One library of this family.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials are drawn from.
        clock: by which sessions and use codes end.
    """

    base_path = "/license-app/v1"
    keeps_sessions = True

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self.sessions: Tickets[bool] = Tickets(clock, SESSION_SECONDS, _SESSIONS)
        self._use_codes: Tickets[Record] = Tickets(clock, USE_CODE_SECONDS, _USE_CODES)
        self._clock = clock
        self._library = world.libraries[code]
        self._credentials = {name: credential(world.seed, code, name) for name in _CREDENTIALS}
        posts: dict[str, _Handler] = {
            "/security/login": self._login,
            "/license/holder": self._by_holder,
            "/license/auth": self._by_office,
        }
        gets: dict[str, _Handler] = {"/security/logout": self._logout, "/license/get_license": self._get}
        self._operations = {f"{self.base_path}{path}": path[1:] for path in (*posts, *gets)}
        self.app = Starlette(
            routes=[
                *(self._route(path, handler, "POST") for path, handler in posts.items()),
                *(self._route(path, handler, "GET") for path, handler in gets.items()),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-key``, ``app-secret``, ``account`` and ``password``."""
        return {"url": url, **self._credentials}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with the envelope."""
        response = envelope(self._clock, None, failure="E500")
        response.status_code = 500
        return response

    def end_sessions(self) -> None:
        """Every access token is void from now on."""
        self.sessions.end_all()

    def refusal(self) -> Response:
        """FAILURE E401."""
        return envelope(self._clock, None, failure="E401")

    def _route(self, path: str, handler: _Handler, method: str) -> Route:
        return Route(self.base_path + path, self._answering(handler), methods=[method])

    def _answering(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return handler(request, await request.body())
            except Failure as failure:
                return envelope(self._clock, None, failure=failure.code)

        return answer

    def _login(self, _request: Request, raw: bytes) -> Response:
        body = read_body(raw)
        # every field is compared, so that the time taken does not tell which one was wrong
        matches = [same(text(body, name.replace("-", "_")), expected) for name, expected in self._credentials.items()]
        if not all(matches):
            raise Failure("E1001")
        return envelope(self._clock, None, access_token=self.sessions.give(True))  # noqa: FBT003 - a mere mark

    def _logout(self, request: Request, _raw: bytes) -> Response:
        self._check_session(request)
        self.sessions.end(request.query_params["access_token"])
        return envelope(self._clock, None)

    def _by_holder(self, request: Request, raw: bytes) -> Response:
        self._check_session(request)
        body = read_body(raw)
        required(body, "service_item_code")
        return self._list(body, self._library.held_by(required(body, "credential")))

    def _by_office(self, request: Request, raw: bytes) -> Response:
        self._check_session(request)
        body = read_body(raw)
        required(body, "service_item_code")
        holder, identifier, number = (text(body, name) for name in ("identity_number", "license_code", "id_code"))
        if not identifier and not number:
            return self._list(body, self._library.held_by(required(body, "identity_number")))
        found = self._library.identified(identifier) if identifier else self._library.numbered(number)
        if holder:
            found = [one for one in found if any(party.number == holder for party in one.licence.holders)]
        return self._list(body, found)

    def _list(self, body: dict[str, Any], found: Sequence[Record]) -> Response:
        licences = [wire.listed(self._library, record, self._use_codes.give(record)) for record in found[page(body)]]
        data = {
            "total_count": str(len(found)),
            "auth_codes": [licence["auth_code"] for licence in licences],
            "licenses": licences,
        }
        return envelope(self._clock, data, correlation=text(body, "request_id"))

    def _get(self, request: Request, _raw: bytes) -> Response:
        self._check_session(request)
        record = self._use_codes.find(request.query_params.get("auth_code", ""))
        if record is None:
            raise Failure("E1205")
        return envelope(self._clock, wire.full(self._library, record))

    def _check_session(self, request: Request) -> None:
        if self.sessions.find(request.query_params.get("access_token", "")) is None:
            raise Failure("E401")
