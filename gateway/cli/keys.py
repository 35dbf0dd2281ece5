"""`yiwang keys`: make the keys that the gateway itself needs."""

from pathlib import Path
from typing import Annotated

import typer

from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from certs.id_sealer import AesSivIdSealer
from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.cli.console import complain, out
from gateway.cli.files import write_private
from gateway.cli.issuers import write_issuers
from gateway.core.errors import KeyUnusable
from gateway.system_clock import SystemClock

app = typer.Typer(help="密钥 · Keys of the gateway.", no_args_is_help=True)


@app.command("id")
def id_key(file: Annotated[Path, typer.Argument(help="要写入的文件 · the file to write")]) -> None:
    """生成密封公开标识的密钥（YIWANG_ID_KEY）· Make the key that seals public ids."""
    _refuse_existing(file)
    write_private(file, AesSivIdSealer.generate_key())
    out.print(f"✓ {file}")


@app.command("record")
def record_key(
    file: Annotated[Path, typer.Argument(help="要写入的文件 · the file to write")],
    rotate: Annotated[bool, typer.Option(help="在已有密钥之前加一把 · put a new key before those there are")] = False,  # noqa: FBT002 - a switch
) -> None:
    """生成密封静态个人信息的密钥（YIWANG_RECORD_KEY）· Make the key that seals personal data at rest.

    The first key of the file seals, every one opens: an old one is taken out when nothing sealed under it is left.
    """
    older = b""
    if rotate:
        try:
            older = file.read_bytes()
            AesGcmRecordCipher.parse(older)
        except (OSError, KeyUnusable) as error:
            complain(f"{file} holds no keys to rotate", "make the first one without --rotate")
            raise typer.Exit(2) from error
    else:
        _refuse_existing(file)
    write_private(file, AesGcmRecordCipher.generate_key() + older)
    out.print(f"✓ {file}")


@app.command("audit")
def audit_key(
    file: Annotated[Path, typer.Argument(help="要写入的文件，另写 .pub.pem · the file to write; .pub.pem beside it")],
    kind: Annotated[AuditKeyKind, typer.Option(help="曲线 · p256 or sm2")] = AuditKeyKind.P256,
) -> None:
    """生成审计签名密钥（YIWANG_AUDIT_KEY）· Make the key that signs the audit.

    Publish its public part where exports do not come from: readers compare it.
    """
    _refuse_existing(file)
    pem = generate_audit_key(kind)
    signer = load_signer(pem)
    write_private(file, pem)
    public = file.with_name(f"{file.name}.pub.pem")
    public.write_text(signer.public_pem, "utf-8")
    out.print(f"✓ {file}, {public} · {signer.key}")


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
