"""`yiwang share narrow`: less of a grant, without another request."""

from typing import Annotated, Any, Final

import typer

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import instant
from gateway.cli.share_desk import GRANT, AsJson, change, print_json
from gateway.cli.share_grants import Id
from gateway.cli.share_request import ACCESS, end_of, rows_of
from gateway.core.errors import ConfigurationInvalid

_PRESENT: Final = "query Present($id: ID!) { grant(id: $id) { version terms { fields { name access } } } }"


def narrow(  # noqa: PLR0913, PLR0917 - one option per part; typer calls by name
    grant: Id,
    reason: Annotated[str, typer.Option(help="规则所列终止理由的代码 · a code of the rules' lists, such as misuse")],
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=ACCESS]", help="只保留这些字段；可重复 · the only fields that are left; repeat it"),
    ] = None,
    item: Annotated[list[str] | None, typer.Option(help="只保留这些事项 · the only service items")] = None,
    application: Annotated[list[str] | None, typer.Option(help="只保留这些应用 · the only applications")] = None,
    body: Annotated[list[str] | None, typer.Option(help="只保留这些单位 · the only bodies")] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="另加行范围 · only rows whose field is that besides")
    ] = None,
    per_day: Annotated[int | None, typer.Option(help="每日用量 · records on a day")] = None,
    in_all: Annotated[int | None, typer.Option(help="总用量 · records in all")] = None,
    since: Annotated[str | None, typer.Option("--from", help="自 · from when on, an instant")] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="有效至，日期或时刻 · until when, a day or an instant")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer
) -> None:
    """收窄授权 · Leave less of a grant: once this returns, no more is given under it."""
    found = Remote.of_environment().ask(_PRESENT, {"id": grant})["grant"]
    if found is None:
        raise ConfigurationInvalid(f"there is no grant {grant} that you may see", "`yiwang share grants` shows them")
    values: dict[str, Any] = {
        "id": grant,
        "expectedVersion": found["version"],
        "reason": reason,
        "fields": [_kept(text, found["terms"]["fields"]) for text in field] if field else None,
        "items": item or None,
        "applications": application or None,
        "bodies": body or None,
        "scope": rows_of(where),
        "perDay": per_day,
        "inAll": in_all,
        "validFrom": instant(since),
        "validUntil": None if until is None else end_of(until),
    }
    left = change("narrowGrant", "NarrowGrantInput", values, f"grant {{ {GRANT} }}")
    if as_json:
        print_json(left)
        return
    typer.echo(left["id"])
    err.print(f"[green]✓[/green] {left['narrowedFor']} v{left['version']}")


def _kept(text: str, before: list[dict[str, str]]) -> dict[str, str]:
    """A field that is left: with the access that it had, unless another one is named."""
    name, _, access = text.partition("=")
    had = next((one["access"] for one in before if one["name"] == name), "SHOW")
    chosen = access.upper() or had
    if chosen not in ACCESS:
        known = ", ".join(ACCESS[:-1])
        raise ConfigurationInvalid(f"{text!r} names no access", f"write NAME=ACCESS with one of {known}")
    return {"name": name, "access": chosen}
