"""`yiwang system check`: what a department does with its system's folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from adapters.kit.manifest.check import check as check_manifest
from adapters.kit.manifest.findings import Finding
from adapters.kit.manifest.source import MANIFEST
from adapters.kit.soap import describe
from gateway.cli.console import err
from gateway.cli.language import terminal_language
from gateway.core.text import Language


def check(
    paths: Annotated[
        list[Path], typer.Argument(help="清单或其所在目录 · manifests, or the folders that hold a manifest.yaml")
    ],
    language: Annotated[Language | None, typer.Option(help="zh 或 en · zh or en")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print the findings as JSON")] = False,
) -> None:
    """检查清单：离线，一次列出全部问题 · Check manifests: offline, all findings at once, one a line.

    Exit status: 0 clean, 1 findings.
    """
    findings = [finding for path in paths for finding in check_manifest(_folder(path), describe).findings]
    if as_json:
        document = {"checked": len(paths), "findings": findings}
        typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        _tell(findings, len(paths), language or terminal_language())
    if findings:
        raise typer.Exit(1)


def _tell(findings: Sequence[Finding], checked: int, language: Language) -> None:
    for finding in findings:
        typer.echo(finding.render(language))
    if findings:
        err.print(f"[red]✗[/red] {_FINDING.render(language, len(findings))}")
    else:
        err.print(f"[green]✓[/green] {_CLEAN.render(language, checked)}")


class _Counted(msgspec.Struct, frozen=True):
    """How a number of things is said: Chinese knows no plural."""

    zh: str
    one: str
    many: str

    def render(self, language: Language, count: int) -> str:
        if language is Language.ZH:
            return self.zh.format(count=count)
        return (self.one if count == 1 else self.many).format(count=count)


_FINDING: Final = _Counted("{count} 个问题", "{count} finding", "{count} findings")
_CLEAN: Final = _Counted("{count} 份清单没有问题", "{count} manifest is clean", "{count} manifests are clean")


def _folder(path: Path) -> Path:
    return path.parent if path.name == MANIFEST and not path.is_dir() else path
