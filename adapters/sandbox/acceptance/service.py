"""The acceptance system: three pages that take reports, one that tells the status of a case, and the REST twin."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import get_args

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.acceptance import wire
from adapters.sandbox.acceptance.forms import Form, FormInvalid, read_form
from adapters.sandbox.acceptance.register import CaseRegister
from adapters.sandbox.acceptance.reports import Page, ReportRefused, read_report
from adapters.sandbox.acceptance.twin import Twin
from adapters.sandbox.credentials import credential, same
from adapters.sandbox.world.cases import CaseState
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock

_STATUS = "CaseStatus"
_TOKEN = "rest/token"  # noqa: S105 - a path
_CASES = "rest/cases"

_Answer = Callable[[Form], Response]


class Acceptance:
    """The system.

    Args:
        code: the system's code.
        world: whose cases it holds at first, and what its credentials are drawn from.
        clock: by which cases are opened and closed, and tokens end.
    """

    base_path = "/acceptance"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self._register = CaseRegister((*world.cases.all, world.trial_case), world.bodies, clock)
        self._credentials = {
            name: credential(world.seed, code, name) for name in ("api-key", "client-id", "client-secret")
        }
        client = (self._credentials["client-id"], self._credentials["client-secret"])
        self._twin = Twin(client, self._register, clock)
        pages: dict[str, _Answer] = {_STATUS: self._status}
        pages |= {page: partial(self._report, page) for page in get_args(Page)}
        self._operations = {f"{self.base_path}/{page}.aspx": page for page in pages}
        self._operations[f"{self.base_path}/{_TOKEN}"] = _TOKEN
        self.app = Starlette(
            routes=[
                *(Route(f"{self.base_path}/{page}.aspx", self._page(pages[page]), methods=["POST"]) for page in pages),
                Route(f"{self.base_path}/{_TOKEN}", self._twin.give_token, methods=["POST"]),
                Route(f"{self.base_path}/{_CASES}/{{number}}", self._twin.show_case, methods=["GET"]),
            ]
        )

    def put_case(self, number: str, state: CaseState) -> bool:
        """Brings a case into a state while the system runs; False if there is no such case."""
        return self._register.put(number, state)

    def close_case(self, number: str) -> bool:
        """Closes a case while the system runs; False if there is no such case."""
        return self.put_case(number, "CLOSED")

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``api-key`` for the pages, ``client-id`` and ``client-secret`` for the twin."""
        return {"url": url, **self._credentials}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The page without its ending, ``rest/token``, ``rest/cases`` or ``other``."""
        if path.startswith(f"{self.base_path}/{_CASES}/"):
            return _CASES
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with result -9, in XML for both interfaces."""
        return wire.reply(wire.BROKEN, status=500)

    def end_sessions(self) -> None:
        """Every token of the twin is void from now on; the key of the pages has no end."""
        self._twin.tokens.end_all()

    def refusal(self) -> Response:
        """Result -1 with HTTP 401, so that callers of both interfaces understand it."""
        return wire.reply(wire.UNKNOWN_CALLER, status=401)

    def _page(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            try:
                form = read_form(await request.body())
            except FormInvalid:
                return wire.reply(wire.UNREADABLE)
            if not same(form.api_key, self._credentials["api-key"]):
                return wire.reply(wire.UNKNOWN_CALLER)
            try:
                return answer(form)
            except ReportRefused as refused:
                return wire.reply(wire.REFUSED, str(refused))

        return call

    def _report(self, page: Page, form: Form) -> Response:
        taken = self._register.report(read_report(page, form))
        return wire.reply(wire.DONE, "接收成功" if taken else "重复报送,已忽略")

    def _status(self, form: Form) -> Response:
        number = form.base.get("PROJID", "")
        if not number:
            raise ReportRefused("PROJID不能为空")
        case = self._register.find(number)
        return wire.reply(wire.MISSING) if case is None else wire.reply(wire.DONE, case=case)
