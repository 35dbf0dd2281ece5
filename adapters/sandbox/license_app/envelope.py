"""The envelope of every reply: ``ack_code`` decides, the HTTP status is 200 either way."""

import secrets

import msgspec
from starlette.responses import Response

from gateway.core.clock import CHINA, Clock

MESSAGES = {
    "E1000": "请求报文格式错误",
    "E1001": "应用或账号校验失败",
    "E1102": "缺少必填参数",
    "E1103": "分页参数错误",
    "E1205": "用证码无效或已过期",
    "E401": "access_token无效或已过期",
    "E500": "系统内部错误",
}
"""The system's own codes and texts. None names a value that was sent."""


class Failure(Exception):
    """A call that ends with FAILURE and this code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def envelope(clock: Clock, data: object, *, correlation: str = "", failure: str | None = None, **top: str) -> Response:
    """A reply; ``top`` are fields beside the envelope's own, ``failure`` makes it a FAILURE with that code."""
    errors = [] if failure is None else [{"code": failure, "message": MESSAGES[failure]}]
    body = {
        "ack_code": "SUCCESS" if failure is None else "FAILURE",
        "errors": errors,
        "sign": "",
        "sign_method": "",
        "timestamp": f"{clock.now().astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "correlation_id": correlation,
        "response_id": secrets.token_hex(8),
        "data": data,
        **top,
    }
    return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")
