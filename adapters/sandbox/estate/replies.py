"""Replies of this family: a code that is a number or a string, and a byte-order mark before everything."""

from codecs import BOM_UTF8
from typing import Literal

import msgspec
from starlette.responses import Response

MESSAGES = {
    0: "成功",
    1: "失败",
    2: "请求超时",
    3: "未查询到数据",
    4: "参数错误",
    5: "缺少必填字段",
    11: "证照已注销",
    13: "签名校验失败",
    -1: "数据库异常",
    -3: "数据库读取失败",
}
"""The system's own codes and texts. None names a value that was sent."""

CodeKind = Literal["number", "string"]
"""How an operation writes its outer code; its rows use the other kind."""


class Refused(Exception):
    """A call that ends with this code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(MESSAGES[code])


def written(code: int, kind: CodeKind) -> int | str:
    """The code as the operation writes it."""
    return code if kind == "number" else str(code)


def other(kind: CodeKind) -> CodeKind:
    """The kind that an operation's rows use."""
    return "string" if kind == "number" else "number"


def reply(code: int, kind: CodeKind, **more: object) -> Response:
    """A reply with HTTP 200 and more fields beside code and text."""
    body = {"code": written(code, kind), "msg": MESSAGES[code], **more}
    return Response(BOM_UTF8 + msgspec.json.encode(body), media_type="application/json;charset=UTF-8")
