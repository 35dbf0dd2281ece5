"""`yiwang seal`: seals for development, sealing of documents, and their examination; no gateway is needed for it."""

from typing import Final

import typer

from gateway.cli.deferred import Deferred, defer

COMMANDS: Final = (
    Deferred(
        "make",
        "gateway.cli.seal_make:make",
        "制作开发用印章，生产模式拒绝 · Make a seal for development; production refuses to.",
    ),
    Deferred(
        "sign",
        "gateway.cli.seal_sign:sign",
        "给 OFD、PDF 文件盖章或签名 · Seal or sign documents, OFD or PDF: one, or a folder of them.",
    ),
    Deferred(
        "verify",
        "gateway.cli.seal_verify:verify",
        "验章：逐步说明 · Examine the seals and signatures of documents, step by step.",
    ),
)
"""Every command; what each needs to read documents is loaded when it is run."""

app = typer.Typer(help="电子印章 · Seals on documents: make, sign, verify.", no_args_is_help=True)
defer(app, COMMANDS)
