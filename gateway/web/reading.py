"""Reading a GraphQL request from HTTP: strict, bounded, with a reason for every refusal."""

import re
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request

from gateway.core import problems
from gateway.core.call import Trace
from gateway.core.errors import Refusal
from gateway.core.text import Language, Text
from gateway.web.json_text import decode
from gateway.web.negotiation import is_json, ranges
from gateway.web.origins import is_deliberate
from schema.execution.executor import Operation

LONGEST_DEADLINE_MS: Final = 60_000
MOST_ADDRESS_BYTES: Final = 8_192
MOST_HEADER_BYTES: Final = 65_536
_MOST_PARAMETERS: Final = 32
_LONGEST_CONTENT_TYPE: Final = 200
_LONGEST_KEPT: Final = 200
"""Longer headers are read anew each time, so that callers cannot fill the memory with them."""

_WRONG_SHAPE = Text(
    "须为含 query 字符串的对象，variables 与 extensions 为对象",
    "it must be an object with a string query, variables and extensions being objects",
)
_NO_QUERY = Text("缺少 query", "it has no query")
_IS_BATCH = Text("不支持批量请求，请逐个发送操作", "batches are not served: send each operation by itself")
_BAD_ADDRESS = Text("地址参数不是 UTF-8 或数量过多", "its parameters are not UTF-8, or too many")
_PARAMETER_TWICE = Text("地址参数 {name} 重复", "the parameter {name} is there twice")
_NOT_A_MAP = Text("地址参数 {name} 须为 JSON 对象", "the parameter {name} must be a JSON object")
_LANGUAGES: Final = frozenset(Language)
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


class _Body(msgspec.Struct, frozen=True):
    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(name="operationName", default=None)
    extensions: dict[str, Any] | None = None
    document_id: str | None = msgspec.field(name="documentId", default=None)


_body = msgspec.json.Decoder(_Body)
_map: "msgspec.json.Decoder[dict[str, Any] | None]" = msgspec.json.Decoder(dict[str, Any] | None)
_PARAMETERS: Final = frozenset({"query", "variables", "operationName", "extensions", "documentId"})


def check_size(request: Request) -> None:
    """Return if address and headers are of a size to be read.

    Raises:
        Refusal: LIMIT, of which HTTP has a status for each.
    """
    scope = request.scope
    if len(scope["query_string"]) > MOST_ADDRESS_BYTES:
        raise Refusal(problems.ADDRESS_TOO_LONG, limit=MOST_ADDRESS_BYTES)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
        raise Refusal(problems.HEADERS_TOO_LARGE, limit=MOST_HEADER_BYTES)


async def read_operation(request: Request, limit: int) -> Operation:
    """The operation in the address of a GET, or in the body of any other request.

    Raises:
        Refusal: BAD_INPUT for another media type or shape, FORBIDDEN for a GET that any page could have sent, LIMIT for
            a body of more than ``limit`` bytes.
    """
    if request.method == "GET":
        if not is_deliberate(request.headers):
            raise Refusal(problems.GET_IS_SIMPLE)
        return _in_address(request.scope["query_string"])
    return await _in_body(request, limit)


async def _in_body(request: Request, limit: int) -> Operation:
    headers = request.headers
    types = headers.getlist("content-type")
    if len(types) != 1 or len(types[0]) > _LONGEST_CONTENT_TYPE or not is_json(types[0]):
        raise Refusal(problems.MEDIA_TYPE_UNSUPPORTED)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        # a few bytes may hold gigabytes, and requests are small
        raise Refusal(problems.ENCODING_UNSUPPORTED)
    length = headers.get("content-length", "")
    if length.isdigit() and (len(length) > len(str(limit)) or int(length) > limit):
        raise Refusal(problems.BODY_TOO_LARGE, limit=limit)
    body = await _read_bounded(request, limit)
    parsed = decode(_body, body, otherwise=_IS_BATCH if body.lstrip()[:1] == b"[" else _WRONG_SHAPE)
    return _operation(parsed, by_get=False)


def _in_address(query_string: bytes) -> Operation:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        raise Refusal(problems.BODY_INVALID, reason=_BAD_ADDRESS) from error
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in _PARAMETERS:
            continue
        if name in values:
            raise Refusal(problems.BODY_INVALID, reason=_PARAMETER_TWICE.format(name=name))
        values[name] = value
    # an empty parameter counts as none
    parsed = _Body(
        query=values.get("query") or None,
        variables=_map_of("variables", values),
        operation_name=values.get("operationName") or None,
        extensions=_map_of("extensions", values),
        document_id=values.get("documentId") or None,
    )
    return _operation(parsed, by_get=True)


def _map_of(name: str, values: dict[str, str]) -> dict[str, Any] | None:
    text = values.get(name)
    return decode(_map, text, otherwise=_NOT_A_MAP.format(name=name)) if text else None


def _operation(parsed: _Body, *, by_get: bool) -> Operation:
    if parsed.query is None and parsed.document_id is None and not parsed.extensions:
        raise Refusal(problems.BODY_INVALID, reason=_NO_QUERY)
    return Operation(
        query=parsed.query,
        operation_name=parsed.operation_name,
        variables=parsed.variables,
        document_id=parsed.document_id,
        extensions=parsed.extensions,
        by_get=by_get,
    )


async def _read_bounded(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refusal(problems.BODY_TOO_LARGE, limit=limit)
    return bytes(body)


def read_timeout_ms(headers: Headers, default: int) -> int:
    """Milliseconds the caller is willing to wait.

    Raises:
        Refusal: BAD_INPUT for a header that is no whole number from 1 to LONGEST_DEADLINE_MS.
    """
    text = headers.get("x-request-timeout")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LONGEST_DEADLINE_MS))):
        raise Refusal(problems.HEADER_INVALID, "X-Request-Timeout", header="X-Request-Timeout")
    milliseconds = int(text)
    if not 1 <= milliseconds <= LONGEST_DEADLINE_MS:
        raise Refusal(problems.HEADER_INVALID, "X-Request-Timeout", header="X-Request-Timeout")
    return milliseconds


def read_language(headers: Headers) -> Language:
    """That of our languages which the caller likes best, the first of equal ones; Chinese if he names none."""
    text = headers.get("accept-language", "")
    return _language(text) if len(text) <= _LONGEST_KEPT else _language.__wrapped__(text)


@lru_cache(256)
def _language(text: str) -> Language:
    liked: dict[str, float] = {}
    for entry in ranges(text):
        code = entry.name[:2]
        liked[code] = max(entry.quality, liked.get(code, 0.0))
    named = [Language(code) for code, quality in liked.items() if quality and code in _LANGUAGES]
    others = liked.get("*", 0.0)
    best: Language = max([*named, *Language], key=lambda language: liked.get(language.value, others))
    return best


def read_request_id(headers: Headers) -> str | None:
    """The caller's own number for the request, if it is well-formed and there once."""
    values = headers.getlist("x-request-id")
    return values[0] if len(values) == 1 and _REQUEST_ID.fullmatch(values[0]) else None


def read_trace(headers: Headers) -> Trace | None:
    """The caller's place in a trace; a header that is wrong or there twice counts as none."""
    values = headers.getlist("traceparent")
    return Trace.parse(values[0].strip()) if len(values) == 1 else None
