"""The /graphql endpoint: GraphQL over HTTP by POST."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response as HttpResponse
from structlog.contextvars import bind_contextvars, bound_contextvars

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock, Deadline
from gateway.core.defects import trace
from gateway.core.errors import Refusal
from gateway.core.ports import CallerVerifier
from gateway.core.problems import ProblemCode
from gateway.core.text import Language
from gateway.web.evidence import TrustedProxies, read_evidence
from gateway.web.reading import read_language, read_operation, read_timeout_ms
from schema.execution.executor import Executor, Fate, Response
from schema.execution.rendering import render_refusal

_log = structlog.get_logger("web")

GRAPHQL_RESPONSE = "application/graphql-response+json"
_STATUS = {
    ProblemCode.UNAUTHENTICATED: 401,
    ProblemCode.FORBIDDEN: 403,
    ProblemCode.LIMIT: 413,
    ProblemCode.TIMEOUT: 504,
    ProblemCode.INTERNAL: 500,
}
_NOBODY_READS = 499
"""Status in the log of a request whose sender went away; nobody receives it."""
_ENCODER = msgspec.json.Encoder()


class GraphQLEndpoint:
    """Answers GraphQL requests of callers who prove who they are.

    ``proxies`` are those whose word about client certificates is taken.
    """

    def __init__(
        self,
        executor: Executor,
        verifier: CallerVerifier,
        clock: Clock,
        *,
        deadline_ms: int,
        body_bytes: int,
        proxies: TrustedProxies | None = None,
    ) -> None:
        self._executor = executor
        self._verifier = verifier
        self._clock = clock
        self._deadline_ms = deadline_ms
        self._body_bytes = body_bytes
        self._proxies = proxies

    async def __call__(self, request: Request) -> HttpResponse:
        """The response to one request; a refusal before execution has the status of its code."""
        request_id = secrets.token_hex(8)
        with bound_contextvars(request_id=request_id, application=None):
            return await self._respond(request, request_id)

    async def _respond(self, request: Request, request_id: str) -> HttpResponse:
        started = self._clock.monotonic()
        language = read_language(request.headers)
        modern = GRAPHQL_RESPONSE in request.headers.get("accept", "")
        body: Mapping[str, Any] = {}
        try:
            response = await self._answer(request, request_id, language, started)
            status = 200 if response.fate is Fate.EXECUTED or not modern else _refused_status(response)
            body = response.body
        except Refusal as refusal:
            status = 415 if refusal.problem is problems.MEDIA_TYPE_UNSUPPORTED else _status(refusal)
            body = {"errors": [render_refusal(refusal, language)]}
        except ClientDisconnect:
            status = _NOBODY_READS
        except Exception as error:  # noqa: BLE001 - the boundary at which a defect becomes an answer in our form
            _log.error("request.defect", request_id=request_id, trace=trace(error))
            defect = Refusal(problems.DEFECT, request_id=request_id)
            status = _status(defect)
            body = {"errors": [render_refusal(defect, language)]}
        _log.info(
            "request",
            request_id=request_id,
            status=status,
            codes=sorted({error["extensions"]["code"] for error in body.get("errors", ())}),
            milliseconds=round((self._clock.monotonic() - started) * 1000, 1),
        )
        return _rendered(body, status, request_id, modern=modern)

    async def _answer(self, request: Request, request_id: str, language: Language, started: float) -> Response:
        evidence = read_evidence(request, self._proxies)
        milliseconds = read_timeout_ms(request.headers, self._deadline_ms)
        deadline = Deadline(started + milliseconds / 1000)
        try:
            async with asyncio.timeout(deadline.remaining(self._clock)):
                caller = await self._verifier.verify(evidence)
                bind_contextvars(application=caller.application.code)
                operation = await read_operation(request, self._body_bytes)
                call = Call(request_id=request_id, caller=caller, deadline=deadline, language=language)
                return await self._executor.execute(operation, call)
        except TimeoutError as error:
            raise Refusal(problems.OUT_OF_TIME, milliseconds=milliseconds) from error


def _refused_status(response: Response) -> int:
    """The status of a request that was refused before execution, for clients that read statuses."""
    code = ProblemCode(response.body["errors"][0]["extensions"]["code"])
    return _STATUS.get(code, 400)


def _status(refusal: Refusal) -> int:
    return _STATUS.get(refusal.problem.code, 400)


def _rendered(body: Mapping[str, Any], status: int, request_id: str, *, modern: bool) -> HttpResponse:
    headers = {"cache-control": "no-store", "x-request-id": request_id}
    if status == _STATUS[ProblemCode.UNAUTHENTICATED]:
        headers["www-authenticate"] = 'Bearer realm="yiwang"'
    media_type = GRAPHQL_RESPONSE if modern else "application/json"
    return HttpResponse(_ENCODER.encode(body), status, headers, f"{media_type}; charset=utf-8")
