"""Replies of this family: the status in the head, and a payload that only the consumer can read."""

import msgspec
from starlette.responses import Response

from certs.sm import CipherForm, Sm2PublicKey, engine

MESSAGES = {
    0: "成功",
    10: "未查询到证照",
    11: "身份认证失败",
    12: "必填参数缺失",
    99: "其他错误",
    100: "无该类证照的使用权限",
    103: "持证主体类型错误",
    113: "证照类型错误",
}
"""The system's own codes and texts. None names a value that was sent."""


class Refused(Exception):
    """A call that ends with this status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(MESSAGES[status])


def refused(status: int) -> Response:
    """A reply without payload."""
    return _reply(status, "")


def sealed(payload: object, consumer: Sm2PublicKey) -> Response:
    """A reply whose payload is JSON for the consumer's key."""
    ciphertext = engine().encrypt(consumer, msgspec.json.encode(payload), form=CipherForm.C1C3C2)
    return _reply(0, ciphertext.hex())


def _reply(status: int, payload: str) -> Response:
    body = {"head": {"status": status, "message": MESSAGES[status]}, "data": {"certData": payload}}
    return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")
