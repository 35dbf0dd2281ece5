"""Cases (办件) of the synthetic province: five by name for tests, and some hundred others."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Literal

import msgspec

from adapters.sandbox.world.cast import REGION, Cast
from adapters.sandbox.world.model import Body, Party
from adapters.sandbox.world.places import REGIONS

CaseState = Literal["RECEIVED", "ACCEPTED", "REVIEWED", "CLOSED", "SUPPLEMENT", "SUSPENDED", "OTHER"]

OTHERS = 300
"""Cases beside the named ones."""

_WEIGHTS: Mapping[CaseState, int] = {
    "RECEIVED": 10,
    "ACCEPTED": 25,
    "REVIEWED": 15,
    "CLOSED": 35,
    "SUPPLEMENT": 6,
    "SUSPENDED": 6,
    "OTHER": 3,
}
_TITLES = ("示例新办", "示例变更", "示例延续", "示例补办", "示例注销")
_PROMISES = (0, 1, 3, 5, 10, 20)
_ITEMS = 24
_OLDEST_DAYS = 200
_OFFICE_OPENS = 9
_OFFICE_MINUTES = 8 * 60
_LONGEST_DAYS = 15


class Case(msgspec.Struct, frozen=True):
    """A case as it truly is.

    Attributes:
        number: 21 digits.
        item: code of the item (31 characters).
        body: who handles it; ``region`` is its region.
        promised: working days within which the body promised to close it, 0 for at once.
        opened, closed: local times (UTC+8) without a zone; ``closed`` is None as long as it is not closed.
    """

    number: str
    item: str
    title: str
    body: Body
    region: str
    applicant: Party
    state: CaseState
    promised: int
    opened: datetime
    closed: datetime | None = None


class Cases(msgspec.Struct, frozen=True):
    """The cases of the world.

    Attributes:
        open: ``world.case``: for ``world.item`` and the holder, accepted, in the officer's region.
        closed: likewise, but closed.
        other_item: likewise, but for ``world.forbidden_item``.
        other_region: likewise, but handled by a body in another region.
        suspended: likewise, but suspended.
        others: all others.
    """

    open: Case
    closed: Case
    other_item: Case
    other_region: Case
    suspended: Case
    others: tuple[Case, ...]

    @property
    def all(self) -> tuple[Case, ...]:
        """Every case, the named ones first."""
        return (self.open, self.closed, self.other_item, self.other_region, self.suspended, *self.others)


def make_cases(
    seed: int, cast: Cast, bodies: Mapping[tuple[str, str], Body], applicants: Sequence[Party], today: date
) -> Cases:
    """The cases of ``seed``; they draw from a seed of their own, so that they change nothing else in the world."""
    rng = Random(f"{seed}:cases")  # noqa: S311 - a repeatable world, nothing secret
    numbers = _Numbers(rng, cast.case)
    opened = datetime.combine(today - timedelta(days=2), time(10, 30))
    first = Case(cast.case, cast.item, "示例证照换发", cast.officer.body, REGION, cast.holder, "ACCEPTED", 5, opened)
    elsewhere = next(region for region in REGIONS if region[:4] != REGION[:4])

    def like_first(region: str = REGION, **changes: object) -> Case:
        return msgspec.structs.replace(first, number=numbers.next(region, opened), region=region, **changes)

    return Cases(
        open=first,
        closed=like_first(state="CLOSED", closed=opened + timedelta(hours=20)),
        other_item=like_first(item=cast.forbidden_item, body=bodies[REGION, "education"]),
        other_region=like_first(elsewhere, body=bodies[elsewhere, "service"]),
        suspended=like_first(state="SUSPENDED"),
        others=_others(rng, numbers, tuple(bodies.values()), applicants, today),
    )


class _Numbers:
    """Case numbers: region, day and seven digits; none twice and none equal to ``taken``."""

    def __init__(self, rng: Random, taken: str) -> None:
        self._rng = rng
        self._taken = {taken}

    def next(self, region: str, opened: datetime) -> str:
        """One more."""
        while True:
            number = f"{region}{opened:%Y%m%d}{self._rng.randrange(10**7):07}"
            if number not in self._taken:
                self._taken.add(number)
                return number


def _others(
    rng: Random, numbers: _Numbers, bodies: Sequence[Body], applicants: Sequence[Party], today: date
) -> tuple[Case, ...]:
    items = [(f"{body.code}{rng.randrange(10**13):013}", body) for body in rng.choices(bodies, k=_ITEMS)]
    made = []
    for _ in range(OTHERS):
        item, body = rng.choice(items)
        (state,) = rng.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()))
        opened = _office_time(rng, today - timedelta(days=rng.randrange(1, _OLDEST_DAYS)))
        # what was closed was closed by the evening before today
        lasted = rng.randrange(min((today - opened.date()).days, _LONGEST_DAYS))
        closed = max(opened, _office_time(rng, opened.date() + timedelta(days=lasted)))
        made.append(
            Case(
                number=numbers.next(body.region, opened),
                item=item,
                title=rng.choice(_TITLES),
                body=body,
                region=body.region,
                applicant=rng.choice(applicants),
                state=state,
                promised=rng.choice(_PROMISES),
                opened=opened,
                closed=closed if state == "CLOSED" else None,
            )
        )
    return tuple(made)


def _office_time(rng: Random, day: date) -> datetime:
    return datetime.combine(day, time(_OFFICE_OPENS)) + timedelta(
        minutes=rng.randrange(_OFFICE_MINUTES), seconds=rng.randrange(60)
    )
