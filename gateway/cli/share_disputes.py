"""`yiwang share dispute`, `disputes`, `show-dispute`: records that were received wrong, and how far they are."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import read_file
from gateway.cli.share_desk import AsJson, day, print_json
from gateway.cli.share_list import Most, one_of, pages
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.corrections import DisputeRole, DisputeState

DISPUTE: Final = """
  id state version roles resource subject fields text reporter source region reportedAt answeredAt extended note
  corrected recipientCount toldCount evidence { name bytes sha256 at }
  forwarding { system number state since attempts needsPerson }
  recipients { body application fields grants lastAt receipt toldAt }
  deadline { stage started ended due late provisional why }
  acknowledgement { stage started ended due late provisional why }
"""
_PAGE: Final = 50
_LIST: Final = f"""
query Disputes($role: DisputeRole, $state: DisputeState, $first: Int, $after: String) {{
  disputes(role: $role, state: $state, first: $first, after: $after) {{
    nodes {{ {DISPUTE} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
_UNTOLD: Final = f"query Untold($first: Int) {{ disputesToAcknowledge(first: $first) {{ {DISPUTE} }} }}"
_SHOW: Final = f"query Dispute($id: ID!) {{ dispute(id: $id) {{ {DISPUTE} }} }}"
_LARGEST: Final = 268_435_456
_MOST_UNTOLD: Final = 200

Id = Annotated[str, typer.Argument(metavar="DISPUTE", help="校核的 id · the dispute's id")]
Evidence = Annotated[
    list[Path], typer.Option("--evidence", metavar="FILE", help="证据文件，可重复 · a file that shows it; repeat it")
]


def dispute(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="凭据的 id · the id of the record's receipt")],
    *,
    field: Annotated[list[str], typer.Option(help="有误的字段，可重复 · a field that is wrong; repeat it")],
    text: Annotated[str, typer.Option(help="哪里不对；不写个人信息 · what is wrong; name no persons")],
    evidence: Evidence,
    record: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="上级平台的记录：查询所用的键，可重复 · a key of an exchange's record, as it was asked for",
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="幂等键，重发时须相同 · idempotency key, the same to repeat")] = None,
    as_json: AsJson = False,
) -> None:
    """提出校核 · Report a record as wrong, with evidence; prints the dispute's id."""
    values = {
        "idempotencyKey": key or secrets.token_hex(16),
        "receipt": receipt,
        "fields": field,
        "text": text,
        "evidence": sent(evidence),
        "record": [{"name": name, "value": value} for name, _, value in (text.partition("=") for text in record or [])],
    }
    told(change("disputeRecord", "DisputeRecordInput", values), as_json=as_json)


def disputes(
    *,
    role: Annotated[str | None, typer.Option(help="reporter、source、recipient 或 authority")] = None,
    state: Annotated[str | None, typer.Option(help="状态，如 WITH_SOURCE · only those in this state")] = None,
    to_acknowledge: Annotated[
        bool, typer.Option("--to-acknowledge", help="只列有答复而未确认知悉的 · answers not taken note of yet")
    ] = False,
    most: Most = 200,
    as_json: AsJson = False,
) -> None:
    """校核列表 · Disputes that concern your body, newest first."""
    if to_acknowledge:
        found = Remote.of_environment().ask(_UNTOLD, {"first": min(most, _MOST_UNTOLD)})["disputesToAcknowledge"]
        is_more = len(found) == min(most, _MOST_UNTOLD)
    else:
        variables = {"role": role and one_of(role, DisputeRole), "state": state and one_of(state, DisputeState)}
        found, is_more = pages(_LIST, "disputes", variables, most, _PAGE)
    if as_json:
        print_json(found)
    else:
        table = Table("id", "资源 resource", "状态 state", "字段 fields", "限期 due", "已告知 told", box=None)
        for one in found:
            table.add_row(
                one["id"],
                escape(one["resource"]),
                one["state"],
                escape(", ".join(one["fields"])),
                _due(one["acknowledgement"] or one["deadline"]),
                f"{one['toldCount']}/{one['recipientCount']}",
            )
        out.print(table)
    if is_more:
        err.print(f"{len(found)} …: --most")


def show_dispute(dispute_id: Id, *, as_json: AsJson = False) -> None:
    """一件校核 · One dispute: what is said to be wrong, the answer, who is told, its clock."""
    found = find(dispute_id)
    if as_json:
        print_json(found)
        return
    for line in _lines(found):
        out.print(line)


def find(dispute_id: str) -> dict[str, Any]:
    """The dispute; raises ConfigurationInvalid if it is not there for the one who asks."""
    found = Remote.of_environment().ask(_SHOW, {"id": dispute_id})["dispute"]
    if found is None:
        raise ConfigurationInvalid(
            f"there is no dispute {dispute_id} that you may see", "`yiwang share disputes` shows them"
        )
    shown: dict[str, Any] = found
    return shown


def sent(files: list[Path]) -> list[dict[str, str]]:
    """The files, uploaded; raises ConfigurationInvalid for one that cannot be read or is not taken."""
    remote = Remote.of_environment()
    contents = [(file, read_file(file, _LARGEST)) for file in files]
    return [{"upload": remote.send(file, content)} for file, content in contents]


def change(mutation: str, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The dispute after a step; raises ConfigurationInvalid with the gateway's own words."""
    document = f"mutation Step($input: {kind}!) {{ done: {mutation}(input: $input) {{ dispute {{ {DISPUTE} }} "
    document += "problems { message remedy field } } }"
    done = Remote.of_environment().ask(document, {"input": values})["done"]
    if done["problems"]:
        first = done["problems"][0]
        where = f"{first['field']}: " if first["field"] else ""
        raise ConfigurationInvalid(f"{where}{first['message']}", first["remedy"] or "")
    changed: dict[str, Any] = done["dispute"]
    return changed


def told(dispute: dict[str, Any], *, as_json: bool) -> None:
    """Say how a dispute is after a step."""
    if as_json:
        print_json(dispute)
        return
    typer.echo(dispute["id"])
    count = f"  告知 told {dispute['toldCount']}/{dispute['recipientCount']}" if dispute["recipientCount"] else ""
    err.print(f"[green]✓[/green] {dispute['state']} v{dispute['version']}{count}")


def _due(deadline: dict[str, Any]) -> str:
    if deadline["ended"] is not None or deadline["due"] is None:
        return "–"
    return f"[red]{deadline['due']} +{deadline['late']}[/red]" if deadline["late"] else str(deadline["due"])


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"[bold]{found['state']}[/bold]  {escape(found['resource'])}  v{found['version']}"
    yield f"  id  {found['id']}"
    yield f"  记录 record  {found['subject'] or '–'}"
    yield f"  提出 reporter  {found['reporter'] or '–'}"
    yield f"  数源 source  {found['source']}"
    yield f"  有误 disputed  {escape(', '.join(found['fields']))}  {escape(found['text'] or '')}"
    if there := found["forwarding"]:
        number = escape(there["number"] or "–")
        yield f"  上级平台 exchange  {there['system']} {number}  {there['state']}"
    for one in found["evidence"]:
        yield f"  证据 evidence  {escape(one['name'])}  {one['bytes']}"
    yield f"  已更正 corrected  {escape(', '.join(found['corrected'])) or '–'}  {escape(found['note'] or '')}"
    for one in found["recipients"]:
        when = day(one["toldAt"])
        yield f"  告知 told  {one['body']} {escape(one['application'])}  {escape(', '.join(one['fields']))}  {when}"
    yield f"  限期 due  {_due(found['deadline'])}"
    for line in found["deadline"]["why"]:
        yield f"      {escape(line)}"
    if (noting := found["acknowledgement"]) is not None:
        yield f"  知悉限期 to be noted  {_due(noting)}"
        for line in noting["why"]:
            yield f"      {escape(line)}"
