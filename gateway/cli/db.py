"""`yiwang db`: the schema of the gateway's database, its backups, and the drill that shows that they are good."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from certs.audit_keys import AuditSignatures
from gateway.bootstrap.addresses import database_address
from gateway.cli.console import complain, err, out
from gateway.core.audit.anchors import Anchored, read_anchors
from gateway.core.audit.chain import ChainInvalid
from gateway.core.errors import BackupUnusable, ConfigurationInvalid, StoreConflict, StoreUnavailable
from gateway.settings import load_settings
from gateway.store import backup as backups
from gateway.store import migrate
from gateway.store.address import Address, parse_address
from gateway.store.audit.verifying import verify_audit
from gateway.system_clock import SystemClock

app = typer.Typer(
    help="数据库：结构版本、备份、恢复演练 · The database named by YIWANG_DATABASE: schema, backups, drill.",
    no_args_is_help=True,
)
T = TypeVar("T")
WRONG = 1
"""Exit status when something was found that is not as it should be."""
_UNREACHED = 2


@app.command()
def status() -> None:
    """显示结构版本 · Show where the schema stands. Exit status: 0 as this program needs it, 1 not."""
    address = _address()
    found = _done(migrate.status(address))
    out.print(f"{address.shown}", markup=False)
    out.print(f"  {found.current or '–'} → {found.head}")
    if not found.known:
        complain("the database is of a newer program", "start that one, or run its `yiwang db downgrade` first")
    for step in found.behind:
        out.print(f"  + {step}")
    if found.current != found.head:
        raise typer.Exit(WRONG)


@app.command()
def upgrade(to: Annotated[str, typer.Option(help="版本 · the revision")] = "head") -> None:
    """升级结构，运行中的网关不受影响 · Bring the schema up; a gateway that is running goes on."""
    with _progress("升级 · upgrading"):
        found = _done(migrate.upgrade(_address(), to))
    out.print(f"✓ {found.current or '–'}")


@app.command()
def downgrade(
    to: Annotated[str, typer.Argument(help="版本，base 为空库 · the revision; base removes everything")],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 · do not ask")] = False,  # noqa: FBT002 - a switch
) -> None:
    """降级结构，会删去新版本才有的数据 · Bring the schema down; what only newer revisions keep is lost."""
    address = _address()
    if not yes:
        typer.confirm(f"{address.shown} → {to}: 继续 · go on?", abort=True)
    with _progress("降级 · downgrading"):
        found = _done(migrate.downgrade(address, to))
    out.print(f"✓ {found.current or '–'}")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="要写入的文件 · the file to write")]) -> None:
    """备份，运行中亦可 · Back up to one file, while the gateway runs. Personal data in it stay sealed."""
    _refuse_existing(file)
    with _progress("备份 · backing up") as told:
        summary = _done(backups.backup(_address(), file, SystemClock(), told))
    _show(summary.counts)
    out.print(f"✓ {file}", markup=False)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="备份文件 · the backup")]) -> None:
    """恢复到空数据库，备份可来自另一种数据库 · Fill an empty database from a backup of either database."""
    with _progress("恢复 · restoring") as told:
        summary = _done(backups.restore(_address(), file, told))
    _show(summary.counts)
    out.print(f"✓ {_address().shown}", markup=False)


@app.command()
def drill(
    keep: Annotated[Path | None, typer.Option(help="保留备份的文件 · keep the backup in this file")] = None,
    scratch: Annotated[
        str | None,
        typer.Option(help="空的演练数据库地址，缺省为临时文件 · an empty database; a temporary file if left out"),
    ] = None,
) -> None:
    """演练：备份、恢复到另一数据库、逐表比对、校验审计 · Back up, restore elsewhere, compare, verify the audit.

    Exit status: 0 all is the same and proven, 1 not.
    """
    settings = load_settings()
    address = database_address(settings)
    check = partial(verify_audit, verifier=AuditSignatures(), anchors=_anchors(settings.audit_anchor))
    if keep is not None:
        _refuse_existing(keep)
    with tempfile.TemporaryDirectory(prefix="yiwang-drill-") as folder, _progress("演练 · drill") as told:
        target = parse_address(scratch or f"sqlite:///{folder}/scratch.sqlite")
        found = _done(backups.drill(address, target, keep or Path(folder) / "backup", SystemClock(), told, [check]))
    _show(found.counts)
    for step, seconds in found.seconds.items():
        out.print(f"  {step:8} {seconds:8.2f} s")
    for line in found.wrong:
        out.print(f"✗ {line}", markup=False)
    if found.wrong:
        raise typer.Exit(WRONG)
    out.print(f"✓ {sum(found.counts.values())} 行一致 · rows are the same")


def _anchors(file: Path | None) -> Sequence[Anchored]:
    """What has been anchored so far; none before the first checkpoint."""
    if file is None or not file.exists():
        return ()
    try:
        return read_anchors(file.read_bytes())
    except (ChainInvalid, OSError) as error:
        raise ConfigurationInvalid(f"{file}: {error}", "YIWANG_AUDIT_ANCHOR names the file of anchors") from error


def _address() -> Address:
    return database_address(load_settings())


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; what operations can mend is said in two lines."""
    try:
        return asyncio.run(work)
    except BackupUnusable as error:
        complain(str(error), "take another backup, or check the disk")
        raise typer.Exit(_UNREACHED) from error
    except StoreConflict as error:
        complain(str(error), "the backup or the database is damaged: restore another one")
        raise typer.Exit(_UNREACHED) from error
    except StoreUnavailable as error:
        complain(str(error), "see that it runs and that YIWANG_DATABASE names it; try again if it was busy")
        raise typer.Exit(_UNREACHED) from error


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str, int], None]]:
    """Shows how many rows of which table are done; only where somebody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title)
        done: dict[str, int] = {}

        def told(table: str, rows: int) -> None:
            done[table] = done.get(table, 0) + rows
            progress.update(task, description=f"{title} · {table} {done[table]:,}")

        yield told


def _show(counts: dict[str, int]) -> None:
    table = Table("表 · table", "行 · rows", box=None)
    table.columns[1].justify = "right"
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    out.print(table)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise ConfigurationInvalid(f"{file} exists already", "name another file, or move it away first")
