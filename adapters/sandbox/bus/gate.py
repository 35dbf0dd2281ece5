"""The gate of the bus: headers that prove the caller, secrets in two stages, signatures under replies.

A request is signed with a *token*: ``x-bus-signature`` is hex of SHA-256 over timestamp + token + nonce + timestamp.
The token is the app key where a secret is fetched, the refresh secret where it is refreshed, the secret elsewhere.
A reply is signed with the token of its request: ``x-bus-response-signature`` is hex of HMAC-SHA256 under the token
over ``x-bus-timestamp`` of the reply + body.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from starlette.responses import HTMLResponse, Response

from adapters.sandbox.bus.secrets import Secrets
from adapters.sandbox.credentials import same
from gateway.core.clock import Clock

WINDOW_SECONDS = 180
SECRET_SECONDS = 600
REFRESH_SECONDS = 7 * 86_400

SIGNATURE = "x-bus-response-signature"
TIMESTAMP = "x-bus-timestamp"

Stage = Literal["secret", "refresh", "call"]

_NONCES = 100_000
_LONGEST = 128
_PAGE = "<!DOCTYPE html><html><head><title>401</title></head><body><h1>未经授权的访问</h1></body></html>"
_MESSAGES = {
    "BUS4011": "签名校验失败",
    "BUS4012": "时间戳超出允许范围",
    "BUS4013": "随机数重复",
    "BUS4014": "密钥已失效",
    "BUS5000": "总线内部错误",
}


class Unproven(Exception):
    """A call that the bus does not let through: its code, or "" for the HTML page."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Gate:
    """The gate.

    Args:
        paas_id: who may call.
        app_key: with which that caller fetches secrets.
        clock: by which timestamps are judged and secrets end.

    Attributes:
        one_login: whether new secrets end all earlier ones, as where only one session is allowed.
    """

    def __init__(self, paas_id: str, app_key: str, clock: Clock) -> None:
        self.one_login = False
        self._paas_id = paas_id
        self._app_key = app_key
        self._clock = clock
        self._secrets = Secrets(clock, SECRET_SECONDS)
        self._refreshers = Secrets(clock, REFRESH_SECONDS)
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def prove(self, headers: Mapping[str, str], stage: Stage) -> str:
        """The token with which a call is signed.

        Raises:
            Unproven: "" if headers are missing or the caller is unknown, BUS4012 outside the window, BUS4011 for a
                wrong signature, BUS4014 for one with a secret that is over, BUS4013 for a nonce that was used.
        """
        names = ("paasid", "timestamp", "nonce", "signature")
        caller, moment, nonce, given = (headers.get(f"x-bus-{name}", "") for name in names)
        if not (moment and nonce and given and same(caller, self._paas_id)):
            raise Unproven("")
        now = self._clock.now().timestamp()
        readable = moment.isascii() and moment.isdecimal() and max(len(moment), len(nonce)) <= _LONGEST
        if not readable or abs(now - int(moment)) > WINDOW_SECONDS:
            raise Unproven("BUS4012")
        live, over = self._tokens(stage)
        token = _signer(live, moment, nonce, given)
        if token is None:
            raise Unproven("BUS4011" if _signer(over, moment, nonce, given) is None else "BUS4014")
        self._use_nonce(nonce, now)
        return token

    def give_secrets(self) -> Response:
        """A new secret and a new refresh secret."""
        if self.one_login:
            self.end_all()
        body = {
            "busCode": "0",
            "secret": self._secrets.give(),
            "expiresIn": SECRET_SECONDS,
            "refreshSecret": self._refreshers.give(),
            "refreshExpiresIn": REFRESH_SECONDS,
        }
        return Response(msgspec.json.encode(body), media_type="application/json")

    def refresh_secrets(self, refresher: str) -> Response:
        """Likewise in exchange for a refresh secret, which ends; the secret that came with it lives on."""
        self._refreshers.end(refresher)
        return self.give_secrets()

    def end_all(self) -> None:
        """Ends all secrets now."""
        self._secrets.end_all()
        self._refreshers.end_all()

    def signed(self, response: Response, token: str) -> Response:
        """The reply with its time and signature."""
        response.headers[TIMESTAMP] = str(int(self._clock.now().timestamp()))
        return sign(response, token)

    def _tokens(self, stage: Stage) -> tuple[Iterable[str], Iterable[str]]:
        match stage:
            case "secret":
                return (self._app_key,), ()
            case "refresh":
                return self._refreshers.live(), self._refreshers.over()
            case "call":
                return self._secrets.live(), self._secrets.over()

    def _use_nonce(self, nonce: str, now: float) -> None:
        while self._nonces and (len(self._nonces) >= _NONCES or next(iter(self._nonces.values())) < now):
            self._nonces.popitem(last=False)
        if nonce in self._nonces:
            raise Unproven("BUS4013")
        # a timestamp from the future stays acceptable for twice the window
        self._nonces[nonce] = now + 2 * WINDOW_SECONDS


def sign(response: Response, token: str) -> Response:
    """The reply, which has its time, with a signature under ``token`` in place of any it had."""
    signed = response.headers[TIMESTAMP].encode() + bytes(response.body)
    response.headers[SIGNATURE] = hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()
    return response


def refused(code: str, status: int = 401) -> Response:
    """The bus's own reply, which nothing signs: JSON with its code, or an HTML page for callers it does not know."""
    if not code:
        return HTMLResponse(_PAGE, status)
    body = {"busCode": code, "busMessage": _MESSAGES[code]}
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _signer(tokens: Iterable[str], moment: str, nonce: str, given: str) -> str | None:
    """The token with which the signature was made."""
    for token in tokens:
        expected = hashlib.sha256(f"{moment}{token}{nonce}{moment}".encode()).hexdigest()
        if same(given.lower(), expected):
            return token
    return None
