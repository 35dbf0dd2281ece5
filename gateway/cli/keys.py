"""`yiwang keys`: make the keys that the gateway itself needs."""

from pathlib import Path
from typing import Annotated

import typer

from certs.id_sealer import AesSivIdSealer
from certs.tokens import DevelopmentIssuer
from gateway.cli.console import complain, out
from gateway.cli.files import write_private
from gateway.system_clock import SystemClock

app = typer.Typer(help="密钥 · Keys of the gateway.", no_args_is_help=True)


@app.command("id")
def id_key(file: Annotated[Path, typer.Argument(help="要写入的文件 · the file to write")]) -> None:
    """生成密封公开标识的密钥（YIWANG_ID_KEY）· Make the key that seals public ids."""
    _refuse_existing(file)
    write_private(file, AesSivIdSealer.generate_key())
    out.print(f"✓ {file}")


@app.command("development-issuer")
def development_issuer(
    folder: Annotated[Path, typer.Argument(help="写入 issuer.jwk 与 jwks.json · gets issuer.jwk and jwks.json")],
) -> None:
    """生成开发用令牌签发方；生产模式拒绝其令牌 · Make a development token issuer; production refuses its tokens."""
    _refuse_existing(folder / "issuer.jwk")
    issuer = DevelopmentIssuer.generate(SystemClock())
    write_private(folder / "issuer.jwk", issuer.private_jwk())
    (folder / "jwks.json").write_bytes(issuer.jwks())
    out.print(f"✓ {folder / 'issuer.jwk'}\n✓ {folder / 'jwks.json'}")


def _refuse_existing(file: Path) -> None:
    if file.exists():
        complain(f"{file} exists already", "ids and tokens made with it would stop working; move it away first")
        raise typer.Exit(2)
