"""What the commands of the seal register have in common: a running gateway is asked, and shows the seal it changed."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.core.clock import utc
from gateway.core.errors import ConfigurationInvalid

FIELDS: Final = """
  id number name state stateSince reason owner owners { body since until } validFrom validUntil
  route platform twoPerson version
  authorisations { id applications bodies limitedToAccounts accounts items documents pages since until }
"""
_VERSION: Final = "query Version($id: ID!) { seal(id: $id) { version } }"

Id = Annotated[str, typer.Argument(metavar="SEAL", help="印章在登记册中的 id · the seal's id in the register")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]
Reason = Annotated[str, typer.Option(help="原因，不写个人信息 · why; name no persons")]


def change(mutation: str, kind: str, values: Mapping[str, Any], *, as_json: bool = False) -> None:
    """Make a change and say how the seal is now.

    Args:
        mutation: the field of Mutation.
        kind: the type of its input.
        values: the input; without ``expectedVersion`` the present version is meant, unless there is none.
        as_json: print the whole seal as JSON.

    Raises:
        ConfigurationInvalid: the gateway refuses, in its own words.
    """
    document = f"mutation Change($input: {kind}!) {{ done: {mutation}(input: $input) {{ seal {{ {FIELDS} }} problems "
    document += "{ message remedy field } } }"
    done = Remote.of_environment().ask(document, {"input": dict(values)})["done"]
    if done["problems"]:
        first = done["problems"][0]
        where = f"{first['field']}: " if first["field"] else ""
        raise ConfigurationInvalid(f"{where}{first['message']}", first["remedy"] or "")
    seal = done["seal"]
    if as_json:
        typer.echo(json.dumps(seal, ensure_ascii=False, indent=2))
        return
    typer.echo(seal["id"])
    err.print(f"[green]✓[/green] {seal['id']} {seal['state']} v{seal['version']}")


def present_version(seal_id: str) -> int:
    """The version of a seal's entry; somebody else's change after this is a conflict, and told.

    Raises:
        ConfigurationInvalid: there is no such seal.
    """
    found = Remote.of_environment().ask(_VERSION, {"id": seal_id})["seal"]
    if found is None:
        raise ConfigurationInvalid(f"there is no seal {seal_id} that you may see", "`yiwang seal list` shows them")
    version: int = found["version"]
    return version


def read_file(file: Path, limit: int) -> bytes:
    """A file that is no longer than such files are.

    Raises:
        ConfigurationInvalid: it cannot be read, or is longer.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "name a file that is there") from error
    if len(data) > limit:
        raise ConfigurationInvalid(f"{file} has more than {limit} bytes", "name the right file")
    return data


def instant(text: str | None) -> str | None:
    """The instant as the schema wants it; without an offset it is meant in China.

    Raises:
        ConfigurationInvalid: it is none.
    """
    try:
        return None if text is None else utc(datetime.fromisoformat(text)).isoformat()
    except (ValueError, OverflowError) as error:
        raise ConfigurationInvalid(f"{text!r} is no instant", "write it as 2026-03-01T08:00:00+08:00") from error
