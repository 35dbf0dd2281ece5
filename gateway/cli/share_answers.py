"""`yiwang share answer`, `supplement`, `withdraw-dispute`, `acknowledge`, `evidence`: the steps of a dispute."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.console import err
from gateway.cli.remote import Remote
from gateway.cli.share_desk import AsJson
from gateway.cli.share_disputes import Evidence, Id, change, find, sent, told
from gateway.cli.share_files import fetch_private
from gateway.core.errors import ConfigurationInvalid

_STEPS: Final = ("ANSWER", "RETURN", "EXTEND")
_TICKETS: Final = "query Evidence($id: ID!) { dispute(id: $id) { evidence { name file { url } } } }"


def answer(
    dispute_id: Id,
    step: Annotated[str, typer.Argument(metavar="STEP", help="answer、return 或 extend")] = "answer",
    *,
    note: Annotated[str, typer.Option(help="说明；不写个人信息 · what the source says; name no persons")],
    corrected: Annotated[
        list[str] | None, typer.Option(help="已更正的字段，可重复；无误则不填 · a field that was corrected; repeat it")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """数源单位办理校核 · The source's step: answer it, return it for evidence, or extend its time."""
    chosen = step.upper()
    if chosen not in _STEPS:
        raise ConfigurationInvalid(f"{step!r} is no step", "give answer, return or extend")
    values = {
        "id": dispute_id,
        "expectedVersion": find(dispute_id)["version"],
        "step": chosen,
        "note": note,
        "corrected": corrected or [],
    }
    told(change("answerDispute", "AnswerDisputeInput", values), as_json=as_json)


def supplement(dispute_id: Id, *, evidence: Evidence, as_json: AsJson = False) -> None:
    """补充证据 · Add evidence that the source has asked for."""
    values = {"id": dispute_id, "expectedVersion": find(dispute_id)["version"], "evidence": sent(evidence)}
    told(change("supplementDispute", "SupplementDisputeInput", values), as_json=as_json)


def withdraw_dispute(dispute_id: Id, *, as_json: AsJson = False) -> None:
    """撤回校核 · Take a dispute back before there is an answer."""
    values = {"id": dispute_id, "expectedVersion": find(dispute_id)["version"]}
    told(change("withdrawDispute", "WithdrawDisputeInput", values), as_json=as_json)


def acknowledge(
    dispute_id: Id,
    *,
    application: Annotated[
        str | None,
        typer.Option(help="收到该记录的应用，缺省为令牌的应用 · through which it was received"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """确认知悉 · Take note of an answer for your body; fetch the record again first."""
    values = {"id": dispute_id, "application": application}
    told(change("acknowledgeDispute", "AcknowledgeDisputeInput", values), as_json=as_json)


def evidence(
    dispute_id: Id,
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="存到此目录 · the folder to write the files to")],
) -> None:
    """取证据文件 · Fetch the evidence of a dispute, for its reporter and its source."""
    remote = Remote.of_environment()
    found = remote.ask(_TICKETS, {"id": dispute_id})["dispute"]
    lent = [one for one in found["evidence"] if one["file"]] if found else []
    if not lent:
        raise ConfigurationInvalid(
            f"there is no evidence of {dispute_id} that you may read", "`yiwang share show-dispute` shows what there is"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationInvalid(f"{out} is no folder: {error.strerror}", "name another one") from error
    for number, one in enumerate(lent, 1):
        target = out / f"{number}-{Path(one['name']).name}"
        fetch_private(remote, one["file"]["url"], target)
        typer.echo(str(target))
    err.print(f"[green]✓[/green] {len(lent)}")
