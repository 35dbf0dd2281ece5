"""How the exchange speaks: one envelope with codes of its own, and the headers by which callers prove themselves."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from starlette.responses import Response

from adapters.sandbox.stages import Flaw, Proof
from gateway.core.clock import CHINA

OK, BAD, UNKNOWN, KEY_TAKEN = "00000", "B0400", "B0404", "B0409"
NOTHING, DENIED, SPENT, BROKEN = "B0204", "B0403", "B0429", "C0500"
ENDED = "B0410"
OVER = "A0304"
FLAWS: Final[Mapping[Flaw, str]] = {
    Flaw.STRANGER: "A0300",
    Flaw.SIGNATURE: "A0301",
    Flaw.MOMENT: "A0302",
    Flaw.NONCE: "A0303",
    Flaw.OVER: OVER,
}
_MESSAGES: Final = {
    OK: "成功",
    BAD: "请求参数有误",
    UNKNOWN: "申请或资源不存在",
    KEY_TAKEN: "申请流水号已用于其他申请",
    NOTHING: "未查询到数据",
    DENIED: "未获授权或授权已终止",
    ENDED: "该件已办结",
    SPENT: "超出当日授权用量",
    BROKEN: "系统内部错误",
    "A0300": "应用不存在",
    "A0301": "签名校验失败",
    "A0302": "时间戳超出允许范围",
    "A0303": "随机数重复",
    OVER: "密钥已失效",
}
_FORM: Final = "%Y-%m-%d %H:%M:%S"


class Refused(Exception):
    """A call that ends with this code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def envelope(code: str, content: object = None) -> Response:
    """The reply to anything."""
    body = {"resultCode": code, "resultDesc": _MESSAGES[code], "content": content}
    return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")


def proof_of(headers: Mapping[str, str]) -> Proof:
    """What a caller gives in its headers."""
    return Proof(*(headers.get(f"x-gx-{name}", "") for name in ("app", "time", "nonce", "sign")))


def mark(proof: Proof, body: bytes, token: str) -> str:
    """The signature that a token makes: base64 of HMAC-SHA256 over application, time, nonce, SHA-256 of the body."""
    lines = "\n".join((proof.caller, proof.moment, proof.nonce, hashlib.sha256(body).hexdigest()))
    return base64.b64encode(hmac.digest(token.encode(), lines.encode(), "sha256")).decode()


def written(moment: datetime | None) -> str | None:
    """An instant as the exchange writes it."""
    return None if moment is None else moment.astimezone(CHINA).strftime(_FORM)


def read_moment(text: str) -> datetime:
    """The instant that a text spells; raises Refused."""
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=CHINA)
    except ValueError:
        raise Refused(BAD) from None
