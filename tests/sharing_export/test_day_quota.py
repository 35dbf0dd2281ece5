"""What the quotas of a day leave to an export."""

from typing import cast

from gateway.core.sharing.grants import Grant
from gateway.core.sharing.quota import Usage
from gateway.core.sharing.records import GrantStore
from gateway.core.sharing.spending import Purse
from gateway.core.sharing.terms import Quota
from gateway.services.sharing.exports.day_quota import DayQuota
from tests.sandbox.callers import SteppedClock
from tests.sharing_use.site import a_grant, some_terms


class Lineage:
    """Grants, the narrowest first, of which nothing was used."""

    def __init__(self, *quotas: Quota) -> None:
        self._quotas = quotas

    async def lineage(self, grant_id: str) -> list[Grant]:
        return [a_grant(f"{grant_id}-{place}", terms=some_terms(quota=one)) for place, one in enumerate(self._quotas)]

    async def usage(self, _grant_id: str) -> Usage:
        return Usage()


async def page(*quotas: Quota) -> int:
    store = Lineage(*quotas)
    return (await DayQuota(cast("GrantStore", store), cast("Purse", store), SteppedClock())("g")).page


async def test_a_page_fits_the_day_and_is_not_cut_by_what_is_left_in_all() -> None:
    assert await page(Quota(300, None), Quota(None, 7)) == 300
    assert await page(Quota(None, 7)) == await page(Quota()) == 500
    assert await page(Quota(800, None), Quota(1_500, 900)) == 400, "two pages a day"
