"""Quotas: how much of one is used, and taking from it in blocks, so that many callers never use more in all."""

from datetime import date, datetime

import msgspec

from gateway.core.clock import china_date
from gateway.core.sharing.terms import Quota


class Usage(msgspec.Struct, frozen=True):
    """What was taken of a grant's quota: on the day (in China) of the last taking, and in all."""

    day: date = date.min
    on_day: int = 0
    in_all: int = 0


def left(quota: Quota, usage: Usage, at: datetime) -> int | None:
    """How much can still be taken at that moment; None for any number.

    A clock that runs behind, as another replica's may, opens no second quota: its day counts as the usage's own.
    """
    on_day = usage.on_day if china_date(at) <= usage.day else 0
    used = ((quota.per_day, on_day), (quota.in_all, usage.in_all))
    limits = [limit - count for limit, count in used if limit is not None]
    return max(0, min(limits)) if limits else None


def take(quota: Quota, usage: Usage, wanted: int, at: datetime) -> tuple[int, Usage]:
    """Take as much of ``wanted`` (not negative) as is left: how much it was, and the usage with it."""
    available = left(quota, usage, at)
    taken = wanted if available is None else min(wanted, available)
    day = max(china_date(at), usage.day)
    on_day = usage.on_day if day == usage.day else 0
    return taken, Usage(day, on_day + taken, usage.in_all + taken)


def give_back(usage: Usage, unused: int, taken_on: date) -> Usage:
    """The usage after what was taken on a day and not used is given back; a day that is over gets nothing back."""
    on_day = max(0, usage.on_day - unused) if taken_on == usage.day else usage.on_day
    return Usage(usage.day, on_day, max(0, usage.in_all - unused))
