"""`yiwang keys`: make the keys that the gateway itself needs."""

from pathlib import Path
from typing import Annotated

import typer

from certs.id_sealer import AesSivIdSealer
from certs.tokens import DevelopmentIssuer
from gateway.cli.console import complain, out
from gateway.cli.files import write_private
from gateway.cli.issuers import write_issuers
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
    folder: Annotated[Path, typer.Argument(help="写入 issuer.jwk、jwks.json、issuers.toml · gets these three files")],
) -> None:
    """生成开发用令牌签发方；生产模式拒绝其令牌 · Make a development token issuer; production refuses its tokens.

    YIWANG_ISSUERS of the gateway names the issuers.toml that is written.
    """
    _refuse_existing(folder / "issuer.jwk")
    _refuse_existing(folder / "issuers.toml")
    issuer = DevelopmentIssuer.generate(SystemClock())
    write_private(folder / "issuer.jwk", issuer.private_jwk())
    write_issuers(folder, issuer)
    out.print("\n".join(f"✓ {folder / name}" for name in ("issuer.jwk", "jwks.json", "issuers.toml")))


def _refuse_existing(file: Path) -> None:
    if file.exists():
        complain(f"{file} exists already", "ids and tokens made with it would stop working; move it away first")
        raise typer.Exit(2)
