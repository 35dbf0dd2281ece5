"""`yiwang system calls`: the operational record of a running gateway."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.core.clock import CHINA, utc
from gateway.core.errors import ConfigurationInvalid

_FORMATS: Final = {".csv": "CSV", ".jsonl": "JSONL"}
_CALLS: Final = """
query Calls($system: String, $since: DateTime, $until: DateTime, $first: Int) {
  systemCalls(system: $system, since: $since, until: $until, first: $first) {
    nodes {
      askedAt requestId application system operation attempt queuedMilliseconds milliseconds requestBytes replyBytes
      status outcome fault code breaker notSent succeeded
    }
    pageInfo { hasNextPage }
  }
}
"""
_STATISTICS: Final = """
query Statistics($system: String, $window: Int) {
  systemStatistics(system: $system, window: $window) {
    system operation calls succeeded lastSuccess lastFailure
    outcomes { outcome calls }
    milliseconds { least average most deviation p50 p95 }
    requestBytes { average most }
    replyBytes { average most }
  }
}
"""
_EXPORT: Final = """
mutation Export($input: ExportSystemCallsInput!) {
  exportSystemCalls(input: $input) { file { url name bytes sha256 } problems { message remedy } }
}
"""


_SLIM: Final[dict[str, Any]] = {"box": None, "pad_edge": False, "padding": (0, 1, 0, 0)}
"""How tables stand in 80 to 120 columns."""


def calls(
    *,
    system: Annotated[str | None, typer.Option(help="系统代码，缺省为全部 · code of a system; all if left out")] = None,
    since: Annotated[str | None, typer.Option(help="起始时刻，ISO 8601 · from then on")] = None,
    until: Annotated[str | None, typer.Option(help="截止时刻 · before then; now if left out")] = None,
    window: Annotated[int | None, typer.Option(help="最近若干秒的统计 · statistics of so many last seconds")] = None,
    first: Annotated[int, typer.Option(help="最多几行 · lines at most", min=1, max=200)] = 50,
    export: Annotated[Path | None, typer.Option(help="导出到 .csv 或 .jsonl 文件 · a new .csv or .jsonl file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")] = False,
) -> None:
    """对系统的调用：最近的、统计的、或导出 · Calls to systems: the last ones, their statistics, or all in a file.

    Asks the gateway of YIWANG_URL with the token of YIWANG_TOKEN, and shows what its owner may see.
    """
    span = {"system": system, "since": _instant(since), "until": _instant(until)}
    remote = Remote.of_environment()
    if export is not None:
        _export(remote, span, export)
    elif window is not None:
        lines = remote.ask(_STATISTICS, {"system": system, "window": window})["systemStatistics"]
        _show(lines, _statistics(lines), as_json=as_json)
    else:
        page = remote.ask(_CALLS, {**span, "first": first})["systemCalls"]
        _show(page["nodes"], _table(page["nodes"]), as_json=as_json)
        if page["pageInfo"]["hasNextPage"]:
            err.print("[dim]… 还有更多 · there are more: --first, --until, --export[/dim]")


def _export(remote: Remote, span: dict[str, Any], file: Path) -> None:
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None or file.exists():
        raise ConfigurationInvalid(f"{file} is no new .csv or .jsonl file", "name one")
    given = remote.ask(_EXPORT, {"input": {**span, "format": kind}})["exportSystemCalls"]
    if given["problems"]:
        raise ConfigurationInvalid(given["problems"][0]["message"], given["problems"][0]["remedy"])
    remote.fetch(given["file"]["url"], file)
    err.print(f"[green]✓[/green] {escape(str(file))} · {given['file']['bytes']} bytes · {given['file']['sha256']}")


def _show(lines: list[dict[str, Any]], table: Table, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        out.print(table)


def _table(nodes: list[dict[str, Any]]) -> Table:
    table = Table("时刻 at", "系统 system", "操作 operation", "结果 outcome", "责任 fault", **_SLIM)
    for name in ("ms", "字节 bytes"):
        table.add_column(name, justify="right")
    table.add_column("应用 application")
    table.add_column("请求 request", no_wrap=True)
    for node in nodes:
        attempt = f" ×{node['attempt']}" if node["attempt"] > 1 else ""
        ended = node["outcome"] if node["notSent"] is None else f"{node['outcome']} ({node['notSent']})"
        table.add_row(
            _local(node["askedAt"]),
            escape(node["system"]),
            escape(node["operation"]) + attempt,
            f"[{'green' if node['succeeded'] else 'red'}]{ended}[/]",
            node["fault"] or "",
            f"{node['milliseconds']:.0f}",
            "" if node["replyBytes"] is None else str(node["replyBytes"]),
            escape(node["application"]),
            escape(node["requestId"]),
        )
    return table


def _statistics(lines: list[dict[str, Any]]) -> Table:
    table = Table("系统 system", "操作 operation", **_SLIM)
    for name in ("次数 calls", "尽责 ok", "p50 ms", "p95 ms", "最长 max", "均值 mean"):
        table.add_column(name, justify="right")
    table.add_column("结果 outcomes")
    table.add_column("最近失败 failed")
    for line in lines:
        spread = line["milliseconds"]
        times = ("", "", "", "")
        if spread is not None:
            average = f"{spread['average']:.0f}±{spread['deviation']:.0f}"
            times = (f"{spread['p50']:.0f}", f"{spread['p95']:.0f}", f"{spread['most']:.0f}", average)
        table.add_row(
            escape(line["system"]),
            escape(line["operation"]),
            str(line["calls"]),
            f"{line['succeeded'] / line['calls']:.1%}",
            *times,
            ", ".join(f"{one['outcome']} {one['calls']}" for one in line["outcomes"]),
            "" if line["lastFailure"] is None else _local(line["lastFailure"]),
        )
    return table


def _instant(text: str | None) -> str | None:
    """The instant as the schema wants it; without an offset it is meant in China."""
    if text is None:
        return None
    try:
        return utc(datetime.fromisoformat(text)).isoformat()
    except ValueError as error:
        raise ConfigurationInvalid(f"{text!r} is no instant", "write it as 2026-03-01T08:00:00+08:00") from error


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(CHINA).strftime("%m-%d %H:%M:%S")
