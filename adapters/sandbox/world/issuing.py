"""Issuing: licences as they truly are, with realistic lives."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

import msgspec

from adapters.sandbox.world.checkdigits import MOD_37_36_START, absorb, finish
from adapters.sandbox.world.model import NO_END, Body, Licence, LicenceType, Party, State, identifier_of
from adapters.sandbox.world.places import REGIONS

REASONS: Mapping[State, tuple[str, ...]] = {
    "CANCELLED": ("持证人申请注销", "登记有误", "主体终止"),
    "REVOKED": ("违法行为,依法吊销",),
    "WITHDRAWN": ("许可依据的客观情况发生变化",),
    "VOIDED": ("以欺骗手段取得",),
    "SUSPENDED": ("挂失", "年检中"),
}
"""Why a licence is no longer in force, by state."""

_STATES: tuple[State, ...] = ("VALID", "CANCELLED", "REVOKED", "WITHDRAWN", "VOIDED", "SUSPENDED", "DRAFT")
_SHARES = (900, 52, 9, 6, 5, 13, 15)
_OLDEST_DAYS = 9_000


class Issuer:
    """Issues licences with ascending serials; every identifier is its own.

    Args:
        bodies: issuing bodies by (region, department).
        today: the day on which the world is looked at; nothing is issued later.
    """

    def __init__(self, bodies: Mapping[tuple[str, str], Body], today: date) -> None:
        self._bodies = bodies
        self._today = today
        self._issued = 0
        self._starts: dict[tuple[str, str], int] = {}

    def issue(
        self,
        kind: LicenceType,
        holders: tuple[Party, ...],
        region: str,
        issued_on: date,
        state: State = "VALID",
        valid_until: date | None = None,
    ) -> Licence:
        """One licence; without ``valid_until`` it lives as long as its type says. Past its end it is EXPIRED."""
        self._issued += 1
        body = self._bodies[region, kind.department]
        serial = f"{issued_on.year}{self._issued:07}"
        version = f"{1 + self._issued % 7 // 5:03}"
        if valid_until is None:
            valid_until = NO_END if kind.years is None else issued_on + timedelta(days=int(kind.years * 365.25) - 1)
        if state == "VALID" and valid_until < self._today:
            state = "EXPIRED"
        reasons = REASONS.get(state)
        check = finish(absorb(self._start(kind.code, body.code), serial + version))
        return Licence(
            identifier=identifier_of(kind.code, body.code, serial, version, check),
            type=kind,
            number=f"{kind.code[-3:]}-{region}-{self._issued:07}",
            name=kind.name,
            holders=holders,
            issuer=body,
            issued_on=issued_on,
            valid_from=issued_on,
            valid_until=valid_until,
            state=state,
            reason=reasons[self._issued % len(reasons)] if reasons else None,
            ended_on=self._ended(issued_on, state),
        )

    def _ended(self, issued_on: date, state: State) -> date | None:
        if state not in {"CANCELLED", "REVOKED", "WITHDRAWN", "VOIDED"}:
            return None
        return issued_on + (self._today - issued_on) // 2

    def _start(self, type_code: str, issuer: str) -> int:
        key = (type_code, issuer)
        if key not in self._starts:
            self._starts[key] = absorb(MOD_37_36_START, type_code + issuer)
        return self._starts[key]


class Population(msgspec.Struct, frozen=True):
    """Who licences are issued to."""

    people: Sequence[Party]
    firms: Sequence[Party]


def issue_many(
    rng: Random, issuer: Issuer, kinds: Sequence[LicenceType], population: Population, count: int, today: date
) -> list[Licence]:
    """``count`` licences of all kinds for the population."""
    chosen = rng.choices(kinds, weights=[kind.weight for kind in kinds], k=count)
    states = rng.choices(_STATES, weights=_SHARES, k=count)
    regions = rng.choices(REGIONS, k=count)
    people = rng.choices(population.people, k=count)
    others = rng.choices(population.people, k=count)
    firms = rng.choices(population.firms, k=count)
    first = today.toordinal()
    licences = []
    for place, kind in enumerate(chosen):
        # squared: most licences are young, and short-lived ones are mostly in force
        age = int(rng.random() ** 2 * min(_OLDEST_DAYS, (kind.years or 25) * 450))
        holders: tuple[Party, ...] = (people[place],)
        if kind.held_by == "organisation":
            holders = (firms[place],)
        elif kind.held_by == "couple" and others[place] is not people[place]:
            holders = (people[place], others[place])
            if place % 20 == 0 and people[place - 1] not in holders:
                holders = (*holders, people[place - 1])
        issued_on = date.fromordinal(first - age)
        licences.append(issuer.issue(kind, holders, regions[place], issued_on, states[place]))
    return licences
