"""Replies of this family: GB18030 under a label that says gb2312, and the city's code table of states."""

from collections.abc import Mapping
from datetime import datetime

from lxml import etree
from starlette.responses import Response

from adapters.sandbox.acceptance.forms import CHARSET
from adapters.sandbox.acceptance.reports import OFFICE_FIELD
from adapters.sandbox.world.cases import Case, CaseState

DONE, REFUSED, MISSING, UNKNOWN_CALLER, UNREADABLE, BROKEN = "1", "0", "2", "-1", "-2", "-9"
"""Values of ``result``."""

STATE_CODES: Mapping[CaseState, tuple[int, str]] = {
    "RECEIVED": (1, "收件"),
    "ACCEPTED": (2, "受理"),
    "REVIEWED": (3, "审核"),
    "CLOSED": (4, "办结"),
    "SUPPLEMENT": (11, "补齐补正"),
    "SUSPENDED": (12, "挂起"),
    "OTHER": (99, "其他"),
}
"""The city's own code and word for each state."""

MESSAGES = {
    DONE: "成功",
    MISSING: "未查询到办件",
    UNKNOWN_CALLER: "ApiKey无效",
    UNREADABLE: "报文格式错误",
    BROKEN: "系统内部错误",
}

SIGNATURE = "【示例㙦通办】"
"""Ends every message. U+3666, a character of place names, is in GB18030 only, neither in GB2312 nor in GBK."""

_LABEL = "text/xml; charset=gb2312"


def reply(result: str, message: str | None = None, case: Case | None = None, status: int = 200) -> Response:
    """A reply with its result, the system's text for it or ``message``, and perhaps a case."""
    root = etree.Element("response")
    _add(root, "result", result)
    _add(root, "resultmsg", f"{message or MESSAGES[result]}{SIGNATURE}")
    if case is not None:
        _add_case(root, case)
    text = etree.tostring(root, encoding="unicode")
    body = f'<?xml version="1.0" encoding="GB18030"?>\r\n{text}'.encode(CHARSET)
    return Response(body, status, {"content-type": _LABEL})


def _add_case(root: etree._Element, case: Case) -> None:
    parent = etree.SubElement(root, "CASE")
    code, word = STATE_CODES[case.state]
    _add(parent, "PROJID", case.number)
    _add(parent, "PROJECTNAME", case.title)
    _add(parent, "SERVICECODE", case.item)
    _add(parent, "STATE", str(code))
    _add(parent, "STATENAME", word)
    _add(parent, OFFICE_FIELD, case.body.code)
    _add(parent, "Hander_Deptname", case.body.name)
    _add(parent, "AREACODE", case.region)
    _add(parent, "APPLYNAME", case.applicant.name)
    _add(parent, "APPLYCARDTYPE", case.applicant.type)
    _add(parent, "APPLYCARDNO", case.applicant.number)
    _add(parent, "PROMISEVALUE", str(case.promised))
    _add(parent, "SQSJ", _moment(case.opened))
    _add(parent, "BJSJ", _moment(case.closed))


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y/%m/%d %H:%M:%S}" if moment else ""
