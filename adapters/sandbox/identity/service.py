"""The identity platform: both styles, and what only a sandbox has: codes, scans and new keys on demand."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, get_args

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential
from adapters.sandbox.identity.connect import ISSUER, TOKEN_SECONDS, Client, Connect
from adapters.sandbox.identity.keys import SigningKeys
from adapters.sandbox.identity.older import BROKEN, MESSAGES, UNSIGNED, OlderStyle
from adapters.sandbox.identity.people import Known, Part, People
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Party
from gateway.core.clock import Clock

CODE_SECONDS = 300.0
SCAN_SECONDS = 120.0
_TICKETS = 10_000
_CREDENTIALS = ("client-id", "client-secret", "counter-client-id", "counter-client-secret", "app-key", "app-secret")


class Identity:
    """The platform.

    Args:
        code: the system's code.
        world: whose people it knows, and what its credentials are drawn from.
        clock: by which tokens, codes and scans end.
    """

    base_path = "/identity"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self._credentials = {name: credential(world.seed, code, name) for name in _CREDENTIALS}
        self._people = People(world)
        self._keys = SigningKeys(clock, TOKEN_SECONDS)
        self._codes: Tickets[Known] = Tickets(clock, CODE_SECONDS, _TICKETS)
        self._scans: Tickets[Party] = Tickets(clock, SCAN_SECONDS, _TICKETS)
        own = self._credentials
        connect = Connect(
            (
                Client(own["client-id"], own["client-secret"], "portal", "示例政务门户", "ES256"),
                Client(own["counter-client-id"], own["counter-client-secret"], "counter", "示例综合窗口", "RS256"),
            ),
            self._keys,
            self._codes,
            clock,
        )
        older = OlderStyle(own["app-key"], own["app-secret"], self._people, self._codes, self._scans, clock)
        routes: dict[str, tuple[str, Callable[[Request], Awaitable[Response]]]] = {
            ".well-known/openid-configuration": ("GET", connect.describe),
            "jwks": ("GET", connect.show_keys),
            "token": ("POST", connect.give_token),
            "sso/user": ("GET", older.show_user),
            "scans/verify": ("POST", older.verify_scan),
            "sandbox/codes": ("POST", self._order_code),
            "sandbox/scans": ("POST", self._order_scan),
            "sandbox/rotate": ("POST", self._order_rotation),
        }
        self._operations = {f"{self.base_path}/{path}": path for path in routes}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{path}", answer, methods=[method]) for path, (method, answer) in routes.items()
            ]
        )

    def make_code(self, part: Part) -> str:
        """A sign-in code for who has this part; it works once, within five minutes, in either style."""
        return self._codes.give(self._people.playing(part))

    def make_scan(self, number: str) -> str | None:
        """A code as a holder shows it at a counter; it works once, within two minutes. None for an unknown number."""
        party = self._people.numbered(number)
        return None if party is None else self._scans.give(party)

    def rotate_keys(self, *, overlap: bool = True) -> None:
        """Signs with new keys from now on; without ``overlap`` the old ones disappear at once."""
        self._keys.rotate(overlap=overlap)

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``issuer``, and id and secret of two clients (``counter-`` before the second's) and ``app-``."""
        return {"url": url, "issuer": ISSUER, **self._credentials}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``other`` if it is none of ours."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with an error that callers of both styles understand."""
        return _json({"error": "server_error", "errcode": BROKEN, "errmsg": MESSAGES[BROKEN]}, 500)

    def end_sessions(self) -> None:
        """Ends all codes and scans; tokens cannot be called back."""
        self._codes.end_all()
        self._scans.end_all()

    def refusal(self) -> Response:
        """HTTP 401 with an error that callers of both styles understand."""
        return _json({"error": "invalid_client", "errcode": UNSIGNED, "errmsg": MESSAGES[UNSIGNED]}, 401)

    async def _order_code(self, request: Request) -> Response:
        order = await _order(request, _CodeOrder)
        return _unreadable() if order is None else _json({"code": self.make_code(order.subject)})

    async def _order_scan(self, request: Request) -> Response:
        order = await _order(request, _ScanOrder)
        if order is None:
            return _unreadable()
        scan = self.make_scan(order.number)
        return _json({"error": "unknown number"}, 404) if scan is None else _json({"scan": scan})

    async def _order_rotation(self, request: Request) -> Response:
        order = await _order(request, _RotationOrder)
        if order is None:
            return _unreadable()
        self.rotate_keys(overlap=order.overlap)
        return Response(status_code=204)


class _CodeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: Part


class _ScanOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _RotationOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    overlap: bool = True


_Order = TypeVar("_Order")


async def _order(request: Request, kind: type[_Order]) -> _Order | None:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _unreadable() -> Response:
    parts = ", ".join(get_args(Part))
    return _json({"error": f"send subject (one of {parts}), number, or overlap (true or false)"}, 400)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
