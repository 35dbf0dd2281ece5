"""The /graphql endpoint: GraphQL over HTTP by POST and GET, as docs/reference/http.md says it."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars, bound_contextvars

from gateway.core import problems
from gateway.core.call import Call, Trace
from gateway.core.clock import Clock, Deadline
from gateway.core.defects import trace
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.ports import CallerVerifier
from gateway.core.rate import Admission
from gateway.core.telemetry import NoMeter, NoTracer, RequestMeter, Tracer
from gateway.core.text import Language
from gateway.web.compression import compressed
from gateway.web.evidence import TrustedProxies
from gateway.web.headers import IndexedRequest
from gateway.web.negotiation import Media, negotiate
from gateway.web.origins import Origins
from gateway.web.overload import Overload
from gateway.web.proving import Proving
from gateway.web.reading import (
    check_size,
    read_language,
    read_operation,
    read_request_id,
    read_timeout_ms,
    read_trace,
)
from gateway.web.statuses import METHOD_NOT_ALLOWED, NOBODY_READS, OK, UNAUTHORIZED, status_of, status_of_refused
from schema.execution.executor import Executor, Fate, Response
from schema.execution.rendering import render_refusal

_log = structlog.get_logger("web")

_METHODS: Final = ("GET", "POST")
_ALLOW: Final = "GET, POST, OPTIONS"
_VARY: Final = "Accept, Accept-Encoding"
_GRACE_SECONDS: Final = 0.25
"""Services keep the deadline themselves and answer with what they have: that answer still has to be put together."""
_ENCODER = msgspec.json.Encoder()


class _Asked(msgspec.Struct, kw_only=True):
    """What is known of a request while it is answered; who asks when he is proven."""

    request_id: str
    media: Media | None
    language: Language
    trace: Trace | None
    started: float
    application: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    """What is sent: ``refusal`` is the reason if nothing was executed for one of HTTP's own."""

    status: int
    body: Mapping[str, Any] = {}
    changed: bool = False
    refusal: Refusal | None = None
    cost: int | None = None


class GraphQLEndpoint:
    """Answers GraphQL requests of callers who prove who they are.

    Args:
        executor, verifier, clock: who carries out, who proves, and the time.
        deadline_ms: for a request that names no deadline.
        body_bytes: the largest body that is read.
        proxies: those whose word about client certificates is taken.
        origins: whose pages may call.
        admission: how often callers may ask.
        overload: whether more can be taken on.
        meter, tracer: what counts and draws requests.
    """

    def __init__(  # noqa: PLR0913 - the composition root names every collaborator once
        self,
        executor: Executor,
        verifier: CallerVerifier,
        clock: Clock,
        *,
        deadline_ms: int,
        body_bytes: int,
        proxies: TrustedProxies | None = None,
        origins: Origins | None = None,
        admission: Admission | None = None,
        overload: Overload | None = None,
        meter: RequestMeter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._executor = executor
        self._clock = clock
        self._deadline_ms = deadline_ms
        self._body_bytes = body_bytes
        self._origins = origins or Origins()
        self._overload = overload or Overload(clock)
        self._meter = meter or NoMeter()
        self._tracer = tracer or NoTracer()
        self._proving = Proving(verifier, proxies, admission, self._meter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request: an ASGI application."""
        response = await self._respond(IndexedRequest(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> HttpResponse:
        """The response to one request; a refusal before execution has the status of its problem."""
        if request.method == "OPTIONS":
            preflight = self._origins.preflight(request.headers.get("origin"))
            return HttpResponse(status_code=204, headers={"allow": _ALLOW, **preflight})
        asked = _Asked(
            request_id=read_request_id(request.headers) or secrets.token_hex(8),
            media=negotiate(request.headers.get("accept")),
            language=read_language(request.headers),
            trace=read_trace(request.headers),
            started=self._clock.monotonic(),
        )
        with bound_contextvars(request_id=asked.request_id, application=None):
            return await self._rendered(await self._observed(request, asked), request, asked)

    async def _observed(self, request: Request, asked: _Asked) -> _Answer:
        """The answer, after it was counted, drawn and logged."""
        with self._tracer.operation(asked.request_id, asked.trace) as span:
            answer = await self._answer(request, asked)
            codes = sorted({error["extensions"]["code"] for error in answer.body.get("errors", ())})
            span.ended(asked.application, codes)
        seconds = self._clock.monotonic() - asked.started
        self._meter.request(answer.status, codes, asked.application, seconds)
        _log.info(
            "request",
            request_id=asked.request_id,
            status=answer.status,
            codes=codes,
            milliseconds=round(seconds * 1000, 1),
        )
        return answer

    async def _answer(self, request: Request, asked: _Asked) -> _Answer:
        try:
            self._overload.verify()
            check_request(request, asked.media)
            response = await self._execute(request, asked)
        except Refusal as refusal:
            return _refused(refusal, asked.language)
        except StoreUnavailable as error:
            _log.error("request.store_unavailable", request_id=asked.request_id, trace=trace(error))
            return _refused(Refusal(problems.STORE_UNAVAILABLE), asked.language)
        except ClientDisconnect:
            return _Answer(NOBODY_READS)
        except Exception as error:  # noqa: BLE001 - the boundary at which a defect becomes an answer in our form
            _log.error("request.defect", request_id=asked.request_id, trace=trace(error))
            return _refused(Refusal(problems.DEFECT, request_id=asked.request_id), asked.language)
        if response.fate is Fate.EXECUTED:
            return _Answer(OK, response.body, response.changed, cost=response.cost)
        return _Answer(status_of_refused(response.body, reads_statuses=asked.media is Media.GRAPHQL), response.body)

    async def _execute(self, request: Request, asked: _Asked) -> Response:
        milliseconds = read_timeout_ms(request.headers, self._deadline_ms)
        deadline = Deadline(asked.started + milliseconds / 1000)
        try:
            async with asyncio.timeout(deadline.remaining(self._clock) + _GRACE_SECONDS):
                caller = await self._proving.prove(request)
                asked.application = caller.application.code
                bind_contextvars(application=caller.application.code)
                operation = await read_operation(request, self._body_bytes)
                call = Call(
                    request_id=asked.request_id,
                    caller=caller,
                    deadline=deadline,
                    language=asked.language,
                    trace=asked.trace,
                )
                with self._meter.operation():
                    return await self._executor.execute(operation, call)
        except TimeoutError as error:
            raise Refusal(problems.OUT_OF_TIME, milliseconds=milliseconds) from error

    async def _rendered(self, answer: _Answer, request: Request, asked: _Asked) -> HttpResponse:
        shared = self._origins.headers(request.headers.get("origin"))
        headers = {"cache-control": "no-store", "x-request-id": asked.request_id, **shared}
        headers["vary"] = f"{_VARY}, {shared['vary']}" if shared else _VARY
        if answer.status == UNAUTHORIZED:
            headers["www-authenticate"] = 'Bearer realm="yiwang"'
        elif answer.status == METHOD_NOT_ALLOWED:
            headers["allow"] = _ALLOW if request.method not in _METHODS else "POST"
        if answer.refusal is not None and (seconds := answer.refusal.values.get("seconds")) is not None:
            headers["retry-after"] = str(seconds)
        if answer.cost is not None:
            headers["x-yiwang-cost"] = str(answer.cost)
        body = _ENCODER.encode(answer.body)
        smaller = await compressed(body, request.headers.get("accept-encoding"), confidential=answer.changed)
        if smaller is not None:
            headers["content-encoding"] = "gzip"
            body = smaller
        media_type = f"{(asked.media or Media.JSON).value}; charset=utf-8"
        return HttpResponse(body, answer.status, headers, media_type)


def check_request(request: Request, media: Media | None) -> None:
    """Return if method, size and wanted form are such that the request is looked at.

    Raises:
        Refusal: with a status of its own for each.
    """
    if request.method not in _METHODS:
        raise Refusal(problems.METHOD_UNSUPPORTED)
    check_size(request)
    if media is None:
        raise Refusal(problems.NOT_ACCEPTABLE)


def _refused(refusal: Refusal, language: Language) -> _Answer:
    return _Answer(status_of(refusal.problem), {"errors": [render_refusal(refusal, language)]}, refusal=refusal)
