"""`yiwang seal list` and `show`: a gateway's seal register, as far as the one who asks may see it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import FIELDS, AsJson, Id
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid

_PAGE: Final = 100
_ID_WIDTH: Final = 20
"""Columns that an id takes: it is copied from here, so it is never cut short."""
_LIST: Final = f"""
query Seals($owner: CreditCode, $first: Int, $after: String) {{
  seals(owner: $owner, first: $first, after: $after) {{
    nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} totalCount
  }}
}}
"""
_SHOW: Final = f"query Seal($id: ID!) {{ seal(id: $id) {{ {FIELDS} }} }}"
_COLOURS: Final = {"ACTIVE": "green", "FROZEN": "yellow", "REVOKED": "red"}


def list_seals(
    *,
    owner: Annotated[str | None, typer.Option(metavar="CODE", help="只列此机构的 · only those of this body")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="最多几枚 · how many at most")] = 200,
    as_json: AsJson = False,
) -> None:
    """在册印章 · Seals in the register that you may see: state, owner, validity, where their keys are."""
    seals, total = _seals(Remote.of_environment(), owner, most)
    if as_json:
        typer.echo(json.dumps(seals, ensure_ascii=False, indent=2))
    else:
        table = Table(
            Column("id", overflow="fold", no_wrap=False, min_width=_ID_WIDTH),
            "编号 number",
            "名称 name",
            "状态 state",
            "归属 owner",
            "有效至 until",
            "密钥 key",
            box=None,
        )
        for seal in seals:
            table.add_row(*_row(seal))
        out.print(table)
    if len(seals) < total:
        err.print(f"{len(seals)} / {total}: --most")


def show(seal_id: Id, *, as_json: AsJson = False) -> None:
    """一枚印章与其用印授权 · One seal: its owners, and who may use it for what."""
    seal = Remote.of_environment().ask(_SHOW, {"id": seal_id})["seal"]
    if seal is None:
        raise ConfigurationInvalid(f"there is no seal {seal_id} that you may see", "`yiwang seal list` shows them")
    if as_json:
        typer.echo(json.dumps(seal, ensure_ascii=False, indent=2))
        return
    for line in _lines(seal):
        out.print(line)


def _seals(remote: Remote, owner: str | None, most: int) -> tuple[list[dict[str, Any]], int]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        variables = {"owner": owner, "first": min(_PAGE, most - len(found)), "after": after}
        page = remote.ask(_LIST, variables)["seals"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"] or len(found) >= most:
            return found, page["totalCount"]


def _row(seal: dict[str, Any]) -> list[str]:
    return [
        seal["id"],
        escape(seal["number"]),
        escape(seal["name"]),
        _state(seal),
        seal["owner"] or "–",
        _day(seal["validUntil"]),
        _key(seal),
    ]


def _lines(seal: dict[str, Any]) -> Iterator[str]:
    yield f"[bold]{escape(seal['name'])}[/bold]  {escape(seal['number'])}"
    yield f"  id        {seal['id']}  v{seal['version']}"
    since = f" {_day(seal['stateSince'])}" if seal["stateSince"] else ""
    reason = f"  {escape(seal['reason'])}" if seal["reason"] else ""
    yield f"  状态 state  {_state(seal)}{since}{reason}"
    yield f"  有效 valid  {_day(seal['validFrom'])} … {_day(seal['validUntil'])}"
    yield f"  密钥 key    {_key(seal)}{'  双人 two persons' if seal['twoPerson'] else ''}"
    for one in seal["owners"]:
        yield f"  归属 owner  {one['body']}  {_day(one['since'])} … {_day(one['until'])}"
    for one in seal["authorisations"]:
        yield from _authorisation(one)


def _authorisation(one: dict[str, Any]) -> Iterator[str]:
    pages = f"  ≤ {one['pages']} 页 pages" if one["pages"] else ""
    yield f"  授权 [bold]{one['id']}[/bold]  {_day(one['since'])} … {_day(one['until'])}{pages}"
    accounts = one["accounts"] or (["…"] if one["limitedToAccounts"] else ["*"])
    for title, codes in (
        ("应用 applications", one["applications"]),
        ("机构 bodies", one["bodies"]),
        ("人员 accounts", accounts),
        ("事项 items", one["items"]),
        ("文件 documents", one["documents"]),
    ):
        yield f"    {title}  {escape(', '.join(codes))}"


def _state(seal: dict[str, Any]) -> str:
    return f"[{_COLOURS[seal['state']]}]{seal['state']}[/]"


def _key(seal: dict[str, Any]) -> str:
    return f"{seal['route']} {escape(seal['platform'])}" if seal["platform"] else str(seal["route"])


def _day(instant: str | None) -> str:
    return "–" if instant is None else datetime.fromisoformat(instant).astimezone(CHINA).strftime("%Y-%m-%d")
