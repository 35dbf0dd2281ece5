"""Reports of cases: which fields each page needs, and what a report says once they are understood."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import msgspec

from adapters.sandbox.acceptance.forms import Form

Page = Literal["Receive", "Handle", "Close"]

OFFICE_FIELD = "Hander_Deptid"
"""The credit code of the handling body; the name is a typing error that became the contract."""

_ALWAYS = ("PROJID", "DOACTION", OFFICE_FIELD)
_REQUIRED: Mapping[Page, tuple[str, ...]] = {
    "Receive": (
        *_ALWAYS,
        "SERVICECODE",
        "PROJECTNAME",
        "AREACODE",
        "PROMISEVALUE",
        "APPLYNAME",
        "APPLYCARDTYPE",
        "APPLYCARDNO",
    ),
    "Handle": _ALWAYS,
    "Close": (*_ALWAYS, "RESULT_CODE"),
}
_FORMS: Mapping[str, re.Pattern[str]] = {
    "PROJID": re.compile(r"\d{21}", re.ASCII),
    "SERVICECODE": re.compile(r"[0-9A-Z]{31}"),
    "AREACODE": re.compile(r"\d{6}", re.ASCII),
    "PROMISEVALUE": re.compile(r"\d{1,4}", re.ASCII),
    "APPLYCARDTYPE": re.compile(r"111|001"),
    "DATAVERSION": re.compile(r"[1-9]\d{0,5}", re.ASCII),
}
_RESULTS: Mapping[Page, Mapping[str, frozenset[str]]] = {
    "Receive": {"0": frozenset(), "1": frozenset()},
    "Handle": {"0": frozenset(), "1": frozenset()},
    "Close": {"0": frozenset("067"), "1": frozenset("23"), "3": frozenset("15")},
}
"""By page: the values of DOACTION, and with each the RESULT_CODEs that agree with it."""

_REASON_NEEDED = frozenset("1235")


class ReportRefused(Exception):
    """A report that breaks a rule; the message is the system's own text and names at most a field."""


class Report(msgspec.Struct, frozen=True):
    """A report that was understood. ``base`` holds all its fields, ``content`` all that was sent but the key."""

    page: Page
    number: str
    version: int
    action: str
    base: Mapping[str, str]
    content: tuple[object, ...]


def read_report(page: Page, form: Form) -> Report:
    """The report in a form; raises ReportRefused."""
    base = {"DATAVERSION": "1", **{name: text for name, text in form.base.items() if text}}
    for name in _REQUIRED[page]:
        if name not in base:
            raise ReportRefused(f"{name}不能为空")
    for name, pattern in _FORMS.items():
        if name in base and not pattern.fullmatch(base[name]):
            raise ReportRefused(f"{name}格式错误")
    action = base["DOACTION"]
    if action not in _RESULTS[page]:
        raise ReportRefused("DOACTION取值错误")
    if page == "Close":
        _check_result(base)
    elif action == "1":
        _check_reason(base)
    content = (tuple(sorted(base.items())), form.attributes, form.fields)
    return Report(page, base["PROJID"], int(base["DATAVERSION"]), action, base, content)


def _check_result(base: Mapping[str, str]) -> None:
    code = base["RESULT_CODE"]
    if code not in _RESULTS["Close"][base["DOACTION"]]:
        raise ReportRefused("RESULT_CODE与DOACTION不符")
    if code in _REASON_NEEDED:
        _check_reason(base)
    if "XK_YXQZ" in base:
        _check_day(base["XK_YXQZ"])


def _check_reason(base: Mapping[str, str]) -> None:
    if "TRANSACT_RESULT" not in base:
        raise ReportRefused("TRANSACT_RESULT不能为空")


def _check_day(text: str) -> date:
    try:
        if len(text) == len("2099/12/31"):
            return datetime.strptime(text, "%Y/%m/%d").date()  # noqa: DTZ007 - a day, in no zone
    except ValueError:
        pass
    raise ReportRefused("XK_YXQZ格式错误")
