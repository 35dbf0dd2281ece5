"""`yiwang share export`: all records of a question under a grant as a file, fetched by the gateway page by page."""

import hashlib
import json
import os
import time
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.cli.share_desk import AsJson, print_json
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid

PAUSE: Final = 1.0
"""Seconds between two looks."""

_WAITS: Final = 1
"""Exit code: it goes on with the next day's quota."""

_EXPORT: Final = """
  id state grant resource format rows pages goesOnAt withheld { path reason } problems { message remedy }
  expiresAt manifest
"""
_ASK: Final = f"""
mutation Export($input: ExportSharedRecordsInput!) {{
  exportSharedRecords(input: $input) {{ export {{ {_EXPORT} }} problems {{ message remedy field }} }}
}}
"""
_SHOW: Final = f"query Export($id: ID!) {{ sharedExport(id: $id) {{ {_EXPORT} }} }}"
_FILE: Final = "query File($id: ID!) { sharedExport(id: $id) { file { url bytes sha256 } } }"


class Kind(StrEnum):
    """What is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


_FORMATS: Final = {Kind.CSV: "CSV", Kind.XLSX: "XLSX", Kind.JSONL: "JSON_LINES"}


def export(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="授权的 id · the grant's id")],
    *,
    use: Annotated[str, typer.Option(help="用途的 id，导出期间须有效 · the use, live until the last page is there")],
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="查询参数，可重复 · a parameter; may be repeated")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="只导出这些字段 · only these fields")] = None,
    format: Annotated[Kind, typer.Option(help="文件格式 · what is written")] = Kind.CSV,  # noqa: A002 - the option's name
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="写入的文件 · the file to write")],
    key: Annotated[
        str | None,
        typer.Option(help="幂等键，缺省由其余参数得出 · idempotency key; made of the other options if left out"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """大量共享数据导出为文件 · Write all records under a grant to a file; the same command again goes on."""
    values: dict[str, Any] = {
        "use": use,
        "grant": grant,
        "parameters": {name: value for name, _, value in (text.partition("=") for text in parameter or [])},
        "fields": field or None,
        "format": _FORMATS[format],
    }
    remote = Remote.of_environment()
    done = remote.ask(_ASK, {"input": {**values, "idempotencyKey": key or _key(values)}})["exportSharedRecords"]
    if done["problems"]:
        first = done["problems"][0]
        raise ConfigurationInvalid(first["message"], first["remedy"] or "")
    found = _ended(remote, done["export"])
    if found["state"] == "WAITING":
        _waits(found, as_json=as_json)
    if found["state"] != "READY":
        raise ConfigurationInvalid(f"{found['state']}: {_said(found)}", "to try again, give another --key")
    _fetch(remote, found["id"], to)
    for name in found["withheld"]:
        err.print(f"  [dim]{escape(name['path'])}: {escape(name['reason'])}[/dim]")
    for problem in found["problems"]:
        err.print(f"  [yellow]![/yellow] {escape(problem['message'])}")
    if as_json:
        print_json({**found, "file": str(to)})
        return
    err.print(f"[green]✓[/green] {found['rows']} 行 records → {escape(str(to))}")
    typer.echo(found["id"])


def _ended(remote: Remote, found: dict[str, Any]) -> dict[str, Any]:
    """The export when it has ended; how far it is stands in one line meanwhile."""
    with err.status("") as line:
        while found["state"] in {"QUEUED", "RUNNING"}:
            line.update(f"{found['state']}  {found['rows']} 行 records  {found['pages']} 页 pages")
            time.sleep(PAUSE)
            present = remote.ask(_SHOW, {"id": found["id"]})["sharedExport"]
            if present is None:
                raise ConfigurationInvalid("the gateway does not know the export any more", "export again")
            found = present
    return found


def _waits(found: dict[str, Any], *, as_json: bool) -> NoReturn:
    """Say when it goes on: the terminal does not have to wait for it."""
    if as_json:
        print_json(found)
    until = datetime.fromisoformat(found["goesOnAt"]).astimezone(CHINA)
    err.print(f"[yellow]…[/yellow] {found['rows']} 行 records → {until:%Y-%m-%d %H:%M} 继续 goes on")
    err.print(
        "当日用量已用尽，次日自行继续，之后重新运行同一命令即可取回 · "
        "the quota of the day is used up; it goes on by itself, and the same command fetches the file later"
    )
    raise typer.Exit(_WAITS)


def _said(found: dict[str, Any]) -> str:
    return "; ".join(problem["message"] for problem in found["problems"]) or "–"


def _fetch(remote: Remote, export_id: str, to: Path) -> None:
    """The whole file under its name, readable by its owner only, or nothing."""
    ticket = remote.ask(_FILE, {"id": export_id})["sharedExport"]["file"]
    if ticket is None:
        raise ConfigurationInvalid("the file is not kept any more", "to export again, give another --key")
    fresh = to.with_name(f".{to.name}.part")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        remote.fetch(ticket["url"], fresh)
        with fresh.open("rb") as stream:
            is_whole = hashlib.file_digest(stream, "sha256").hexdigest() == ticket["sha256"]
        if not is_whole:
            raise ConfigurationInvalid("the file did not come whole", "run the same command again")
        fresh.replace(to)
    except OSError as error:
        raise ConfigurationInvalid(f"{to} cannot be written: {error.strerror}", "name another --out") from error
    finally:
        with suppress(OSError):
            fresh.unlink()


def _key(values: dict[str, Any]) -> str:
    """The same for the same request, so that whoever was interrupted finds his export again."""
    return "cli-" + hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
