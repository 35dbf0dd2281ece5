"""What the quotas of a day leave to an export: how large its next page may be, and whether the next day gives more."""

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.core.clock import Clock, next_china_day
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.quota import Usage, left
from gateway.core.sharing.records import GrantStore
from gateway.core.sharing.spending import Purse
from gateway.core.sharing.terms import Quota
from gateway.services.sharing.decide_use import MOST_RECORDS


class Room(msgspec.Struct, frozen=True):
    """What is left.

    Attributes:
        page: records of the next page at the most; 0 if those of the day are used up.
        until: when the day ends.
        is_more_then: whether there is more under the grants on the next day than now.
    """

    page: int
    until: datetime
    is_more_then: bool


class DayQuota:
    """Reads quotas.

    Pages divide the day's quota, so that no page of a system is cut in two while nobody else draws on the grant.
    """

    def __init__(self, grants: GrantStore, purse: Purse, clock: Clock) -> None:
        self._grants = grants
        self._purse = purse
        self._clock = clock

    async def __call__(self, grant_id: str) -> Room:
        """What is left now; without quotas of a day, a page, and likewise of what is closed: fetching tells why."""
        lineage = await self._grants.lineage(grant_id)
        has_days = any(one.terms.quota.per_day is not None for one in lineage)
        limited = [one for one in lineage if has_days and one.terms.quota != Quota()]
        usages = [await self._purse.usage(one.id) for one in limited]
        now = self._clock.now()
        until = next_china_day(now)
        if not limited or any(one.closed(now) for one in lineage):
            return Room(MOST_RECORDS, until, is_more_then=False)
        today, then = _in_all(limited, usages, now), _in_all(limited, usages, until)
        goes_on = not any(one.closed(until) for one in lineage)
        return Room(_page(limited, usages, now), until, is_more_then=goes_on and then > today)


def _in_all(limited: Sequence[Grant], usages: Sequence[Usage], at: datetime) -> int:
    """What can be taken of every one of them at that moment."""
    each = (left(one.terms.quota, usage, at) for one, usage in zip(limited, usages, strict=True))
    return min(count for count in each if count is not None)


def _page(limited: Sequence[Grant], usages: Sequence[Usage], at: datetime) -> int:
    """A page that the day has room for; quotas in all make none smaller: what exceeds them has no file."""
    page = MOST_RECORDS
    for one, usage in zip(limited, usages, strict=True):
        per_day = one.terms.quota.per_day
        if per_day is not None:
            rest = left(Quota(per_day, None), usage, at) or 0
            page = min(page, per_day // math.ceil(per_day / MOST_RECORDS), rest)
    return page
