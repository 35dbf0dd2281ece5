"""Reading a GraphQL request from HTTP: strict, bounded, with a reason for every refusal."""

from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Language, Text
from schema.execution.executor import Operation

LONGEST_DEADLINE_MS = 60_000

_NO_JSON = Text("不是有效的 JSON", "it is no JSON")
_WRONG_SHAPE = Text(
    "须为含 query 字符串的对象，variables 为对象", "it must be an object with a string query and an object of variables"
)


class _Body(msgspec.Struct, frozen=True):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(name="operationName", default=None)
    extensions: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Body)


async def read_operation(request: Request, limit: int) -> Operation:
    """The operation in the body.

    Raises:
        Refusal: BAD_INPUT for another media type or shape, LIMIT for more than ``limit`` bytes.
    """
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(problems.MEDIA_TYPE_UNSUPPORTED)
    body = await _read_bounded(request, limit)
    try:
        parsed = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(problems.BODY_INVALID, reason=_WRONG_SHAPE) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(problems.BODY_INVALID, reason=_NO_JSON) from error
    return Operation(query=parsed.query, operation_name=parsed.operation_name, variables=parsed.variables)


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
    """The first of our languages that the caller names, Chinese if none."""
    for part in headers.get("accept-language", "").lower().split(","):
        code = part.split(";")[0].strip()[:2]
        for language in Language:
            if code == language.value:
                return language
    return Language.ZH
