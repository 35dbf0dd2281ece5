"""A licence and the envelope as the library behind the bus writes them."""

import base64
from collections.abc import Mapping
from datetime import date, datetime, time

import msgspec
from starlette.responses import Response

from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record
from adapters.sandbox.world.model import NO_END, ORGANISATION, RESIDENT
from gateway.core.clock import CHINA

HOLDER_TYPES = {RESIDENT: "1", ORGANISATION: "2"}
"""The library's own codes for types of holders."""

NO_END_TEXTS = ("99991231235959", "")
"""Two ways to write that there is no end: the program's, and that of records which were taken over from paper."""

MESSAGES: Mapping[str, str] = {
    "0000": "操作成功",
    "0001": "无数据",
    "1000": "请求报文格式错误",
    "1001": "必填参数缺失",
    "1002": "参数错误",
    "2001": "缺少用户上下文",
    "2002": "事项无权使用",
    "2003": "不属于本辖区或本人",
    "9999": "系统异常",
}
"""The library's own codes and texts. None names a value that was sent."""

_PAPER_YEAR = 2018
_NULL = "null"


def envelope(code: str, data: object = None, status: int = 200) -> Response:
    """A reply of the library."""
    body = {"RET_CODE": code, "RET_MSG": MESSAGES[code], "resultData": data}
    return Response(msgspec.json.encode(body), status, media_type="application/json;charset=UTF-8")


def certificate(library: Library, record: Record) -> dict[str, object]:
    """The licence as a row."""
    licence, dirty = record.licence, record.dirty
    return {
        "certCode": licence.identifier,
        "certName": licence.name,
        "certTypeCode": licence.type.code,
        "certTypeName": licence.type.name,
        "certNo": dirty.get("number", licence.number),
        "issueDept": dirty.get("issuer_name", licence.issuer.name),
        "issueDeptCode": licence.issuer.code,
        # a date that no calendar has is in no epoch either: it goes out as the text that was typed in
        "issueTime": dirty.get("issued_on") or _milliseconds(licence.issued_on),
        "validStart": f"{licence.valid_from:%Y%m%d}",
        "validEnd": dirty.get("valid_until") or _end(licence.valid_until, licence.issued_on),
        "certState": library.state_word(record),
        "stateReason": licence.reason or _NULL,
        "owners": [
            {
                "ownerName": holder.name,
                "ownerNo": holder.number,
                "ownerType": HOLDER_TYPES[holder.type],
                "main": "否" if place else "是",
            }
            for place, holder in enumerate(licence.holders)
        ],
        "faceData": _face(library, record),
    }


def _face(library: Library, record: Record) -> str:
    fields = {field.name: field.value for field in library.face(record)}
    return base64.b64encode(msgspec.json.encode(fields)).decode()


def _milliseconds(day: date) -> int:
    """Local midnight: in UTC this is still the day before."""
    return int(datetime.combine(day, time(), CHINA).timestamp() * 1000)


def _end(day: date, issued_on: date) -> str:
    return NO_END_TEXTS[issued_on.year < _PAPER_YEAR] if day == NO_END else f"{day:%Y%m%d}235959"
