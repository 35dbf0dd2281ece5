"""A receipt is verified by the script of the documentation, which needs Python's standard library and openssl."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from gateway.core.errors import StoreUnavailable
from gateway.core.sharing.receipt_groups import SignedGroup
from gateway.core.sharing.receipts import Place, Receipt, Reply, instant
from gateway.core.sharing.records import KeptReceipt
from gateway.core.sharing.terms import Access
from gateway.services.sharing.receipt_press import NOWHERE, Given, ReceiptPress
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import CODE, ITEM, REQUESTER, START

PAGE = Path(__file__).parents[2] / "docs/how-to/verify-receipts.md"
SIGNERS = {kind: load_signer(generate_audit_key(kind)) for kind in AuditKeyKind}


class Groups:
    """ReceiptGroups in memory."""

    def __init__(self) -> None:
        self.kept: list[KeptReceipt] = []
        self.groups: list[SignedGroup] = []

    async def keep(self, receipts: Any, group: SignedGroup | None) -> None:
        self.kept += receipts
        self.groups += [group] if group else []


class Places:
    """AuditPlaces of one chain."""

    async def places(self, events: Sequence[str]) -> dict[str, Place]:
        return {event: Place("c" * 64, number, "d" * 64) for number, event in enumerate(events, 7)}


def given(number: int = 1) -> Given:
    receipt = Receipt(
        id=f"r-{number}",
        request_id="请求-1",
        grants=("g-1", "above"),
        use="0" * 32,
        item=ITEM,
        resource=CODE,
        resource_version=3,
        at=instant(START + timedelta(milliseconds=number)),
        rows=number,
        fields={"name": Access.MASK, "公民身份号码": Access.SHOW, "𠀀": Access.HASH},
        replies=(Reply.of("civil", b"reply"),),
        place=NOWHERE,
        withheld={"FOREIGN": 1},
    )
    return Given(receipt=receipt, body=REQUESTER, application="portal", event=f"e-{number}", at=START)


async def made(kind: AuditKeyKind, count: int) -> list[dict[str, Any]]:
    """Receipts of one group, as they are handed out in JSON."""
    press = ReceiptPress(Groups(), Places(), SIGNERS[kind], SteppedClock())
    made = await press._made([given(number) for number in range(count)])
    return [json.loads(json.dumps(one)) for one in made]


def verified(folder: Path, receipt: Any, kind: AuditKeyKind) -> subprocess.CompletedProcess[str]:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (folder / "verify.py").write_text(script, "utf-8")
    (folder / "receipt.json").write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
    (folder / "key.pem").write_text(SIGNERS[kind].public_pem)
    words = [sys.executable, "-I", str(folder / "verify.py"), str(folder / "receipt.json"), str(folder / "key.pem")]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", AuditKeyKind)
@pytest.mark.parametrize("count", [1, 2, 5])
async def test_every_receipt_of_a_group_is_verified_with_openssl(
    tmp_path: Path, kind: AuditKeyKind, count: int
) -> None:
    for receipt in await made(kind, count):
        done = verified(tmp_path, receipt, kind)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("receipt", "rows"), 9),
        (("receipt", "replies", 0, "sha256"), "0" * 64),
        (("proof", "index"), 1),
        (("proof", "count"), 4),
        (("proof", "path"), []),
        (("statement", "root"), "0" * 64),
        (("statement", "kind"), "another"),
        (("signature",), "MAYCAQECAQE="),
        (("key",), "0" * 32),
    ],
)
async def test_a_receipt_that_was_changed_anywhere_is_not_verified(
    tmp_path: Path, path: tuple[Any, ...], value: object
) -> None:
    receipt = (await made(AuditKeyKind.P256, 3))[0]
    place: Any = receipt
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert verified(tmp_path, receipt, AuditKeyKind.P256).returncode == 1


async def test_without_a_key_receipts_are_kept_unsigned() -> None:
    groups = Groups()
    exported = await ReceiptPress(groups, Places(), None, SteppedClock()).give(given())
    assert exported.keys() == {"receipt"}
    assert (len(groups.kept), groups.groups) == (1, [])


async def test_what_cannot_be_kept_is_not_given_and_the_next_is() -> None:
    class Broken(Groups):
        async def keep(self, receipts: Any, group: SignedGroup | None) -> None:
            if receipts[0].delivery.receipt == "r-1":
                raise StoreUnavailable("away")
            await super().keep(receipts, group)

    press = ReceiptPress(Broken(), Places(), SIGNERS[AuditKeyKind.P256], SteppedClock())
    with pytest.raises(StoreUnavailable):
        await press.give(given())
    assert (await press.give(given(2)))["receipt"]["id"] == "r-2"
