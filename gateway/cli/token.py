"""`yiwang token`: the development issuer."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from certs.tokens import DevelopmentIssuer, Unproven, check_person
from gateway.cli.console import complain, out
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import ConfigurationInvalid
from gateway.system_clock import SystemClock

_LONGEST_HOURS = 24 * 30


def token(  # noqa: PLR0913, PLR0917 - one option per claim; typer calls by name
    issuer: Annotated[Path, typer.Option(help="签发方密钥 · the issuer's key (issuer.jwk)")],
    role: Annotated[Role, typer.Option(help="角色 · what the token's person or application is")] = Role.FRONTEND,
    application: Annotated[str, typer.Option(help="应用代码 · code of the calling application")] = "development",
    name: Annotated[str | None, typer.Option(help="姓名，给出则令牌带人员 · name; gives the token a person")] = None,
    number: Annotated[str | None, typer.Option(help="证件号码 · number of the identity document")] = None,
    document_type: Annotated[str, typer.Option(help="证件类型 · type of the identity document")] = "111",
    body: Annotated[
        str | None, typer.Option(help="机构信用代码 · credit code of the body that the person serves")
    ] = None,
    body_name: Annotated[str | None, typer.Option(help="机构名称 · name of that body")] = None,
    post: Annotated[str | None, typer.Option(help="岗位 · the officer's post, or the clerk's counter")] = None,
    region: Annotated[str | None, typer.Option(help="行政区划 · region code of the officer or clerk")] = None,
    account: Annotated[str | None, typer.Option(help="账号 · account of a person who works for a body")] = None,
    *,
    person_only: Annotated[
        bool, typer.Option("--person-only", help="只含人员，用于 X-Yiwang-Person · names the person only")
    ] = False,
    hours: Annotated[int, typer.Option(min=1, max=_LONGEST_HOURS, help="有效小时 · hours that it is valid")] = 8,
) -> None:
    """签发开发令牌，生产模式拒绝 · Issue a development token; production refuses it."""
    if os.environ.get("YIWANG_MODE", "") == "production":
        complain("a development token is of no use in production", "ask the identity platform for a token")
        raise typer.Exit(2)
    clock = SystemClock()
    try:
        signer = DevelopmentIssuer.load(issuer.read_bytes(), clock)
    except OSError as error:
        raise ConfigurationInvalid(
            f"{issuer} cannot be read: {error.strerror}", "make one with `yiwang keys development-issuer DIR`"
        ) from error
    asking, lifetime = Application(application, application), timedelta(hours=hours)
    if name is None:
        if person_only or role is not Role.FRONTEND:
            complain("the token of a person needs a person", "give --name, and what the role needs")
            raise typer.Exit(2)
        out.print(signer.issue(Caller(asking), lifetime), soft_wrap=True)
        return
    person = Person(
        subject=f"{role.value}:{number or name}",
        role=role,
        name=name,
        document_type=document_type if number else None,
        number=number,
        account=account if role is Role.CITIZEN else account or f"development-{role.value}",
        body=body,
        body_name=body_name,
        post=post,
        region=region,
    )
    _verify(person)
    made = (
        signer.issue_person(person, asking, lifetime) if person_only else signer.issue(Caller(asking, person), lifetime)
    )
    out.print(made, soft_wrap=True)


def _verify(person: Person) -> None:
    """Complain now about what the gateway would refuse later."""
    try:
        check_person(person)
    except Unproven as error:
        complain(error.reason.en, "give what the role needs, and nothing else: yiwang token --help")
        raise typer.Exit(2) from error
