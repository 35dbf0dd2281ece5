"""A page is kept in the transaction in which it is spent, or the whole of it is refused."""

from typing import Any

import pytest

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.outcome import Outcome, SourceReport
from gateway.core.sharing.receipts import Receipt
from gateway.core.sharing.terms import Access
from gateway.core.use import Use, UseBasis
from gateway.services.sharing.exports.fetch_page import FetchPage
from gateway.services.sharing.fetch_shared import SharedPage, SharedRecords
from gateway.services.sharing.receipt_press import NOWHERE, Given
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import ITEM, REQUESTER, START
from tests.sharing_export.test_export_store import an_export
from tests.sharing_use.site import a_staff_resource

USE = Use(
    id="use-1", item=ITEM, basis=UseBasis.STATUTORY, expires_at=START, owner_application="portal", owner_subject="o",
    case="420102260302000000001",
)  # fmt: skip


def a_page() -> SharedPage:
    receipt = Receipt(
        id="r-1", request_id="r-1", grants=("g-1",), use="0" * 32, item=ITEM, resource="307001/00102",
        resource_version=1, at="", rows=1, fields={"name": Access.SHOW}, replies=(), place=NOWHERE,
    )  # fmt: skip
    return SharedPage(
        use=USE,
        resource=a_staff_resource(),
        access={"name": Access.SHOW},
        records=[{"name": "甲"}],
        withheld={},
        cursor=None,
        truncated=False,
        given=Given(receipt=receipt, body=REQUESTER, application="portal", event="e", at=START),
    )


class Exports:
    """An ExportStore that keeps pages, or has lost a race."""

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps
        self.kept: list[Any] = []

    async def keep(self, _transaction: object, _before: object, _after: object, page: object) -> bool:
        self.kept.append(page)
        return self.keeps


async def fetch(_request: object, _call: object, keep: Any) -> SharedRecords:
    await keep(object(), a_page())
    report = SourceReport(system="share-population", outcome=Outcome.OK)
    return SharedRecords(records=(), access={}, withheld={}, cursor=None, sources=[report], receipt=None)


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_page_that_loses_its_race_is_refused(keeps: bool) -> None:
    exports: Any = Exports(keeps=keeps)
    fetching: Any = fetch
    page = FetchPage(fetching, exports, SteppedClock())
    if keeps:
        turn = await page(an_export())
        assert (turn.export.rows, turn.export.is_whole) == (1, True)
    else:
        with pytest.raises(Refusal) as caught:
            await page(an_export())
        assert caught.value.problem is problems.EXPORT_MOVED
    assert "甲" not in repr(a_page())
    assert exports.kept[0].records == '[{"name":"甲"}]'.encode()
