"""`yiwang seal authorise`, `withdraw`, `freeze`, `unfreeze`, `revoke`, `hand-over`: changes of a gateway's register."""

from typing import Annotated

import typer

from gateway.cli.seal_desk import AsJson, Id, Reason, change, instant, present_version

_DOCUMENTS = {"ofd": "application/ofd", "pdf": "application/pdf"}


def authorise(  # noqa: PLR0913 - one option per part; typer calls by name
    seal_id: Id,
    *,
    application: Annotated[
        list[str], typer.Option(help="应用代码，可重复；* 为全部 · an application; may be repeated")
    ],
    body: Annotated[list[str], typer.Option(help="其经办人员可用印的机构 · a body whose officers may use it")],
    item: Annotated[list[str], typer.Option(help="事项编码 · a service item")],
    document: Annotated[list[str], typer.Option(help="ofd、pdf 或 * · type of document: ofd, pdf or *")],
    account: Annotated[
        list[str] | None, typer.Option(help="仅限此人员，写作 签发方#subject · only this officer, as issuer#subject")
    ] = None,
    pages: Annotated[int | None, typer.Option(help="最多页数 · pages at the most")] = None,
    since: Annotated[str | None, typer.Option("--from", help="起始，ISO 8601，缺省为现在 · when it begins")] = None,
    until: Annotated[str | None, typer.Option("--to", help="截止，缺省为直至撤销 · when it ends")] = None,
    as_json: AsJson = False,
) -> None:
    """授权用印，由归属部门办理 · Authorise the use of a seal, by the owner's department."""
    values = {
        "id": seal_id,
        "applications": application,
        "bodies": body,
        "accounts": account or None,
        "items": item,
        "documents": [_DOCUMENTS.get(kind.lower(), kind) for kind in document],
        "pages": pages,
        "since": instant(since),
        "until": instant(until),
        "expectedVersion": present_version(seal_id),
    }
    change("authoriseSeal", "AuthoriseSealInput", values, as_json=as_json)


def withdraw(
    seal_id: Id,
    authorisation: Annotated[str, typer.Argument(help="授权的 id（show 可见） · its id, which `show` tells")],
    *,
    as_json: AsJson = False,
) -> None:
    """撤销用印授权，由归属部门办理 · Withdraw an authorisation, by the owner's department."""
    values = {"id": seal_id, "authorisation": authorisation, "expectedVersion": present_version(seal_id)}
    change("withdrawSealAuthorisation", "WithdrawSealAuthorisationInput", values, as_json=as_json)


def freeze(seal_id: Id, *, reason: Reason, as_json: AsJson = False) -> None:
    """冻结印章，立即生效 · Freeze a seal, at once and everywhere; by its department, the hub office or operations."""
    change("freezeSeal", "FreezeSealInput", {"id": seal_id, "reason": reason}, as_json=as_json)


def unfreeze(seal_id: Id, *, as_json: AsJson = False) -> None:
    """解冻印章，须由另一人 · Unfreeze a seal; by another person than the one who froze it."""
    values = {"id": seal_id, "expectedVersion": present_version(seal_id)}
    change("unfreezeSeal", "UnfreezeSealInput", values, as_json=as_json)


def revoke(seal_id: Id, *, reason: Reason, as_json: AsJson = False) -> None:
    """注销印章，不可恢复，由枢纽办理 · Revoke a seal for good, by the hub office."""
    values = {"id": seal_id, "reason": reason, "expectedVersion": present_version(seal_id)}
    change("revokeSeal", "RevokeSealInput", values, as_json=as_json)


def hand_over(
    seal_id: Id,
    *,
    body: Annotated[str, typer.Option(metavar="CODE", help="接收机构的统一社会信用代码 · the body that takes it over")],
    as_json: AsJson = False,
) -> None:
    """移交印章，由枢纽办理 · Hand a seal over to another body, by the hub office.

    What the former owner authorised goes on only where the rule book says that the body succeeds it.
    """
    values = {"id": seal_id, "body": body, "expectedVersion": present_version(seal_id)}
    change("handOverSeal", "HandOverSealInput", values, as_json=as_json)
