"""`yiwang system`: how systems fare and are closed, asked of a running gateway, and what a department checks itself."""

from typing import Final

import typer

from gateway.cli.deferred import Deferred, defer

COMMANDS: Final = (
    Deferred(
        "list",
        "gateway.cli.system_list:list_systems",
        "接入系统的运行状况 · How the systems fare: state, last answer, errors, whose fault.",
    ),
    Deferred(
        "calls",
        "gateway.cli.system_calls:calls",
        "对系统的调用：最近的、统计的、或导出 · Calls to systems: the last ones, their statistics, or all in a file.",
    ),
    Deferred(
        "disable",
        "gateway.cli.system_notices:disable",
        "停用系统：不再查询，调用方读到原因 · Disable a system: it is not asked, and callers read why.",
    ),
    Deferred(
        "enable",
        "gateway.cli.system_notices:enable",
        "启用被停用的系统 · Enable a system that was disabled; maintenance windows stay.",
    ),
    Deferred(
        "maintenance",
        "gateway.cli.system_notices:maintenance",
        "安排或取消维护窗口 · Plan a maintenance window, or cancel one: no calls and no alarms in it.",
    ),
    Deferred(
        "check",
        "gateway.cli.system_check:check",
        "检查清单：离线，一次列出全部问题 · Check manifests: offline, all findings at once, one a line.",
    ),
)
"""All but `check` are clients of a running gateway, and do not load one to ask it."""

app = typer.Typer(help="接入系统 · Systems and their manifests.", no_args_is_help=True)
defer(app, COMMANDS)
