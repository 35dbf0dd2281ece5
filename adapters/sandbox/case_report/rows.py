"""Rows of a report: which fields each kind needs and what form they have."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

Kind = Literal["receiveBasicInfo", "receiveProc"]

_TEXT = re.compile(r".{1,200}", re.DOTALL)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_LOCAL = "%Y-%m-%d %H:%M:%S"
_COMPACT = "%Y%m%d%H%M%S"

_Form = re.Pattern[str] | str


def _one_of(*values: str) -> re.Pattern[str]:
    return re.compile("|".join(values))


_VERSION = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_PROJID = re.compile(r"\d{21}", re.ASCII)
_UNIT = _one_of("1", "2")

_REQUIRED: Mapping[Kind, Mapping[str, _Form]] = {
    "receiveBasicInfo": {
        "projid": _PROJID,
        "orgbusno": _TEXT,
        "itemno": _TEXT,
        "catalogcode": _TEXT,
        "taskcode": re.compile(r"[0-9A-Z]{31}"),
        "itemversion": _NUMBER,
        "regionid": re.compile(r"\d{6}|\d{12}", re.ASCII),
        "projectname": _TEXT,
        "applicant": _TEXT,
        "applyertype": _one_of("1", "2"),
        "applyerpagetype": _one_of("111", "001", "414", "511", "999"),
        "applyerpagecode": _TEXT,
        "applydate": _LOCAL,
        "promisetimelimit": _NUMBER,
        "promisetimelimitunit": _UNIT,
        "timelimit": _NUMBER,
        "timelimitunit": _UNIT,
        "datasources": _one_of("1", "2", "9"),
        "ischain": _one_of("0", "1"),
    },
    "receiveProc": {
        "projid": _PROJID,
        "nodetype": _one_of("1", "2", "3", "4", "11", "12", "99"),
        "nodestarttime": _COMPACT,
        "serviceidentify": _one_of("0", "1"),
    },
}
"""Fields that must be there, each with its pattern or the format of its time."""

_OPTIONAL: Mapping[Kind, Mapping[str, _Form]] = {
    "receiveBasicInfo": {"version": _VERSION, "taskhandleitem": re.compile(r"[0-9A-Z]{33}")},
    "receiveProc": {"version": _VERSION, "acceptdate": _LOCAL, "promisedate": _LOCAL, "servicenumber": _NUMBER},
}


class RowRefused(Exception):
    """A row that breaks a rule; the message is the system's own text and names at most a field."""


def read_row(kind: Kind, row: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a row as text, ``version`` filled in; raises RowRefused. Unknown fields are ignored."""
    required, optional = _REQUIRED[kind], _OPTIONAL[kind]
    read = {name: text for name in (*required, *optional) if (text := plain(row.get(name)))}
    for name in required:
        if name not in read:
            raise RowRefused(f"{name}不能为空")
    for name, form in {**required, **optional}.items():
        if name in read and not _fits(read[name], form):
            raise RowRefused(f"{name}格式错误")
    if not read.get("taskhandleitem", read.get("taskcode", "")).startswith(read.get("taskcode", "")):
        raise RowRefused("taskhandleitem与taskcode不符")
    if read.get("serviceidentify") == "1" and "servicenumber" not in read:
        raise RowRefused("servicenumber不能为空")
    return {"version": "1", **read}


def plain(value: object) -> str:
    """A value as text: numbers are written out, the many forms of nothing and what is no text are empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text == "null" else text


def _fits(text: str, form: _Form) -> bool:
    if isinstance(form, re.Pattern):
        return form.fullmatch(text) is not None
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - local time without a zone, as it is sent
    except ValueError:
        return False
    # strptime takes fewer digits than the format has
    return moment.strftime(form) == text
