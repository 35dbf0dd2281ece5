"""`yiwang schema`: the exported GraphQL schema."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import documents
from gateway.cli.console import out
from schema.build import export_schema

app = typer.Typer(help="GraphQL schema.", no_args_is_help=True)
app.add_typer(documents.app, name="documents")


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="要写入的文件，缺省为标准输出 · the file; standard output if left out")
    ] = None,
) -> None:
    """导出 SDL · Export the schema in the schema definition language."""
    text = export_schema()
    if file is None:
        out.print(text, markup=False, end="")
    else:
        file.write_text(text, "utf-8")
        out.print(f"✓ {file}")
