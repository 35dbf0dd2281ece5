"""`yiwang share dispute-forwardings` and `settle-dispute`: disputes that exchanges answer."""

from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.share_desk import AsJson, day, print_json
from gateway.cli.share_disputes import DISPUTE, Id, change, told
from gateway.cli.share_list import Most, pages
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.forwarding import FINISHED, NEEDS_PERSON, ForwardingState

_PAGE: Final = 50
_MOST: Final = 10_000
_AT_EXCHANGE: Final = sorted(frozenset(ForwardingState) - FINISHED, key=lambda one: (one not in NEEDS_PERSON, one))
"""States of what can be settled, those first that somebody has to."""

_LIST: Final = f"""
query There($state: ShareForwardingState, $needsPerson: Boolean, $first: Int, $after: String) {{
  disputeForwardings(state: $state, needsPerson: $needsPerson, first: $first, after: $after) {{
    nodes {{ {DISPUTE} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
_VERSIONS: Final = """
query Versions($state: ShareForwardingState, $first: Int, $after: String) {
  disputeForwardings(state: $state, first: $first, after: $after) {
    nodes { id version } pageInfo { hasNextPage endCursor }
  }
}
"""


def dispute_forwardings(
    *,
    state: Annotated[str | None, typer.Option(help="状态，如 IN_DOUBT · only those in this state")] = None,
    needs_person: Annotated[
        bool, typer.Option("--needs-person", help="须由人裁定的 · only those to be settled")
    ] = False,
    most: Most = 200,
    as_json: AsJson = False,
) -> None:
    """转办至上级平台的校核 · Disputes at exchanges, those first that have waited longest."""
    variables = {"state": state and state.upper().replace("-", "_"), "needsPerson": needs_person or None}
    found, is_more = pages(_LIST, "disputeForwardings", variables, most, _PAGE)
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


def settle_dispute(
    dispute_id: Id,
    *,
    number: Annotated[str | None, typer.Option(help="上级平台的编号 · what the exchange calls it")] = None,
    send_again: Annotated[bool, typer.Option("--send-again", help="确认未受理，重新发送 · it was not taken")] = False,
    hand_back: Annotated[
        bool, typer.Option("--hand-back", help="由本级数源单位答复 · the source here answers")
    ] = False,
    reason: Annotated[str, typer.Option(help="如何得知，或理由 · how it is known, or why")],
    as_json: AsJson = False,
) -> None:
    """裁定转办的校核 · Settle what becomes of a dispute at its exchange."""
    values = {
        "dispute": dispute_id,
        "expectedVersion": _version(dispute_id),
        "number": number,
        "sendAgain": send_again,
        "handBack": hand_back,
        "reason": reason,
    }
    told(change("settleDispute", "SettleDisputeInput", values), as_json=as_json)


def _version(dispute_id: str) -> int:
    """The version of a dispute that is at an exchange; raises ConfigurationInvalid if it is none.

    Those that are over are not looked through: they only ever become more.
    """
    for state in _AT_EXCHANGE:
        found, _ = pages(_VERSIONS, "disputeForwardings", {"state": state}, _MOST, _PAGE)
        versions: dict[str, int] = {one["id"]: one["version"] for one in found}
        if dispute_id in versions:
            return versions[dispute_id]
    raise ConfigurationInvalid(
        f"there is no dispute {dispute_id} at an exchange", "`yiwang share dispute-forwardings` shows them"
    )
