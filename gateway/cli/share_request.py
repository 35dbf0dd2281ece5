"""`yiwang share request`, `submit`, `decide`, `withdraw`: the steps of a share request."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

import typer

from gateway.cli.seal_desk import instant
from gateway.cli.share_desk import AsJson, Id, change, find, present_version, told
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid

ACCESS: Final = ("SHOW", "MASK", "HASH", "DENY")
_DECISIONS: Final = ("APPROVE_OWN", "TAKE_UP", "PASS", "APPROVE", "REFUSE", "RETURN", "EXTEND")

_Field = Annotated[
    list[str],
    typer.Option("--field", metavar="NAME[=ACCESS]", help="字段，=MASK 脱敏，=HASH 摘要；可重复 · a field; repeat it"),
]
_Item = Annotated[list[str], typer.Option("--item", help="事项编码 · a service item")]
_Application = Annotated[list[str], typer.Option("--application", help="使用的应用 · an application that uses it")]
_Body = Annotated[list[str] | None, typer.Option("--body", help="使用单位，缺省为本单位 · a body; else your own")]
_Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="NAME=VALUE", help="行范围 · only rows whose field is that")
]
_Until = Annotated[str, typer.Option("--to", help="有效至，日期或时刻 · until when, a day or an instant")]
_Day = Annotated[int | None, typer.Option("--per-day", help="每日用量 · records on a day")]
_All = Annotated[int | None, typer.Option("--in-all", help="总用量 · records in all")]


def request(  # noqa: PLR0913, PLR0917 - one option per part; typer calls by name
    resource: Annotated[str, typer.Argument(metavar="CODE", help="目录编码 · catalogue code of the resource")],
    field: _Field,
    item: _Item,
    application: _Application,
    until: _Until,
    purpose: Annotated[str, typer.Option(help="用途 · what it is for")],
    basis: Annotated[str, typer.Option(help="依据 · the law or duty that it rests on")],
    body: _Body = None,
    where: _Where = None,
    per_day: _Day = None,
    in_all: _All = None,
    draft: Annotated[bool, typer.Option("--draft", help="只存为草稿 · leave it a draft")] = False,  # noqa: FBT002 - typer
    key: Annotated[str | None, typer.Option(help="幂等键，重发时须相同 · idempotency key, the same to repeat")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer
) -> None:
    """申请共享数据 · Request data; prints the request's id."""
    values = {
        "idempotencyKey": key or secrets.token_hex(16),
        "resource": resource,
        "terms": _terms(field, item, application, until, body, where, per_day, in_all),
        "purpose": {"text": purpose, "basis": basis},
        "submit": not draft,
    }
    told(change("requestShare", "RequestShareInput", values), as_json=as_json)


def submit(request_id: Id, *, as_json: AsJson = False) -> None:
    """提交草稿，或补正后再提交 · Submit a draft, or send back what was returned."""
    values = {"id": request_id, "expectedVersion": present_version(request_id)}
    told(change("submitShareRequest", "ChangeShareRequestInput", values), as_json=as_json)


def decide(
    request_id: Id,
    decision: Annotated[str, typer.Argument(help="、".join(_DECISIONS))],
    *,
    reason: Annotated[str | None, typer.Option(help="规则所列理由的代码 · a code of the rules' lists")] = None,
    note: Annotated[str | None, typer.Option(help="说明；延期时为通知 · what is said besides")] = None,
    until: Annotated[str | None, typer.Option(help="退回补正的期限 · until when it is to be mended")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=ACCESS]", help="部分同意：只给这些字段 · approve these fields only"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """办理一步 · Take the step of whoever is in charge; an approval issues the grant."""
    chosen = decision.upper().replace("-", "_")
    if chosen not in _DECISIONS:
        raise ConfigurationInvalid(f"{decision!r} is no decision", f"give one of {', '.join(_DECISIONS)}")
    values: dict[str, Any] = {"id": request_id, "decision": chosen, "reason": reason, "note": note}
    values |= {"expectedVersion": present_version(request_id), "until": instant(until)}
    if only:
        values["granted"] = _narrowed(request_id, only)
    told(change("decideShareRequest", "DecideShareRequestInput", values), as_json=as_json)


def withdraw(request_id: Id, *, as_json: AsJson = False) -> None:
    """撤回申请 · Withdraw a request before it is decided."""
    values = {"id": request_id, "expectedVersion": present_version(request_id)}
    told(change("withdrawShareRequest", "WithdrawShareRequestInput", values), as_json=as_json)


def _narrowed(request_id: str, only: list[str]) -> dict[str, Any]:
    """What was asked for, with these fields only."""
    wanted = find(request_id)["wanted"]
    return {
        "fields": [_field(text) for text in only],
        **{name: wanted[name] for name in ("items", "applications", "bodies", "perDay", "inAll")},
        **{name: wanted[name] for name in ("validFrom", "validUntil")},
    }


def _terms(
    fields: list[str],
    items: list[str],
    applications: list[str],
    until: str,
    bodies: list[str] | None,
    where: list[str] | None,
    per_day: int | None,
    in_all: int | None,
) -> dict[str, Any]:
    return {
        "fields": [_field(text) for text in fields],
        "items": items,
        "applications": applications,
        "bodies": bodies or None,
        "scope": rows_of(where),
        "perDay": per_day,
        "inAll": in_all,
        "validUntil": end_of(until),
    }


def rows_of(where: list[str] | None) -> list[dict[str, Any]]:
    """Conditions of the rows of NAME=VALUE: several values of a field are alternatives."""
    rows: dict[str, list[str]] = {}
    for text in where or []:
        name, _, value = text.partition("=")
        rows.setdefault(name, []).append(value)
    return [{"field": name, "test": {"values": values}} for name, values in rows.items()]


def _field(text: str) -> dict[str, str]:
    name, _, access = text.partition("=")
    chosen = (access or "SHOW").upper()
    if chosen not in ACCESS:
        raise ConfigurationInvalid(
            f"{text!r} names no access", f"write NAME=ACCESS with one of {', '.join(ACCESS[:-1])}"
        )
    return {"name": name, "access": chosen}


def end_of(text: str) -> str:
    """The end of a day in China, or the instant."""
    try:
        return (datetime.combine(date.fromisoformat(text), time(), CHINA) + timedelta(days=1)).isoformat()
    except ValueError:
        return instant(text) or ""
