"""`yiwang audit`: export, verify and prune the audit. `verify` needs no gateway, no database and no settings."""

import asyncio
import getpass
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from certs.audit_keys import KEY_LIMIT, AuditSignatures
from gateway.bootstrap.addresses import database_address
from gateway.bootstrap.keys import read_audit_signer
from gateway.cli.audit_stamps import examine_stamps, stamps_of, with_stamps
from gateway.cli.console import complain, out
from gateway.cli.files import write_private
from gateway.core.audit.anchors import Anchored, read_anchors
from gateway.core.audit.catalogue import AUDIT_EXPORTED, find_kind
from gateway.core.audit.chain import ChainInvalid
from gateway.core.audit.checkpoint import CheckpointSigner
from gateway.core.audit.container import LARGEST, ContainerUnusable, check_size, is_name, pack, unpack
from gateway.core.audit.events import Actor, Event
from gateway.core.audit.examine import examine
from gateway.core.audit.export import ENTRIES
from gateway.core.audit.findings import Report, Verdict
from gateway.core.clock import utc
from gateway.core.errors import ConfigurationInvalid, StoreUnavailable
from gateway.core.text import Text
from gateway.settings import Settings, load_settings
from gateway.store import migrate
from gateway.store.audit.checkpoints import Checkpoints, sealing_of
from gateway.store.audit.exporting import Exporting, Span
from gateway.store.audit.pruning import Pruning
from gateway.store.audit.writer import AuditWriter, audit_writer
from gateway.store.database import Database, database
from gateway.system_clock import SystemClock

app = typer.Typer(help="审计 · The audit: export, verify, prune.", no_args_is_help=True)

_MARKS = {Verdict.VALID: "[green]✓[/green]", Verdict.INVALID: "[red]✗[/red]", Verdict.UNDECIDED: "[yellow]?[/yellow]"}
_UNUSABLE = 2
_NOT_EXAMINED = "? 时间戳未校验，给出 --tsa-trust · timestamps were not examined: name --tsa-trust"


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="新的 .zip 文件或文件夹 · a new .zip file, or a new folder")],
    since: Annotated[str, typer.Option("--from", help="起始时刻，含 · from then on, ISO 8601")],
    until: Annotated[str | None, typer.Option("--to", help="截止时刻，不含 · before then; now if left out")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="事件种类，可多次 · a kind of event; may be repeated")] = None,
    application: Annotated[list[str] | None, typer.Option(help="调用应用，可多次 · an application; likewise")] = None,
) -> None:
    """导出审计记录及其证明 · Export entries with what proves them; that it was done is an event of its own."""
    if target.exists():
        raise ConfigurationInvalid(f"{target} exists already", "name a new file or folder")
    unknown = [code for code in kind or () if find_kind(code) is None]
    if unknown:
        raise ConfigurationInvalid(f"no kind of event is called {unknown[0]}", "see docs/reference/audit-events.md")
    clock = SystemClock()
    span = Span(
        since=_instant(since, "--from"),
        until=_instant(until, "--to") if until is not None else clock.now(),
        kinds=tuple(sorted(set(kind or ()))),
        applications=tuple(sorted(set(application or ()))),
    )
    files = asyncio.run(_export(load_settings(), span))
    if target.suffix == ".zip":
        write_private(target, pack(files))
    else:
        for name, content in files.items():
            write_private(target / name, content)
    out.print(f"✓ {target}: {len(files[ENTRIES].splitlines())} 条记录 · entries")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="导出的 .zip 文件或文件夹 · an export: .zip file or folder")],
    anchor: Annotated[Path | None, typer.Option(help="此前带出的锚定文件 · anchors that were carried away")] = None,
    key: Annotated[list[Path] | None, typer.Option(help="受信任的公钥，PEM · a public key that is trusted")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · write the report as JSON")] = False,  # noqa: FBT002 - a switch
    tsa_trust: Annotated[
        Path | None, typer.Option(help="时间戳的信任锚 · anchors of timestamps, which are examined then")
    ] = None,
) -> None:
    """校验导出 · Verify an export. Exit status: 0 valid, 1 not valid or undecided, 2 unusable."""
    try:
        files = _files(file)
        report = examine(
            files,
            AuditSignatures(),
            anchors=_anchors(anchor) if anchor else (),
            trusted=frozenset(_key_name(pem) for pem in key or ()),
        )
        if tsa_trust is not None:
            report = with_stamps(report, examine_stamps(files, tsa_trust, SystemClock().now()))
    except ContainerUnusable as error:
        complain(f"{file}: {error.reason.zh} · {error.reason.en}", "export it again, or fetch it again from its source")
        raise typer.Exit(1 if error.is_changed else _UNUSABLE) from error
    except (ChainInvalid, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        complain(f"{file}: {reason}", "name an export, anchors and keys that can be read")
        raise typer.Exit(_UNUSABLE) from error
    _show(report, as_json=as_json)
    if tsa_trust is None and stamps_of(files) and not as_json:
        out.print(_NOT_EXAMINED)
    if report.verdict is not Verdict.VALID:
        raise typer.Exit(1)


@app.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="仅列出 · only say what would be removed")] = False,  # noqa: FBT002 - a switch
) -> None:
    """清除已封存且到期的分区 · Remove partitions that are sealed and expired; each removal is an event of its own."""
    asyncio.run(_prune(load_settings(), dry_run=dry_run))


async def _export(settings: Settings, span: Span) -> dict[str, bytes]:
    clock, signer = SystemClock(), _signer(settings)
    async with _opened(settings) as (opened, writer):
        event = Event(
            id=secrets.token_hex(16),
            kind=AUDIT_EXPORTED.code,
            at=clock.now(),
            actor=_operator(),
            note={"from": span.since.isoformat(), "to": span.until.isoformat()},
        )
        await writer.record(event)
        await Checkpoints(opened, clock, sealing_of(signer, settings.audit_minutes, settings.audit_anchor)).make(
            now=True
        )
        return await Exporting(opened, clock, signer).make(span)


async def _prune(settings: Settings, *, dry_run: bool) -> None:
    async with _opened(settings) as (opened, writer):
        pruning = Pruning(opened, SystemClock(), AuditSignatures(), settings.audit_kept)
        expired = await pruning.expired()
        for one in expired:
            if not dry_run:
                await pruning.prune(one, writer, _operator())
            out.print(f"✓ {one.month} {one.retention.value} {one.name}: {one.length} 条记录 · entries")
        verb = "可清除 · can be removed" if dry_run else "已清除 · removed"
        out.print(f"{len(expired)} 个分区 · partitions {verb}")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Database, AuditWriter]]:
    """The database beside a gateway that may be serving from it, and a writer with an epoch of its own."""
    address, clock = database_address(settings), SystemClock()
    try:
        found = await migrate.status(address)
        if found.current != found.head:
            raise ConfigurationInvalid("the database's schema is not this program's", "run `yiwang db status`")
        async with database(address, clock) as opened, audit_writer(opened, clock, alone=False) as writer:
            yield opened, writer
    except StoreUnavailable as error:
        raise ConfigurationInvalid(str(error), "see that the database of YIWANG_DATABASE is up") from error


def _signer(settings: Settings) -> CheckpointSigner:
    signer = read_audit_signer(settings)
    if signer is None:
        raise ConfigurationInvalid("YIWANG_AUDIT_KEY is not set", "an export is signed: name the gateway's audit key")
    return signer


def _operator() -> Actor:
    """Whoever runs the command, by his account on this machine."""
    return Actor(role="command", subject=getpass.getuser())


def _instant(text: str, option: str) -> datetime:
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise ConfigurationInvalid(
            f"{option} is no instant", "write 2026-03-01 or 2026-03-01T08:00:00+08:00"
        ) from error


def _files(file: Path) -> dict[str, bytes]:
    """The files of an export.

    Raises:
        ContainerUnusable: it is none.
    """
    if not file.is_dir():
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
        check_size(1, len(data))
        return unpack(data)
    found = sorted(one for one in file.rglob("*") if not one.is_dir() or one.is_symlink())
    check_size(len(found), sum(one.lstat().st_size for one in found))
    names = [one.relative_to(file).as_posix() for one in found]
    if any(one.is_symlink() for one in found) or not all(map(is_name, names)):
        raise ContainerUnusable(
            Text("含有不属于导出的文件", "there is a file that is none of an export"), is_changed=True
        )
    return {name: one.read_bytes() for name, one in zip(names, found, strict=True)}


def _anchors(file: Path) -> list[Anchored]:
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    check_size(1, len(data))
    return read_anchors(data)


def _key_name(file: Path) -> str:
    with file.open("rb") as opened:
        return AuditSignatures().key_of(opened.read(KEY_LIMIT).decode())


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        steps = [
            {"number": step.number, "name": step.name, "verdict": step.verdict, "message": step.message.en}
            for step in report.steps
        ]
        typer.echo(msgspec.json.encode({"verdict": report.verdict, "steps": steps}).decode())
        return
    for step in report.steps:
        out.print(
            f"{_MARKS[step.verdict]} {step.number} {step.name:12} {escape(step.message.zh)} · {escape(step.message.en)}"
        )
    out.print(f"{_MARKS[report.verdict]} {report.verdict.value}")
