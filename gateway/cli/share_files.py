"""`yiwang share attach` and `attachments`: files that parties of a share request give each other."""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.cli.seal_desk import read_file
from gateway.cli.share_desk import AsJson, Id, change, present_version, told
from gateway.core.errors import ConfigurationInvalid
from gateway.core.files import safe_name

_LARGEST: Final = 268_435_456
_ATTACHMENTS: Final = """
query Attachments($id: ID!) { shareRequest(id: $id) { attachments { name sha256 party file { url } } } }
"""


def attach(
    request_id: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要附上的文件 · the file")],
    *,
    as_json: AsJson = False,
) -> None:
    """附上文件 · Add a file to a request that is open; its parties can fetch it."""
    content = read_file(file, _LARGEST)
    if not content:
        raise ConfigurationInvalid(f"{file} is empty", "name the right file")
    upload = Remote.of_environment().send(file, content)
    values = {"id": request_id, "upload": upload, "expectedVersion": present_version(request_id)}
    told(change("attachToShareRequest", "AttachToShareRequestInput", values), as_json=as_json)


def attachments(
    request_id: Id,
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="存入此文件夹 · the folder to write them to")] = Path(),
) -> None:
    """领取附件 · Fetch the files of a request, for its parties; that you fetched them is audited."""
    remote = Remote.of_environment()
    found = remote.ask(_ATTACHMENTS, {"id": request_id})["shareRequest"]
    if found is None:
        raise ConfigurationInvalid(
            f"there is no request {request_id} that you may see", "`yiwang share list` shows them"
        )
    if not any(one["file"] for one in found["attachments"]):
        raise ConfigurationInvalid(
            f"there is no file of {request_id} that you may fetch",
            "files are for the parties, as long as they are kept",
        )
    to.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(found["attachments"], 1):
        if one["file"] is None:
            err.print(f"{number}: 仅限申请各方，或已不再保存 · for the parties only, or not kept any more")
            continue
        file = to / f"{number}-{safe_name(one['name'])}"
        fetch_private(remote, one["file"]["url"], file)
        if hashlib.sha256(file.read_bytes()).hexdigest() != one["sha256"]:
            raise ConfigurationInvalid(f"{file} is not what was attached", "fetch it again")
        typer.echo(str(file))


def fetch_private(remote: Remote, address: str, file: Path) -> None:
    """Fetch a ticket's file, readable by its owner only.

    Raises:
        ConfigurationInvalid: it cannot be fetched or written.
    """
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"):
            file.chmod(0o600)  # it may have been there before
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be written: {error.strerror}", "name another folder") from error
    remote.fetch(address, file)
