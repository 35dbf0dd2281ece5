"""Bytes over HTTP: what is sent to an upload, and what is fetched by a ticket.

    PUT /uploads/<id>         the bytes of an upload, as they are and in one go; sending them again changes nothing
    GET, HEAD /files/<id>     a file, whole or one range of it, as often as wanted while the ticket lives

Both are the caller's alone, who proves himself as for /graphql. What is refused is told in the form of GraphQL errors.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from structlog.contextvars import bind_contextvars, bound_contextvars

from gateway.core import problems
from gateway.core.byte_range import ByteRange, Unsatisfiable, parse_range
from gateway.core.defects import trace
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.files import File, Transfer
from gateway.core.problems import ProblemCode
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.redeem_ticket import RedeemTicket
from gateway.web.origins import Origins
from gateway.web.proving import Proving
from gateway.web.reading import check_size, read_language
from gateway.web.statuses import NOBODY_READS, OK, UNAUTHORIZED, status_of
from schema.execution.rendering import render_refusal

_log = structlog.get_logger("web.files")

_PARTIAL = 206
_NOT_MODIFIED = 304
_PRECONDITION_FAILED = 412
_BY_CODE: Final = {ProblemCode.NOT_FOUND: 404, ProblemCode.CONFLICT: 409}
_BY_NUMBER: Final = {
    problems.UPLOAD_TOO_SLOW.number: 408,
    problems.CONTENT_ENCODED.number: 415,
    problems.RANGE_UNSATISFIABLE.number: 416,
    problems.TRANSFERS_TOO_MANY.number: 429,
}
_BUSY_SECONDS = 5
_ENCODER = msgspec.json.Encoder()
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}
_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")

_Handler = Callable[[Request, str], Awaitable[Response]]
"""Answers a request of this id."""


class TransferLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of transfers.

    Attributes:
        at_once: uploads that are received at a time; each holds a few chunks in memory.
        idle: seconds without a byte after which an upload is given up.
        slowest: bytes a second below which it is, whatever comes.
        allowance: seconds that every upload may take.
    """

    at_once: int = 32
    idle: float = 30.0
    slowest: int = 50_000
    allowance: float = 60.0


class FileEndpoints:
    """Receives uploads and gives out files."""

    def __init__(
        self,
        proving: Proving,
        receive: ReceiveUpload,
        redeem: RedeemTicket,
        origins: Origins | None = None,
        limits: TransferLimits | None = None,
    ) -> None:
        self._proving = proving
        self._receive = receive
        self._redeem = redeem
        self._origins = origins or Origins()
        self._limits = limits or TransferLimits()
        self._receiving = 0

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/uploads/{id}", self.upload, methods=["PUT", "OPTIONS"]),
            Route("/files/{id}", self.download, methods=["GET", "OPTIONS"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Receive the bytes of an upload."""
        return await self._answered(request, self._upload, "PUT")

    async def download(self, request: Request) -> Response:
        """Give a file, or a part of it."""
        return await self._answered(request, self._download, "GET, HEAD")

    async def _answered(self, request: Request, answer: _Handler, methods: str) -> Response:
        origin = request.headers.get("origin")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": methods, **self._origins.preflight(origin, methods)})
        request_id = secrets.token_hex(8)
        with bound_contextvars(request_id=request_id, application=None):
            response = await self._guarded(request, answer, request_id)
            response.headers.update({"x-request-id": request_id, **self._origins.headers(origin)})
            _log.info("transfer", method=request.method, status=response.status_code)
            return response

    async def _guarded(self, request: Request, answer: _Handler, request_id: str) -> Response:
        try:
            check_size(request)
            return await answer(request, request_id)
        except Refusal as refusal:
            return _refused(refusal, request)
        except ClientDisconnect:
            return Response(status_code=NOBODY_READS)
        except StoreUnavailable as error:
            _log.error("transfer.store_unavailable", trace=trace(error))
            return _refused(Refusal(problems.STORE_UNAVAILABLE), request)
        except Exception as error:  # noqa: BLE001 - the boundary at which a defect becomes an answer in our form
            _log.error("transfer.defect", trace=trace(error))
            return _refused(Refusal(problems.DEFECT, request_id=request_id), request)

    async def _upload(self, request: Request, request_id: str) -> Response:
        caller = await self._proving.prove(request)
        bind_contextvars(application=caller.application.code)
        upload = await self._receive.find(request.path_params["id"], caller)
        headers = request.headers
        if headers.get("content-encoding", "identity").lower() != "identity" or "content-range" in headers:
            raise Refusal(problems.CONTENT_ENCODED)
        declared = headers.get("content-length")
        if declared is not None and declared != str(upload.bytes):
            raise Refusal(problems.UPLOAD_SIZE_WRONG, bytes=upload.bytes)
        with self._place():
            try:
                async with asyncio.timeout(self._limits.allowance + upload.bytes / self._limits.slowest):
                    came = await self._receive(upload, self._pieces(request), Transfer(request_id, caller))
            except TimeoutError as error:
                raise Refusal(problems.UPLOAD_TOO_SLOW) from error
        return Response(_ENCODER.encode(came), OK, _HEADERS, "application/json; charset=utf-8")

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._receiving >= self._limits.at_once:
            raise Refusal(problems.TRANSFERS_TOO_MANY, seconds=_BUSY_SECONDS)
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    async def _pieces(self, request: Request) -> AsyncIterator[bytes]:
        stream = aiter(request.stream())
        while True:
            async with asyncio.timeout(self._limits.idle):
                piece = await anext(stream, None)
            if piece is None:
                return
            yield piece

    async def _download(self, request: Request, request_id: str) -> Response:
        caller = await self._proving.prove(request)
        bind_contextvars(application=caller.application.code)
        file = await self._redeem(request.path_params["id"], Transfer(request_id, caller))
        headers = {**_HEADERS, "etag": f'"{file.sha256}"', "accept-ranges": "bytes"}
        if not _matches(request.headers.get("if-match"), headers["etag"], otherwise=True):
            return Response(status_code=_PRECONDITION_FAILED, headers=headers)
        if _matches(request.headers.get("if-none-match"), headers["etag"], otherwise=False):
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        try:
            part = parse_range(_wanted_range(request, headers["etag"]), file.bytes)
        except Unsatisfiable:
            refused = _refused(Refusal(problems.RANGE_UNSATISFIABLE), request)
            refused.headers["content-range"] = f"bytes */{file.bytes}"
            return refused
        return self._given(request, file, part, headers)

    def _given(self, request: Request, file: File, part: ByteRange | None, headers: dict[str, str]) -> Response:
        given = part or ByteRange(0, file.bytes - 1)
        headers |= {
            "content-length": str(given.size),
            "content-disposition": disposition(file.name),
            "content-type": file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream",
        }
        if part is not None:
            headers["content-range"] = f"bytes {part.first}-{part.last}/{file.bytes}"
        status = OK if part is None else _PARTIAL
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        return StreamingResponse(self._redeem.read(file, given), status, headers)


def disposition(name: str) -> str:
    """Content-Disposition of a file to be kept: its name as RFC 6266 writes it, and in ASCII for those who cannot."""
    plain = _PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _wanted_range(request: Request, etag: str) -> str | None:
    """The Range that counts: none if the file is another than the one of which the reader has a part."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition is None or condition.strip() == etag else None


def _matches(header: str | None, etag: str, *, otherwise: bool) -> bool:
    """Whether a list of entity tags names this one; ``otherwise`` without a list."""
    if header is None:
        return otherwise
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _refused(refusal: Refusal, request: Request) -> Response:
    problem = refusal.problem
    status = _BY_NUMBER.get(problem.number) or _BY_CODE.get(problem.code) or status_of(problem)
    headers = dict(_HEADERS)
    if status == UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="yiwang"'
    if "seconds" in refusal.values:
        headers["retry-after"] = str(refusal.values["seconds"])
    body = {"errors": [render_refusal(refusal, read_language(request.headers))]}
    return Response(_ENCODER.encode(body), status, headers, "application/json; charset=utf-8")
