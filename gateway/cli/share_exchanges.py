"""`yiwang share forwardings`, `settle` and `check`: what is decided by exchanges, and their catalogues."""

from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.share_desk import GRANT, AsJson, Id, change, day, present_version, print_json
from gateway.cli.share_list import Most, one_of, pages
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.forwarding import ForwardingState

PAGE: Final = 50
_LIST: Final = """
query Forwardings($state: ShareForwardingState, $needsPerson: Boolean, $first: Int, $after: String) {
  forwardings(state: $state, needsPerson: $needsPerson, first: $first, after: $after) {
    nodes { id resource state version requester forwarding { system number state since attempts needsPerson } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_IMPORT: Final = """
mutation Import($input: ImportExchangeCatalogueInput!) {
  importExchangeCatalogue(input: $input) {
    added changed unchanged leftOut unreadable findings { number path message } problems { message remedy }
  }
}
"""
_MILLISECONDS: Final = 60_000
_FINDINGS: Final = 1
_MOST_DOUBTFUL: Final = 10_000


State = Annotated[str | None, typer.Option(help="状态，如 IN_DOUBT · only those in this state")]
NeedsPerson = Annotated[bool, typer.Option("--needs-person", help="须由人裁定的 · only those to be settled")]


def forwardings(
    *, state: State = None, needs_person: NeedsPerson = False, most: Most = 200, as_json: AsJson = False
) -> None:
    """转办至上级平台的申请 · Requests at exchanges, those first that have waited longest."""
    show_forwarded(_LIST, "forwardings", state, most, needs_person=needs_person, as_json=as_json)


def show_forwarded(query: str, name: str, state: str | None, most: int, *, needs_person: bool, as_json: bool) -> None:
    """Show what is at exchanges, as the field ``name`` of the query lists it."""
    variables = {"state": state and one_of(state, ForwardingState), "needsPerson": needs_person or None}
    found, is_more = pages(query, name, variables, most, PAGE)
    if as_json:
        print_json(found)
    else:
        table = Table(
            "id", "资源 resource", "平台 exchange", "编号 number", "进展 state", "始于 since", "次 sent", box=None
        )
        for one in found:
            there = one["forwarding"]
            shown = f"[red]{there['state']}[/red]" if there["needsPerson"] else there["state"]
            number, attempts = escape(there["number"] or "–"), str(there["attempts"])
            since = day(there["since"])
            table.add_row(one["id"], escape(one["resource"]), there["system"], number, shown, since, attempts)
        out.print(table)
    if is_more:
        err.print(f"{len(found)} …: --most")


def settle(
    request: Id,
    *,
    number: Annotated[str | None, typer.Option(help="上级平台的编号 · what the exchange calls it")] = None,
    send_again: Annotated[bool, typer.Option("--send-again", help="确认未受理，重新发送 · it was not taken")] = False,
    reason: Annotated[str, typer.Option(help="如何得知 · how it is known")],
    as_json: AsJson = False,
) -> None:
    """裁定存疑的转办 · Settle what became of a request at its exchange."""
    values = {
        "request": request,
        "expectedVersion": _version(request),
        "number": number,
        "sendAgain": send_again,
        "reason": reason,
    }
    shown = "request { id state version forwarding { system number state since attempts needsPerson } }"
    done = change("settleForwarding", "SettleForwardingInput", values, shown)
    if as_json:
        print_json(done)
        return
    typer.echo(done["id"])
    err.print(f"[green]✓[/green] {done['forwarding']['state']} v{done['version']}")


def _version(request: str) -> int:
    """The version of a request; operations see those that are in doubt, and no others."""
    try:
        return present_version(request)
    except ConfigurationInvalid:
        found, _ = pages(_LIST, "forwardings", {"needsPerson": True}, _MOST_DOUBTFUL, PAGE)
        versions: dict[str, int] = {one["id"]: one["version"] for one in found}
        if request not in versions:
            raise
        return versions[request]


def check(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="授权的 id · the grant's id")],
    *,
    as_json: AsJson = False,
) -> None:
    """向上级平台核对授权 · Have the exchange asked at once whether a grant still holds."""
    done = change("checkUpstreamGrant", "CheckUpstreamGrantInput", {"id": grant}, f"grant {{ {GRANT} }}")
    if as_json:
        print_json(done)
        return
    typer.echo(done["id"])
    err.print("[green]✓[/green] 已安排核对 · the exchange is asked soon: `yiwang share grants` shows what came of it")


def import_from(system: str, *, dry_run: bool, as_json: bool) -> None:
    """Import the catalogue of an exchange, and tell what came of it."""
    remote = Remote.of_environment()
    values = {"system": system, "dryRun": dry_run}
    done = remote.ask(_IMPORT, {"input": values}, _MILLISECONDS)["importExchangeCatalogue"]
    if done["problems"]:
        raise ConfigurationInvalid(done["problems"][0]["message"], done["problems"][0]["remedy"] or "")
    if as_json:
        print_json({name: value for name, value in done.items() if name != "problems"})
    else:
        _tell(system, done, is_trial=dry_run)
    if done["findings"] or done["unreadable"]:
        raise typer.Exit(_FINDINGS)


def _tell(system: str, done: dict[str, Any], *, is_trial: bool) -> None:
    for one in done["findings"]:
        typer.echo(f"{system}:{one['number']}:{one['path']}: {one['message']}")
    for number in done["unreadable"]:
        typer.echo(f"{system}:{number}: 无法读取 · it cannot be read")
    counts = (("added", "added"), ("changed", "changed"), ("unchanged", "unchanged"), ("left out", "leftOut"))
    typer.echo("  ".join(f"{title} {done[name]}" for title, name in counts))
    what = "试导入，目录未变 · tried only, nothing was changed" if is_trial else "已导入 · imported"
    err.print(f"[green]✓[/green] {what}")
