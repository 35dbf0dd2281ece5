"""`yiwang system`: what a department does with its system's folder."""

import os
from pathlib import Path
from typing import Annotated

import typer

from adapters.kit.manifest.check import check as check_manifest
from adapters.kit.manifest.check import render
from adapters.kit.soap import describe
from gateway.cli.console import err
from gateway.core.text import Language

app = typer.Typer(help="接入系统 · Systems and their manifests.", no_args_is_help=True)


@app.command()
def check(
    folders: Annotated[list[Path], typer.Argument(help="清单所在目录 · folders that hold a manifest.yaml")],
    language: Annotated[Language | None, typer.Option(help="zh 或 en · zh or en")] = None,
) -> None:
    """检查清单：离线，一次列出全部问题 · Check manifests: offline, all findings at once, one a line.

    Exit status: 0 clean, 1 findings.
    """
    chosen = language or (Language.ZH if os.environ.get("LANG", "").startswith("zh") else Language.EN)
    findings = 0
    for folder in folders:
        report = check_manifest(folder, describe)
        findings += len(report.findings)
        for line in render(report, chosen):
            typer.echo(line)
    if findings:
        err.print(f"[red]✗[/red] {findings} findings")
        raise typer.Exit(1)
    err.print(f"[green]✓[/green] {len(folders)} clean")
