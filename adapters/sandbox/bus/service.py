"""The district's licences as callers meet them: the bus in front, the library behind it."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.bus.gate import SIGNATURE, Gate, Unproven, refused, sign
from adapters.sandbox.bus.library import CallRefused, DistrictLibrary
from adapters.sandbox.bus.wire import envelope
from adapters.sandbox.credentials import credential
from adapters.sandbox.stages import Stage
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock

_LIBRARY = "district/v2"


class DistrictLicences:
    """The bus and its library.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials are drawn from.
        clock: by which timestamps are judged and secrets end.
    """

    base_path = "/gateway"
    keeps_sessions = True

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self._paas_id, self._app_key = (credential(world.seed, code, name) for name in ("paas-id", "app-key"))
        self._foreign_key = credential(world.seed, code, "foreign-key")
        self._gate = Gate(self._paas_id, self._app_key, clock)
        self._library = DistrictLibrary(world.libraries[code], world.forbidden_item)
        calls: dict[str, tuple[Stage, Callable[[Request, bytes, str], Response]]] = {
            "bus/secret": ("secret", lambda _request, _body, _token: self._gate.give_secrets()),
            "bus/refresh": ("refresh", lambda _request, _body, token: self._gate.refresh_secrets(token)),
            **{f"{_LIBRARY}/{name}": ("call", self._ask(name)) for name in self._library.operations},
        }
        self._operations = {f"{self.base_path}/{path}": path.removeprefix(f"{_LIBRARY}/") for path in calls}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{path}", self._proving(stage, answer), methods=["POST"])
                for path, (stage, answer) in calls.items()
            ]
        )

    @property
    def one_login(self) -> bool:
        """Whether asking for a new secret ends all earlier ones; two replicas then invalidate each other's."""
        return self._gate.stages.one_login

    @one_login.setter
    def one_login(self, wanted: bool) -> None:
        self._gate.stages.one_login = wanted

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``paas-id`` and ``app-key``."""
        return {"url": url, "paas-id": self._paas_id, "app-key": self._app_key}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """``bus/secret``, ``bus/refresh``, the path below the library's base, or ``other``."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 of the bus, not signed."""
        return refused("BUS5000", 500)

    def end_sessions(self) -> None:
        """Every secret is void from now on, refresh secrets too."""
        self._gate.stages.end_all()

    def refusal(self) -> Response:
        """HTTP 401 of the bus: the secret is over."""
        return refused("BUS4014")

    def unsigned(self, response: Response) -> Response:
        """The reply without its signature."""
        if SIGNATURE in response.headers:
            del response.headers[SIGNATURE]
        return response

    def resigned(self, response: Response) -> Response:
        """The reply signed with another key; what the bus does not sign stays so."""
        return sign(response, self._foreign_key) if SIGNATURE in response.headers else response

    def _proving(
        self, stage: Stage, answer: Callable[[Request, bytes, str], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            try:
                token = self._gate.prove(request.headers, stage)
            except Unproven as unproven:
                return refused(unproven.code)
            return self._gate.signed(answer(request, await request.body(), token), token)

        return call

    def _ask(self, name: str) -> Callable[[Request, bytes, str], Response]:
        operation = self._library.operations[name]

        def ask(request: Request, body: bytes, _token: str) -> Response:
            try:
                return operation(body, request.headers.get("x-bus-user", ""))
            except CallRefused as refusal:
                return envelope(refusal.code)

        return ask
