"""The `yiwang` command: one door to everything that is done from a terminal."""

import sys
from contextlib import suppress
from typing import Final

import typer

from gateway.cli.console import OutputLost, complain, flush, guarded, show_every_letter
from gateway.cli.deferred import Deferred, defer
from gateway.cli.usage import run
from gateway.core.errors import ConfigurationInvalid

COMMANDS: Final = (
    Deferred(
        "serve",
        "gateway.cli.serve:serve",
        "启动网关，设置取自 YIWANG_* 变量 · Run the gateway; settings come from YIWANG_* variables.",
    ),
    Deferred(
        "sandbox",
        "gateway.cli.sandbox:sandbox",
        "启动模拟的遗留系统，Ctrl-C 结束 · Run imitations of legacy systems until Ctrl-C.",
    ),
    Deferred(
        "demo",
        "gateway.cli.demo.command:demo",
        "演示：遗留系统与网关，真实查询，预测核对 · Legacy systems, the gateway, real queries, checked answers.",
    ),
    Deferred(
        "token",
        "gateway.cli.token:token",
        "签发开发令牌，生产模式拒绝 · Issue a development token; production refuses it.",
    ),
    Deferred("system", "gateway.cli.system:app", "接入系统 · Systems and their manifests."),
    Deferred("seal", "gateway.cli.seal:app", "电子印章 · Seals: on documents, and in a gateway's register."),
    Deferred("share", "gateway.cli.share:app", "数据共享 · Data sharing: requests, decisions, grants."),
    Deferred("schema", "gateway.cli.schema:app", "GraphQL schema."),
    Deferred("keys", "gateway.cli.keys:app", "密钥 · Keys of the gateway."),
    Deferred(
        "db",
        "gateway.cli.db:app",
        "数据库：结构版本、备份、恢复演练 · The database named by YIWANG_DATABASE: schema, backups, drill.",
    ),
    Deferred("rules", "gateway.cli.rules:app", "规则书 · The rule book: who may use what."),
    Deferred("audit", "gateway.cli.audit:app", "审计 · The audit: export, verify, prune."),
)
"""Every command; each stands in a module of its own, where its own words are the same."""

app = typer.Typer(
    name="yiwang",
    help="一网：遗留系统之前的 GraphQL 网关 · A GraphQL gateway in front of legacy systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
defer(app, COMMANDS)

UNUSABLE = 2
"""Exit status when the command could not be carried out for what it was given."""


def main() -> None:
    """Run the command; what operations can mend is said in two lines, not in a traceback.

    So is what the parser finds wrong, in the language of the terminal.
    """
    show_every_letter()
    try:
        try:
            with guarded():
                status = run(app)
        finally:
            flush()
    except ConfigurationInvalid as error:
        complain(error.what, error.remedy)
        sys.exit(UNUSABLE)
    except OutputLost as error:
        with suppress(OSError):
            complain(*error.args)
        sys.exit(UNUSABLE)
    sys.exit(status)
