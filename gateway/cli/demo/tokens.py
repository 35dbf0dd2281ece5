"""The people of the demo and their development tokens."""

from datetime import timedelta
from pathlib import Path

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Body, Officer
from certs.tokens import DevelopmentIssuer
from gateway.cli.demo.share_bodies import authority, provider
from gateway.cli.files import write_private
from gateway.core.caller import Application, Caller, Person, Role

_LIFETIME = timedelta(days=7)
_PORTAL = Application("demo-portal", "示例政务服务门户")
_HALL = Application("demo-hall", "示例政务大厅")
_CONSOLE = Application("demo-console", "示例管理台")


def write_tokens(folder: Path, world: World, issuer: DevelopmentIssuer) -> dict[str, str]:
    """Write a token file per role, ``<role>.token``, and give the tokens by role."""
    tokens = {role: issuer.issue(caller, _LIFETIME) for role, caller in _callers(world).items()}
    for role, text in tokens.items():
        write_private(folder / f"{role}.token", f"{text}\n".encode())
    return tokens


def _callers(world: World) -> dict[str, Caller]:
    holder, officer = world.holder, world.officer
    staff = {
        Role.DEPARTMENT: "系统管理员",
        Role.HUB: "枢纽审核员",
        Role.OPERATIONS: "运行值班员",
        Role.AUDITOR: "审计员",
    }
    return {
        Role.FRONTEND.value: Caller(_PORTAL),
        Role.CITIZEN.value: Caller(
            _PORTAL,
            Person(
                subject="demo-citizen",
                role=Role.CITIZEN,
                name=holder.name,
                document_type=holder.type,
                number=holder.number,
            ),
        ),
        Role.OFFICER.value: Caller(_HALL, _staff("demo-officer", Role.OFFICER, world.officer)),
        Role.CLERK.value: Caller(_HALL, _staff("demo-clerk", Role.CLERK, world.clerk)),
        "share-authority": Caller(_CONSOLE, _decider("demo-share-authority", "共享审核员", authority(world))),
        "share-provider": Caller(_CONSOLE, _decider("demo-share-provider", "数据提供单位经办员", provider(world))),
        **{
            role.value: Caller(
                _CONSOLE,
                Person(
                    subject=f"demo-{role.value}",
                    role=role,
                    name=title,
                    account=f"demo-{role.value}",
                    body=officer.body.code,
                    body_name=officer.body.name,
                    region=officer.region,
                ),
            )
            for role, title in staff.items()
        },
    }


def _decider(subject: str, title: str, body: Body) -> Person:
    return Person(
        subject=subject,
        role=Role.OFFICER,
        name=title,
        account=subject,
        body=body.code,
        body_name=body.name,
        post="数据共享岗",
        region=body.region,
    )


def _staff(subject: str, role: Role, officer: Officer) -> Person:
    return Person(
        subject=subject,
        role=role,
        name=officer.name,
        document_type="111",
        number=officer.number,
        account=officer.account,
        body=officer.body.code,
        body_name=officer.body.name,
        post=officer.post,
        region=officer.region,
    )
