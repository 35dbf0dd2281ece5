"""`yiwang system disable`, `enable` and `maintenance`: closing a system of a running gateway, and opening it again."""

from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.core.clock import utc
from gateway.core.errors import ConfigurationInvalid

_VERSION: Final = "query Version($code: String!) { system(code: $code) { noticeVersion maintenance { id begins } } }"
_PAYLOAD: Final = "{ system { code state } problems { message remedy } }"
_DISABLE: Final = f"mutation Disable($input: DisableSystemInput!) {{ done: disableSystem(input: $input) {_PAYLOAD} }}"
_ENABLE: Final = f"mutation Enable($input: EnableSystemInput!) {{ done: enableSystem(input: $input) {_PAYLOAD} }}"
_PLAN: Final = f"mutation Plan($input: PlanMaintenanceInput!) {{ done: planMaintenance(input: $input) {_PAYLOAD} }}"
_CANCEL: Final = (
    f"mutation Cancel($input: CancelMaintenanceInput!) {{ done: cancelMaintenance(input: $input) {_PAYLOAD} }}"
)

_Code = Annotated[str, typer.Argument(help="系统代码 · code of the system")]
_NoticeZh = Annotated[str, typer.Option(help="调用方读到的中文说明 · what callers read in Chinese")]
_NoticeEn = Annotated[str, typer.Option(help="调用方读到的英文说明 · what callers read in English")]


def disable(
    code: _Code,
    *,
    notice_zh: _NoticeZh,
    notice_en: _NoticeEn,
    until: Annotated[str | None, typer.Option(help="到期自动恢复，ISO 8601 · when it ends by itself")] = None,
) -> None:
    """停用系统：不再查询，调用方读到原因 · Disable a system: it is not asked, and callers read why."""
    remote = Remote.of_environment()
    change = {"noticeZh": notice_zh, "noticeEn": notice_en, "until": None if until is None else _instant(until)}
    _do(remote, _DISABLE, code, change)


def enable(code: _Code) -> None:
    """启用被停用的系统 · Enable a system that was disabled; maintenance windows stay."""
    _do(Remote.of_environment(), _ENABLE, code, {})


def maintenance(
    code: _Code,
    *,
    begins: Annotated[str | None, typer.Option("--from", help="开始时刻，ISO 8601 · when it begins")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="结束时刻 · when it ends")] = None,
    notice_zh: _NoticeZh = "系统维护",
    notice_en: _NoticeEn = "maintenance",
    cancel: Annotated[
        str | None, typer.Option(help="取消此窗口（list --json 中的 id） · cancel the window of this id")
    ] = None,
) -> None:
    """安排或取消维护窗口 · Plan a maintenance window, or cancel one: no calls and no alarms in it."""
    remote = Remote.of_environment()
    if cancel is not None:
        _do(remote, _CANCEL, code, {"window": cancel})
        return
    if begins is None or ends is None:
        raise ConfigurationInvalid("a window has a beginning and an end", "give --from and --to, or --cancel")
    change = {"noticeZh": notice_zh, "noticeEn": notice_en, "begins": _instant(begins), "ends": _instant(ends)}
    _do(remote, _PLAN, code, change)


def _do(remote: Remote, mutation: str, code: str, change: dict[str, Any]) -> None:
    """Make the change on the version that is there now; somebody else's in between is a conflict, and told."""
    system = remote.ask(_VERSION, {"code": code})["system"]
    if system is None:
        raise ConfigurationInvalid(f"there is no system {code}", "`yiwang system list` shows them")
    values = {"code": code, "expectedVersion": system["noticeVersion"], **change}
    done = remote.ask(mutation, {"input": values})["done"]
    if done["problems"]:
        raise ConfigurationInvalid(done["problems"][0]["message"], done["problems"][0]["remedy"] or "")
    err.print(f"[green]✓[/green] {escape(done['system']['code'])} {done['system']['state']}")


def _instant(text: str) -> str:
    """The instant as the schema wants it; without an offset it is meant in China."""
    try:
        return utc(datetime.fromisoformat(text)).isoformat()
    except (ValueError, OverflowError) as error:
        raise ConfigurationInvalid(f"{text!r} is no instant", "write it as 2026-03-01T08:00:00+08:00") from error
