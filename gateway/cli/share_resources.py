"""`yiwang share resources`: the catalogue of a running gateway."""

from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.console import err, out
from gateway.cli.share_desk import AsJson, print_json
from gateway.cli.share_list import Most, pages

_PAGE: Final = 50
_LIST: Final = """
query Resources($search: String, $provider: CreditCode, $item: String, $first: Int, $after: String) {
  resources(search: $search, provider: $provider, item: $item, first: $first, after: $after) {
    nodes {
      code title provider sharing condition authority version isServed keys parameters
      items { name title type sensitivity masking } neededBy { item fields }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def resources(
    search: Annotated[str | None, typer.Argument(help="名称、编码、信息项中的词 · words of title or fields")] = None,
    *,
    provider: Annotated[str | None, typer.Option(metavar="CODE", help="提供单位 · only those of this body")] = None,
    item: Annotated[str | None, typer.Option(help="此事项需要的 · only those that this service item needs")] = None,
    most: Most = 200,
    as_json: AsJson = False,
) -> None:
    """目录资源 · Resources of the catalogue: what there is, how it is shared, which fields it has."""
    found, is_more = pages(_LIST, "resources", {"search": search, "provider": provider, "item": item}, most, _PAGE)
    if as_json:
        print_json(found)
    else:
        table = Table("编码 code", "名称 title", "共享 sharing", "提供 provider", "字段 fields", box=None)
        for one in found:
            fields = ", ".join(f"{field['name']} {field['title']}" for field in one["items"])
            table.add_row(escape(one["code"]), escape(one["title"]), one["sharing"], one["provider"], escape(fields))
        out.print(table)
    if is_more:
        err.print(f"{len(found)} …: --most")
