"""`yiwang share dispute-forwardings` and `settle-dispute`: disputes that exchanges answer."""

from typing import Annotated, Final

import typer

from gateway.cli.share_desk import AsJson
from gateway.cli.share_disputes import DISPUTE, Id, change, told
from gateway.cli.share_exchanges import PAGE, NeedsPerson, State, show_forwarded
from gateway.cli.share_list import Most, pages
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.forwarding import FINISHED, NEEDS_PERSON, ForwardingState

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
    *, state: State = None, needs_person: NeedsPerson = False, most: Most = 200, as_json: AsJson = False
) -> None:
    """转办至上级平台的校核 · Disputes at exchanges, those first that have waited longest."""
    show_forwarded(_LIST, "disputeForwardings", state, most, needs_person=needs_person, as_json=as_json)


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
        found, _ = pages(_VERSIONS, "disputeForwardings", {"state": state}, _MOST, PAGE)
        versions: dict[str, int] = {one["id"]: one["version"] for one in found}
        if dispute_id in versions:
            return versions[dispute_id]
    raise ConfigurationInvalid(
        f"there is no dispute {dispute_id} at an exchange", "`yiwang share dispute-forwardings` shows them"
    )
