"""The `yiwang` command: one door to everything that is done from a terminal."""

import sys

import typer

from gateway.cli import (
    audit,
    db,
    demo,
    keys,
    rules,
    sandbox,
    schema,
    serve,
    system,
    system_calls,
    system_list,
    system_notices,
    token,
)
from gateway.cli.console import complain
from gateway.core.errors import ConfigurationInvalid

app = typer.Typer(
    name="yiwang",
    help="一网：遗留系统之前的 GraphQL 网关 · A GraphQL gateway in front of legacy systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("sandbox")(sandbox.sandbox)
app.command("demo")(demo.demo)
app.command("token")(token.token)
app.add_typer(system.app, name="system")
system.app.command("calls")(system_calls.calls)
system.app.command("list")(system_list.list_systems)
system.app.command("disable")(system_notices.disable)
system.app.command("enable")(system_notices.enable)
system.app.command("maintenance")(system_notices.maintenance)
app.add_typer(schema.app, name="schema")
app.add_typer(keys.app, name="keys")
app.add_typer(db.app, name="db")
app.add_typer(rules.app, name="rules")
app.add_typer(audit.app, name="audit")

UNUSABLE = 2
"""Exit status when the command could not be carried out for what it was given."""


def main() -> None:
    """Run the command; what operations can mend is said in two lines, not in a traceback."""
    try:
        app()
    except ConfigurationInvalid as error:
        complain(error.what, error.remedy)
        sys.exit(UNUSABLE)
