"""`yiwang share import` and `template`: tables by which departments and the hub office keep the catalogue."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import read_file
from gateway.cli.share_desk import AsJson, print_json
from gateway.cli.share_exchanges import import_from
from gateway.cli.share_tables import write_table
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing import importing_relations, vocabulary
from gateway.core.sharing.headings import shown
from gateway.core.sharing.sheets import LARGEST

_IMPORT: Final = """
mutation Import($input: ImportShareCatalogueInput!) {
  importShareCatalogue(input: $input) {
    added changed unchanged absent findings { line column message remedy } problems { message remedy }
  }
}
"""
_MILLISECONDS: Final = 60_000
_FINDINGS: Final = 1
_OF_THE_HUB: Final = ("upstream", "number", "system", "operation")
"""Columns that only the hub office fills."""

_Relations = Annotated[
    bool, typer.Option("--relations", help="事项与资源的关系，而非资源 · of what items need, not of resources")
]


def import_table(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="CSV（UTF-8、GB18030）或 XLSX")] = None,
    *,
    exchange: Annotated[
        str | None,
        typer.Option("--from", metavar="SYSTEM", help="上级平台的目录，而非文件 · an exchange's, not a file"),
    ] = None,
    relations: _Relations = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不导入 · only say what it would change")] = False,
    as_json: AsJson = False,
) -> None:
    """导入目录或事项关系 · Import the catalogue from a table: all of it, or everything that is wrong (exit code 1)."""
    if (file is None) == (exchange is None) or (exchange is not None and relations):
        raise ConfigurationInvalid("name a file, or an exchange with --from", "`yiwang share import --help`")
    if file is None:
        import_from(exchange or "", dry_run=dry_run, as_json=as_json)
        return
    content = read_file(file, LARGEST)
    if not content:
        raise ConfigurationInvalid(f"{file} is empty", "name the right file")
    remote = Remote.of_environment()
    kind = "ITEM_RELATIONS" if relations else "RESOURCES"
    values = {"file": {"upload": remote.send(file, content)}, "kind": kind, "dryRun": dry_run}
    done = remote.ask(_IMPORT, {"input": values}, _MILLISECONDS)["importShareCatalogue"]
    if done["problems"]:
        raise ConfigurationInvalid(done["problems"][0]["message"], done["problems"][0]["remedy"] or "")
    if as_json:
        print_json({name: value for name, value in done.items() if name != "problems"})
    else:
        _tell(file, done, is_trial=dry_run)
    if done["findings"]:
        raise typer.Exit(_FINDINGS)


def template(
    file: Annotated[Path, typer.Argument(metavar="OUT.csv|OUT.xlsx", help="新文件 · a new file")],
    *,
    relations: _Relations = False,
) -> None:
    """目录表模板 · An empty table with the headings to fill; needs no gateway."""
    titles = shown(importing_relations.SPELLINGS) if relations else shown(vocabulary.SPELLINGS, *_OF_THE_HUB)
    write_table(file, titles)


def _tell(file: Path, done: dict[str, Any], *, is_trial: bool) -> None:
    for one in done["findings"]:
        typer.echo(f"{file}:{one['line']}:{one['column']}: {one['message']}; {one['remedy']}")
    if done["findings"]:
        err.print("[red]✗[/red] 未导入任何内容 · nothing was imported")
        return
    typer.echo(f"added {done['added']}  changed {done['changed']}  unchanged {done['unchanged']}")
    what = "试导入，目录未变 · tried only, nothing was changed" if is_trial else "已导入 · imported"
    err.print(f"[green]✓[/green] {what}")
    if done["absent"]:
        err.print(
            f"  文件未提及、保持不变的资源 · resources that the file does not mention, which stay: {done['absent']}"
        )
