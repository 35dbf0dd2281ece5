"""`yiwang schema`: the exported GraphQL schema."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import documents
from gateway.cli.console import out
from gateway.cli.remote import Remote
from schema.build import ASK_SCHEMA, export_schema, schema_told

app = typer.Typer(help="GraphQL schema.", no_args_is_help=True)
app.add_typer(documents.app, name="documents")


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="要写入的文件，缺省为标准输出 · the file; standard output if left out")
    ] = None,
    *,
    running: Annotated[
        bool,
        typer.Option(
            "--running",
            help="正在运行的网关（YIWANG_URL、YIWANG_TOKEN）的 schema，含目录资源的类型化字段 · "
            "that of the gateway of YIWANG_URL and YIWANG_TOKEN, with the typed fields of its catalogue",
        ),
    ] = False,
) -> None:
    """导出 SDL · Export the schema in the schema definition language."""
    text = schema_told(Remote.of_environment().ask(ASK_SCHEMA, {})) if running else export_schema()
    if file is None:
        out.print(text, markup=False, end="")
    else:
        file.write_text(text, "utf-8")
        out.print(f"✓ {file}")
