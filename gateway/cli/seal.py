"""`yiwang seal`: seals and sealed documents, and the seal register of a running gateway.

Making seals, sealing and examining need no gateway; the register's commands are clients of one (YIWANG_URL).
"""

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
    Deferred(
        "register",
        "gateway.cli.seal_register:register",
        "登记在他处备案的印章 · Register a seal that was filed elsewhere, by the hub office; prints its id.",
    ),
    Deferred(
        "renew",
        "gateway.cli.seal_register:renew",
        "换发印章 · Renew a seal with another structure and certificate; its key stays unless one is named.",
    ),
    Deferred(
        "authorise",
        "gateway.cli.seal_changes:authorise",
        "授权用印，由归属部门办理 · Authorise the use of a seal, by the owner's department.",
    ),
    Deferred(
        "withdraw",
        "gateway.cli.seal_changes:withdraw",
        "撤销用印授权，由归属部门办理 · Withdraw an authorisation, by the owner's department.",
    ),
    Deferred(
        "freeze",
        "gateway.cli.seal_changes:freeze",
        "冻结印章，立即生效 · Freeze a seal, at once and everywhere; by its department, the hub office or operations.",
    ),
    Deferred(
        "unfreeze",
        "gateway.cli.seal_changes:unfreeze",
        "解冻印章，须由另一人 · Unfreeze a seal; by another person than the one who froze it.",
    ),
    Deferred(
        "revoke",
        "gateway.cli.seal_changes:revoke",
        "注销印章，不可恢复，由枢纽办理 · Revoke a seal for good, by the hub office.",
    ),
    Deferred(
        "hand-over",
        "gateway.cli.seal_changes:hand_over",
        "移交印章，由枢纽办理 · Hand a seal over to another body, by the hub office.",
    ),
    Deferred(
        "list",
        "gateway.cli.seal_list:list_seals",
        "在册印章 · Seals in the register that you may see: state, owner, validity, where their keys are.",
    ),
    Deferred(
        "show",
        "gateway.cli.seal_list:show",
        "一枚印章与其用印授权 · One seal: its owners, and who may use it for what.",
    ),
)
"""Every command; what each needs to read documents is loaded when it is run."""

app = typer.Typer(help="电子印章 · Seals: on documents, and in a gateway's register.", no_args_is_help=True)
defer(app, COMMANDS)
