"""The gate of the bus: headers that prove the caller, secrets in two stages, signatures under replies.

A request is signed with a *token*: ``x-bus-signature`` is hex of SHA-256 over timestamp + token + nonce + timestamp.
The token is the app key where a secret is fetched, the refresh secret where it is refreshed, the secret elsewhere.
A reply is signed with the token of its request: ``x-bus-response-signature`` is hex of HMAC-SHA256 under the token
over ``x-bus-timestamp`` of the reply + body.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.responses import HTMLResponse, Response

from adapters.sandbox.stages import Flaw, Proof, ProofInvalid, Stage, Stages, Terms
from gateway.core.clock import Clock

WINDOW_SECONDS = 180
SECRET_SECONDS = 600
REFRESH_SECONDS = 7 * 86_400

SIGNATURE = "x-bus-response-signature"
TIMESTAMP = "x-bus-timestamp"

_PAGE = "<!DOCTYPE html><html><head><title>401</title></head><body><h1>未经授权的访问</h1></body></html>"
_CODES: Final[Mapping[Flaw, str]] = {
    Flaw.STRANGER: "",
    Flaw.SIGNATURE: "BUS4011",
    Flaw.MOMENT: "BUS4012",
    Flaw.NONCE: "BUS4013",
    Flaw.OVER: "BUS4014",
}
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
    """

    def __init__(self, paas_id: str, app_key: str, clock: Clock) -> None:
        self.stages = Stages(paas_id, app_key, Terms(WINDOW_SECONDS, SECRET_SECONDS, REFRESH_SECONDS), clock)
        self._clock = clock

    def prove(self, headers: Mapping[str, str], stage: Stage) -> str:
        """The token with which a call is signed.

        Raises:
            Unproven: "" if headers are missing or the caller is unknown, BUS4012 outside the window, BUS4011 for a
                wrong signature, BUS4014 for one with a secret that is over, BUS4013 for a nonce that was used.
        """
        caller, moment, nonce, given = (
            headers.get(f"x-bus-{name}", "") for name in ("paasid", "timestamp", "nonce", "signature")
        )

        def mark(token: str) -> str:
            return hashlib.sha256(f"{moment}{token}{nonce}{moment}".encode()).hexdigest()

        try:
            return self.stages.prove(Proof(caller, moment, nonce, given.lower()), stage, mark)
        except ProofInvalid as invalid:
            raise Unproven(_CODES[invalid.flaw]) from invalid

    def give_secrets(self) -> Response:
        """A new secret and a new refresh secret."""
        return _given(*self.stages.give())

    def refresh_secrets(self, refresher: str) -> Response:
        """Likewise in exchange for a refresh secret, which ends; the secret that came with it lives on."""
        return _given(*self.stages.refresh(refresher))

    def signed(self, response: Response, token: str) -> Response:
        """The reply with its time and signature."""
        response.headers[TIMESTAMP] = str(int(self._clock.now().timestamp()))
        return sign(response, token)


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


def _given(secret: str, refresher: str) -> Response:
    body = {
        "busCode": "0",
        "secret": secret,
        "expiresIn": SECRET_SECONDS,
        "refreshSecret": refresher,
        "refreshExpiresIn": REFRESH_SECONDS,
    }
    return Response(msgspec.json.encode(body), media_type="application/json")
