"""`yiwang share report`: the yearly report of data sharing, on the terminal or as a table in a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.share_desk import AsJson, day, print_json
from gateway.cli.share_tables import write_table
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.tables import Value

_MILLISECONDS: Final = 60_000
_TITLES: Final = {
    "role": "口径 as",
    "body": "单位 body",
    "unconditional": "无条件共享 unconditional",
    "conditional": "有条件共享 conditional",
    "notShared": "不予共享 not shared",
    "received": "收到申请 received",
    "approved": "同意 approved",
    "partlyApproved": "部分同意 in part",
    "refused": "不予 refused",
    "returned": "退回 returned",
    "withdrawn": "撤回 withdrawn",
    "expired": "失效 expired",
    "averageDays": "平均工作日 days",
    "overdue": "逾期 overdue",
    "grants": "有效授权 grants",
    "records": "给出记录 records",
    "disputes": "校核 disputes",
}
_FIGURES: Final = [name for name in _TITLES if name != "role"]
_REPORT: Final = f"""
query Report($year: Int!) {{
  shareReport(year: $year) {{
    year since until deadlineEdition
    total {{ {" ".join(_FIGURES)} }} providers {{ {" ".join(_FIGURES)} }} requesters {{ {" ".join(_FIGURES)} }}
  }}
}}
"""
_File = Annotated[Path | None, typer.Option(metavar="OUT", help="新文件 · write it to a new file")]


def report(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="年度 · the year")],
    *,
    csv: _File = None,
    xlsx: _File = None,
    as_json: AsJson = False,
) -> None:
    """年度报告 · The yearly report, by providers, by requesters and in all."""
    for file, ending in ((csv, ".csv"), (xlsx, ".xlsx")):
        if file is not None and file.suffix.lower() != ending:
            raise ConfigurationInvalid(f"{file} does not end in {ending}", "name it so")
    found = Remote.of_environment().ask(_REPORT, {"year": year}, _MILLISECONDS)["shareReport"]
    for file in filter(None, (csv, xlsx)):
        write_table(file, list(_TITLES.values()), _rows(found))
    if as_json:
        print_json(found)
    elif csv is None and xlsx is None:
        for role, body, *figures in _rows(found):
            out.print(f"[bold]{role}[/bold]  {escape(str(body or ''))}")
            told = zip(list(_TITLES.values())[2:], figures, strict=True)
            out.print("    " + "  ".join(f"{title} {figure}" for title, figure in told if figure))
    err.print(f"{year}: … {day(found['until'])}")


def _rows(found: dict[str, Any]) -> Iterator[list[Value]]:
    for role, lines in (
        ("提供 provider", found["providers"]),
        ("申请 requester", found["requesters"]),
        ("合计 total", [found["total"]]),
    ):
        for line in lines:
            yield [role, *(line[name] for name in _FIGURES)]
