"""What the commands of data sharing have in common: what is asked of the gateway, and how it is shown."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid

TERMS: Final = """
  fields { name access } scope { field values regions first last } items applications bodies limitedToPersons
  perDay inAll validFrom validUntil
"""
GRANT: Final = f"""
  id request resource provider requester authority issuedAt parent revokedAt revokedFor narrowedFor version
  terms {{ {TERMS} }}
"""
REQUEST: Final = f"""
  id resource state version sharing decidedBy region requester ownOffice authority provider inCharge draftedAt
  expiresAt exchangeNumber
  forwarding {{ system number state since attempts needsPerson }}
  purpose {{ text basis }} wanted {{ {TERMS} }} granted {{ {TERMS} }}
  steps {{ number action before after party at reason note }} messages {{ party at text }}
  attachments {{ name bytes sha256 party at }}
  deadlines {{ stage started ended due late provisional why }} grant {{ {GRANT} }}
"""
_SHOW: Final = f"query Request($id: ID!) {{ shareRequest(id: $id) {{ {REQUEST} }} }}"
_VERSION: Final = "query Version($id: ID!) { shareRequest(id: $id) { version } }"

Id = Annotated[str, typer.Argument(metavar="REQUEST", help="申请的 id · the request's id")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]


def change(mutation: str, kind: str, values: Mapping[str, Any], shown: str = f"request {{ {REQUEST} }}") -> Any:  # noqa: ANN401 - JSON
    """Make a change; what of it is shown, as the gateway gives it.

    Raises:
        ConfigurationInvalid: the gateway refuses, in its own words.
    """
    document = f"mutation Change($input: {kind}!) {{ done: {mutation}(input: $input) {{ {shown} problems "
    document += "{ message remedy field } } }"
    done = Remote.of_environment().ask(document, {"input": dict(values)})["done"]
    if done["problems"]:
        first = done["problems"][0]
        where = f"{first['field']}: " if first["field"] else ""
        raise ConfigurationInvalid(f"{where}{first['message']}", first["remedy"] or "")
    return done["request"] if "request {" in shown else done["grant"]


def find(request_id: str) -> dict[str, Any]:
    """The request; raises ConfigurationInvalid if it is not there for the one who asks."""
    request = Remote.of_environment().ask(_SHOW, {"id": request_id})["shareRequest"]
    if request is None:
        raise ConfigurationInvalid(
            f"there is no request {request_id} that you may see", "`yiwang share list` shows them"
        )
    found: dict[str, Any] = request
    return found


def present_version(request_id: str) -> int:
    """The version of a request; somebody else's step after this is a conflict, and told.

    Raises:
        ConfigurationInvalid: there is no such request.
    """
    found = Remote.of_environment().ask(_VERSION, {"id": request_id})["shareRequest"]
    if found is None:
        raise ConfigurationInvalid(
            f"there is no request {request_id} that you may see", "`yiwang share list` shows them"
        )
    version: int = found["version"]
    return version


def print_json(value: object) -> None:
    """As JSON that people can read."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def told(request: dict[str, Any], *, as_json: bool) -> None:
    """Say how a request is after a change: its id, and that of its grant."""
    if as_json:
        print_json(request)
        return
    typer.echo(request["id"])
    grant = request["grant"]
    granted = f"  授权 grant {grant['id']}" if grant else ""
    err.print(f"[green]✓[/green] {request['state']} v{request['version']}{granted}")


def term_lines(terms: dict[str, Any]) -> Iterator[str]:
    """Terms, a line each."""
    fields = ", ".join(f"{one['name']} {one['access']}" for one in terms["fields"])
    yield f"    字段 fields  {escape(fields)}"
    for title, codes in (("事项 items", "items"), ("应用 applications", "applications"), ("单位 bodies", "bodies")):
        yield f"    {title}  {escape(', '.join(terms[codes]))}"
    for one in terms["scope"]:
        held = one["values"] or one["regions"] or [f"{one['first']} … {one['last']}"]
        yield f"    范围 rows  {escape(one['field'])}: {escape(', '.join(held))}"
    yield f"    用量 quota  {terms['perDay'] or '∞'} / 日 day, {terms['inAll'] or '∞'}"
    yield f"    有效 valid  {day(terms['validFrom'])} … {last_day(terms['validUntil'])}"


def last_day(instant: str) -> str:
    """The last day in China, the whole of it or a part, of what ends at an instant."""
    return (datetime.fromisoformat(instant).astimezone(CHINA) - timedelta.resolution).strftime("%Y-%m-%d")


def day(instant: str | None) -> str:
    """The day in China."""
    return "–" if instant is None else datetime.fromisoformat(instant).astimezone(CHINA).strftime("%Y-%m-%d")
