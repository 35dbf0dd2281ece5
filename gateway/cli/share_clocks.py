"""`yiwang share overdue`, `what-if`, `statistics` and `calendar`: the clocks of data sharing."""

from calendar import monthrange
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import out
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import instant, read_file
from gateway.cli.share_desk import AsJson, print_json
from gateway.core.errors import ConfigurationInvalid
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.settings import load_settings
from gateway.store.working_days import load_calendar

_OVERDUE: Final = """
{ overdueShareRequests { request { id resource state requester provider } deadline { stage due late why } }
  overdueDisputes {
    dispute { id resource state requester: reporter provider: source recipients { body application } }
    deadline { stage due late why }
  } }
"""
_WHAT_IF: Final = """
query WhatIf($rules: String!) { shareDeadlineChanges(rules: $rules) { request stage before after newlyLate } }
"""
_STATISTICS: Final = """
query Statistics($since: DateTime!, $until: DateTime!) {
  shareStatistics(since: $since, until: $until) { resource action after reason count }
}
"""
_LARGEST: Final = 500_000


def overdue(*, as_json: AsJson = False) -> None:
    """逾期的申请与校核 · Late requests and disputes, latest first."""
    found = Remote.of_environment().ask(_OVERDUE, {})
    rows = [{**one["request"], **one["deadline"]} for one in found["overdueShareRequests"]]
    rows += [{**one["dispute"], **one["deadline"]} for one in found["overdueDisputes"]]
    rows.sort(key=lambda one: (-one["late"], one["id"]))
    _table(rows, ("late", "due", "stage", "id", "resource", "state", "provider"), as_json=as_json)


def what_if(
    rules: Annotated[Path, typer.Argument(metavar="FILE", help="时限规则文件 · a file of deadline rules")],
    *,
    as_json: AsJson = False,
) -> None:
    """换用时限规则会改变什么 · What these deadline rules would change for requests that go on."""
    try:
        text = read_file(rules, _LARGEST).decode()
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(f"{rules} is no UTF-8", "save it as UTF-8") from error
    found = Remote.of_environment().ask(_WHAT_IF, {"rules": text})["shareDeadlineChanges"]
    _table(found, ("request", "stage", "before", "after", "newlyLate"), as_json=as_json)


def statistics(
    *,
    since: Annotated[str, typer.Option("--from", help="自 · from this day on")],
    until: Annotated[str, typer.Option("--to", help="至，不含 · until this day, which does not count")],
    as_json: AsJson = False,
) -> None:
    """年度统计 · How many steps of each kind were taken."""
    variables = {"since": instant(since), "until": instant(until)}
    found = Remote.of_environment().ask(_STATISTICS, variables)["shareStatistics"]
    _table(found, ("resource", "action", "after", "reason", "count"), as_json=as_json)


def calendar(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="月份 · the month")],
    *,
    region: Annotated[str, typer.Option(help="行政区划代码 · whose days, by region code")] = "000000",
    as_json: AsJson = False,
) -> None:
    """工作日历 · Which days of a month are working days; needs no gateway."""
    try:
        first = date.fromisoformat(f"{month}-01")
        days = load_calendar(load_settings().calendar).of(region)
    except (ValueError, IdentifierInvalid) as error:
        raise ConfigurationInvalid(f"{month!r} or {region!r} is none", "write 2026-10, and a region code") from error
    found: list[dict[str, Any]] = [
        {"day": day.isoformat(), "working": days.is_working(day), "announced": days.is_announced(day)}
        for day in (first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1))
    ]
    _table(found, ("day", "working", "announced"), as_json=as_json)


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*("–" if row[name] is None else escape(str(row[name])) for name in columns))
    out.print(table)
