"""The older style: a signed query, a code that works once, and a person under other names."""

import hashlib
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.sandbox.credentials import same
from adapters.sandbox.identity.people import Known, People, document, older_style
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.model import Party
from gateway.core.clock import Clock

WINDOW_MILLISECONDS = 300_000
"""How far ``ms`` may lie from now, both ways."""

OK, UNREADABLE, UNSIGNED, STALE, USED_UP, NO_CLERK, BROKEN = 0, 40000, 40001, 40002, 40003, 40004, 50000
MESSAGES: Mapping[int, str] = {
    OK: "ok",
    UNREADABLE: "参数错误",
    UNSIGNED: "签名错误",
    STALE: "时间戳超出允许范围",
    USED_UP: "凭证无效、已使用或已过期",
    NO_CLERK: "窗口人员不存在",
    BROKEN: "系统内部错误",
}
"""The platform's own codes and texts. None names a value that was sent."""

_DIGITS_MOST = 15


class _Refused(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class _ScanQuery(msgspec.Struct, frozen=True):
    scan: str
    clerk: str


class OlderStyle:
    """The endpoints.

    Args:
        app_key, secret: those of the one application.
        people: who can be identified.
        codes: sign-in codes, shared with OpenID Connect.
        scans: codes that a holder shows at a counter.
        clock: by which ``ms`` is judged.
    """

    def __init__(
        self, app_key: str, secret: str, people: People, codes: Tickets[Known], scans: Tickets[Party], clock: Clock
    ) -> None:
        self._app_key = app_key
        self._secret = secret
        self._people = people
        self._codes = codes
        self._scans = scans
        self._clock = clock

    async def show_user(self, request: Request) -> Response:
        """``GET /sso/user?code=&appKey=&ms=&sign=``."""
        try:
            self._check_signature(request.query_params)
            person = self._signed_in(request.query_params.get("code", ""))
        except _Refused as refused:
            return reply(refused.code)
        return reply(OK, older_style(person))

    async def verify_scan(self, request: Request) -> Response:
        """``POST /scans/verify?appKey=&ms=&sign=`` with ``{scan, clerk}``."""
        try:
            self._check_signature(request.query_params)
            holder = self._scanned(await request.body())
        except _Refused as refused:
            return reply(refused.code)
        return reply(OK, document(holder))

    def _signed_in(self, code: str) -> Known:
        person = self._codes.take(code)
        if person is None:
            raise _Refused(USED_UP)
        return person

    def _scanned(self, body: bytes) -> Party:
        try:
            query = msgspec.json.decode(body, type=_ScanQuery)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _Refused(UNREADABLE) from None
        # the scan is not used up by somebody who may not use it
        if not self._people.has_clerk(query.clerk):
            raise _Refused(NO_CLERK)
        holder = self._scans.take(query.scan)
        if holder is None:
            raise _Refused(USED_UP)
        return holder

    def _check_signature(self, query: Mapping[str, str]) -> None:
        app_key, moment, given = (query.get(name, "") for name in ("appKey", "ms", "sign"))
        if not (moment.isascii() and moment.isdecimal() and len(moment) <= _DIGITS_MOST):
            raise _Refused(UNREADABLE)
        signed = f"{app_key}{self._secret}{moment}".encode()
        # MD5 is what the platform prescribes
        expected = hashlib.md5(signed, usedforsecurity=False).hexdigest()
        if not (same(app_key, self._app_key) & same(given.lower(), expected)):
            raise _Refused(UNSIGNED)
        if abs(self._clock.now().timestamp() * 1000 - int(moment)) > WINDOW_MILLISECONDS:
            raise _Refused(STALE)


def reply(code: int, data: object = None) -> Response:
    """A reply in the older style."""
    body = {"errcode": code, "errmsg": MESSAGES[code], "data": data}
    return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")
