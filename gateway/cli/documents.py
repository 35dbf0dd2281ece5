"""`yiwang schema documents`: the trusted documents that a gateway would be started with."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import out
from gateway.store.trusted_documents import read_trusted_texts
from schema.build import build_schema
from schema.execution.trusted import examine_documents

app = typer.Typer(help="可信文档 · Trusted documents.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """可信文档 · Trusted documents."""


@app.command()
def check(
    place: Annotated[Path, typer.Argument(help="清单文件或文件夹 · the manifest, or the folder of documents")],
) -> None:
    """检查可信文档 · Check trusted documents by this version's schema. Exit status: 0 sound, 1 findings, one a line."""
    read = read_trusted_texts(place)
    findings = [*read.findings]
    findings += [
        f"{read.places[digest]}: {what}; mend the document by schema.graphql"
        for digest, what in examine_documents(build_schema(), read.texts)
    ]
    for finding in findings:
        out.print(" ".join(finding.split()), markup=False)
    if findings:
        raise typer.Exit(1)
    out.print(f"✓ {len(read.texts)} 个文档 · documents")
