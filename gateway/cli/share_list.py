"""`yiwang share list` and `show`: share requests, as far as the one who asks may see them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.share_desk import AsJson, Id, day, find, print_json, term_lines
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.steps import RequestState

_PAGE: Final = 50
_BRIEF: Final = "id resource state version requester provider inCharge draftedAt deadlines { stage ended due late }"
_LIST: Final = f"""
query Requests($role: ShareRole, $state: ShareRequestState, $first: Int, $after: String) {{
  shareRequests(role: $role, state: $state, first: $first, after: $after) {{
    nodes {{ {_BRIEF} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

ROLES: Final = ("REQUESTER", "PROVIDER", "AUTHORITY")
Role = Annotated[str | None, typer.Option(help="requester、provider 或 authority")]
Most = Annotated[int, typer.Option(min=1, max=10_000, help="最多几件 · how many at most")]


def list_requests(
    *,
    role: Role = None,
    state: Annotated[str | None, typer.Option(help="状态，如 COMPLIANCE · only those in this state")] = None,
    most: Most = 200,
    as_json: AsJson = False,
) -> None:
    """申请列表 · Requests of your body, newest first."""
    variables = {"role": role and one_of(role, ROLES), "state": state and one_of(state, RequestState)}
    found, is_more = pages(_LIST, "shareRequests", variables, most, _PAGE)
    if as_json:
        print_json(found)
    else:
        table = Table("id", "资源 resource", "状态 state", "下一步 next", "限期 due", "申请 requester", box=None)
        for one in found:
            table.add_row(
                one["id"],
                escape(one["resource"]),
                one["state"],
                one["inCharge"] or "–",
                _due(one["deadlines"]),
                one["requester"],
            )
        out.print(table)
    if is_more:
        err.print(f"{len(found)} …: --most")


def one_of(text: str, names: Iterable[str]) -> str:
    """The name that was meant, however it is spelt; raises ConfigurationInvalid for none of them."""
    meant, known = text.upper().replace("-", "_"), [str(name) for name in names]
    if meant not in known:
        raise ConfigurationInvalid(f"{text!r} is none of those that there are", f"give one of {', '.join(known)}")
    return meant


def show(request_id: Id, *, as_json: AsJson = False) -> None:
    """一件申请：步骤与时限 · One request: its terms, its steps, its clocks."""
    request = find(request_id)
    if as_json:
        print_json(request)
        return
    for line in _lines(request):
        out.print(line)


def pages(
    query: str, field: str, variables: dict[str, Any], most: int, at_once: int
) -> tuple[list[dict[str, Any]], bool]:
    """Up to ``most`` nodes of a connection, and whether there are more."""
    remote = Remote.of_environment()
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = remote.ask(query, {**variables, "first": min(at_once, most - len(found)), "after": after})[field]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"] or len(found) >= most:
            return found, page["pageInfo"]["hasNextPage"]


def _due(deadlines: list[dict[str, Any]]) -> str:
    going = next((one for one in deadlines if one["ended"] is None), None)
    if going is None or going["due"] is None:
        return "–"
    return f"[red]{going['due']} +{going['late']}[/red]" if going["late"] else str(going["due"])


def _lines(request: dict[str, Any]) -> Iterator[str]:
    yield f"[bold]{request['state']}[/bold]  {escape(request['resource'])}  v{request['version']}"
    yield f"  id  {request['id']}"
    for title, name in (
        ("申请 requester", "requester"),
        ("主管 authority", "authority"),
        ("提供 provider", "provider"),
    ):
        yield f"  {title}  {request[name]}"
    yield f"  用途 purpose  {escape(request['purpose']['text'])} · {escape(request['purpose']['basis'])}"
    yield "  申请内容 wanted"
    yield from term_lines(request["wanted"])
    if request["granted"]:
        yield "  同意内容 granted"
        yield from term_lines(request["granted"])
    for step in request["steps"]:
        said = " ".join(filter(None, (step["reason"], step["note"])))
        moved = f"{step['party']} {step['action']} → {step['after']}"
        yield f"  {step['number']:>3}  {day(step['at'])}  {moved}  {escape(said)}"
    for one in request["messages"]:
        yield f"  消息 message  {day(one['at'])}  {one['party']}: {escape(one['text'])}"
    for one in request["attachments"]:
        yield f"  附件 file  {escape(one['name'])}  {one['bytes']}"
    for clock in request["deadlines"]:
        late = f"  [red]+{clock['late']}[/red]" if clock["late"] else ""
        yield f"  时限 {clock['stage']}  {clock['due'] or '–'}{late}"
        for line in clock["why"]:
            yield f"      {escape(line)}"
    if there := request["forwarding"]:
        mark = "[red]" if there["needsPerson"] else "[bold]"
        number = escape(there["number"] or "–")
        yield f"  上级平台 exchange  {there['system']} {number}  {mark}{there['state']}[/]  {day(there['since'])}"
    if request["grant"]:
        yield f"  授权 grant  {request['grant']['id']}"
