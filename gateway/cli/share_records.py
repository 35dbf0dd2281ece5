"""`yiwang share records`: one page of records under a grant, as the grant gives them, with its receipt."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.files import write_private
from gateway.cli.remote import Remote
from gateway.cli.share_desk import AsJson, print_json
from gateway.core.errors import ConfigurationInvalid
from gateway.core.outcome import ANSWERED

_MOST: Final = 500
_UNANSWERED: Final = 1
"""Exit code: a system gave no answer."""

_RECORDS: Final = """
query Records($use: ID!, $grant: ID!, $parameters: JSON!, $fields: [String!], $first: Int, $after: String) {
  sharedRecords(use: $use, grant: $grant, parameters: $parameters, fields: $fields, first: $first, after: $after) {
    records withheld { path reason } pageInfo { hasNextPage endCursor }
    sources { system outcome fault asOf milliseconds truncated code message notice retryAfter } receipt
  }
}
"""


def records(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="授权的 id · the grant's id")],
    *,
    use: Annotated[str, typer.Option(help="用途的 id · the id of a use that is live")],
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="查询参数，可重复 · a parameter; may be repeated")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="只要这些字段，可重复 · only these fields; repeat it")] = None,
    most: Annotated[int, typer.Option(min=1, max=_MOST, help="至多几条 · how many at most")] = 20,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="续查的位置 · where the last page ended")] = None,
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="凭据写入的文件 · write the receipt to this file")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """查询一页共享数据 · One page of records under a grant; its use is counted and recorded like any other."""
    variables = {
        "use": use,
        "grant": grant,
        "parameters": {name: value for name, _, value in (text.partition("=") for text in parameter or [])},
        "fields": field or None,
        "first": most,
        "after": after,
    }
    found = Remote.of_environment().ask(_RECORDS, variables)["sharedRecords"]
    if as_json:
        print_json(found)
    elif found["records"]:
        out.print(_table(found["records"]))
    _tell(found, as_json=as_json)
    if receipt is not None and found["receipt"] is not None:
        _keep(receipt, found["receipt"])
    if any(one["outcome"] not in ANSWERED for one in found["sources"]):
        raise typer.Exit(_UNANSWERED)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each record; what a record does not have is a dash."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*map(escape, names), box=None)
    for row in rows:
        values = (row.get(name) for name in names)
        table.add_row(*("–" if value is None else escape(_visible(str(value))) for value in values))
    return table


def _tell(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Say beside the records what is not in them: fields that are not given, systems that gave nothing, the receipt."""
    for one in found["sources"]:
        if one["outcome"] not in ANSWERED:
            said = one["notice"] or one["message"] or ""
            err.print(f"[red]✗[/red] {escape(one['system'])}  {one['outcome']}  {escape(_visible(said))}")
    if as_json:
        return
    for one in found["withheld"]:
        err.print(f"  [dim]{escape(one['path'])}: {escape(one['reason'])}[/dim]")
    number = "–" if found["receipt"] is None else found["receipt"]["receipt"]["id"]
    err.print(f"[green]✓[/green] {len(found['records'])} 条 records  凭据 receipt {number}")
    if found["pageInfo"]["hasNextPage"]:
        err.print(f"…: --after {found['pageInfo']['endCursor']}")


def _keep(file: Path, receipt: Mapping[str, Any]) -> None:
    try:
        write_private(file, json.dumps(receipt, ensure_ascii=False).encode())
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be written: {error.strerror}", "name another --receipt") from error


def _visible(text: str) -> str:
    """The text without what a terminal would act on: a system may have anything in a value."""
    return "".join(character if character.isprintable() else " " for character in text)
