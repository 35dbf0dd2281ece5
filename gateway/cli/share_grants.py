"""`yiwang share grants`, `revoke` and `why`: what was granted, its end, and what a use would be given."""

from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.remote import Remote
from gateway.cli.share_desk import GRANT, AsJson, change, day, last_day, print_json
from gateway.cli.share_list import ROLES, Most, Role, one_of, pages
from gateway.core.errors import ConfigurationInvalid

_PAGE: Final = 50
_LIST: Final = f"""
query Grants($role: ShareRole, $first: Int, $after: String) {{
  grants(role: $role, first: $first, after: $after) {{ nodes {{ {GRANT} }} pageInfo {{ hasNextPage endCursor }} }}
}}
"""
_VERSION: Final = "query Version($id: ID!) { grant(id: $id) { version } }"
_WHY: Final = """
query Why($grant: ID!, $item: String!, $parameters: [ShareParameterInput!], $fields: [String!]) {
  grantExplanation(grant: $grant, item: $item, parameters: $parameters, fields: $fields) { field access grants missing }
}
"""

Id = Annotated[str, typer.Argument(metavar="GRANT", help="授权的 id · the grant's id")]


def grants(*, role: Role = None, most: Most = 200, as_json: AsJson = False) -> None:
    """授权列表 · Grants that your body may use, or is a party of in a role."""
    found, is_more = pages(_LIST, "grants", {"role": role and one_of(role, ROLES)}, most, _PAGE)
    if as_json:
        print_json(found)
    else:
        table = Table("id", "资源 resource", "字段 fields", "有效至 until", "终止 revoked", box=None)
        for one in found:
            fields = ", ".join(field["name"] for field in one["terms"]["fields"] if field["access"] != "DENY")
            ended = f"{day(one['revokedAt'])} {one['revokedFor']}" if one["revokedAt"] else "–"
            table.add_row(
                one["id"], escape(one["resource"]), escape(fields), last_day(one["terms"]["validUntil"]), ended
            )
        out.print(table)
    if is_more:
        err.print(f"{len(found)} …: --most")


def revoke(
    grant: Id,
    *,
    reason: Annotated[str, typer.Option(help="规则所列理由的代码 · a code of the rules' lists, such as purpose-ended")],
    as_json: AsJson = False,
) -> None:
    """终止授权 · Revoke a grant: once this returns, nothing is given under it any more."""
    found = Remote.of_environment().ask(_VERSION, {"id": grant})["grant"]
    if found is None:
        raise ConfigurationInvalid(f"there is no grant {grant} that you may see", "`yiwang share grants` shows them")
    values = {"id": grant, "reason": reason, "expectedVersion": found["version"]}
    ended = change("revokeGrant", "RevokeGrantInput", values, f"grant {{ {GRANT} }}")
    if as_json:
        print_json(ended)
        return
    typer.echo(ended["id"])
    err.print(f"[green]✓[/green] {ended['revokedFor']} v{ended['version']}")


def why(
    grant: Id,
    *,
    item: Annotated[str, typer.Option(help="事项编码 · the service item")],
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="查询参数，可重复 · a parameter; may be repeated")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="只问这些字段 · only these fields")] = None,
    as_json: AsJson = False,
) -> None:
    """各字段为何给予或不给 · What you would be given under the grant for this item, and why."""
    parts = [text.partition("=") for text in parameter or []]
    variables = {
        "grant": grant,
        "item": item,
        "parameters": [{"name": name, "value": value} for name, _, value in parts],
        "fields": field or None,
    }
    found = Remote.of_environment().ask(_WHY, variables)["grantExplanation"]
    if as_json:
        print_json(found)
        return
    for one in found:
        out.print(f"{escape(one['field'])}  [bold]{one['access']}[/bold]  {escape(one['missing'] or '')}")
