"""`yiwang rules`: check a rule book, and ask it why something is open or closed."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import complain, out
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import CHINA
from gateway.core.policy.evaluator import Policy, Question
from gateway.core.policy.rules import FIELDS, Access
from gateway.core.text import Language
from gateway.core.use import UseBasis
from gateway.store.rule_book import load_rule_book

app = typer.Typer(help="规则书 · The rule book: who may use what.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="规则书，TOML · the rule book")]


@app.command()
def check(file: File) -> None:
    """检查规则书 · Check a rule book. Exit status: 0 sound, 2 not usable, with every reason."""
    book = load_rule_book(file)
    out.print(f"✓ {len(book.items)} 个事项 · items, {len(book.rules)} 条规则 · rules")


@app.command()
def why(  # noqa: PLR0913, PLR0917 - one option per dimension; typer calls by name
    file: File,
    application: Annotated[str, typer.Option(help="应用代码 · code of the calling application")],
    role: Annotated[Role, typer.Option(help="人员角色 · role of the acting person")],
    basis: Annotated[UseBasis, typer.Option(help="用证依据 · the basis of the use")],
    item: Annotated[str, typer.Option(help="事项编码 · item code")],
    type_code: Annotated[str, typer.Option("--type", help="证照类型 · licence type code")],
    field: Annotated[str | None, typer.Option(help="字段，缺省为全部 · field; all of them if left out")] = None,
    body: Annotated[str | None, typer.Option(help="人员所属机构 · credit code of the person's body")] = None,
    region: Annotated[str | None, typer.Option(help="人员所在地区 · region code of the person")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期，缺省为今天 · the day; today if left out")
    ] = None,
) -> None:
    """解释为何开放或不开放 · Explain why fields are open or closed. Exit status: 0 something is open, 1 nothing is."""
    if field is not None and field not in FIELDS:
        complain(f"no field is called {field}", f"fields are {', '.join(FIELDS)}")
        raise typer.Exit(2)
    policy = Policy(load_rule_book(file))
    person = Person(subject="why", role=role, name="", body=body, region=region)
    day: date = on.date() if on else datetime.now(CHINA).date()
    question = Question(
        caller=Caller(Application(application, application), None if role is Role.FRONTEND else person),
        item=item,
        basis=basis,
        on=day,
    )
    opened = False
    for name in [field] if field else FIELDS:
        explained = policy.why(question, type_code, name)
        opened = opened or explained.access is not Access.WITHHOLD
        missing = explained.missing
        reason = (
            ", ".join(explained.rules) if missing is None else " · ".join(missing.render(each) for each in Language)
        )
        out.print(f"{name:16} {explained.access.value:9} {reason}", markup=False)
    if not opened:
        raise typer.Exit(1)
