"""The cast: one holder in every library with every situation that a demo and its tests need, and who asks for him."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import msgspec

from adapters.sandbox.world import mistakes
from adapters.sandbox.world.issuing import Issuer
from adapters.sandbox.world.mistakes import Mistake, Record
from adapters.sandbox.world.model import NO_END, Body, Licence, LicenceType, Officer, Party
from adapters.sandbox.world.parties import citizen_number, make_firms

CITY = "city-licences"
PROVINCE = "province-licences"
SHARED = "shared-licences"
ESTATE = "estate-licences"
CIVIL = "civil-register"
REGION = "420102"
CROWD = 140
"""Licences of the crowded firm: more than a library that cuts off at 100 rows will tell."""

_HOLDER_BORN = date(1988, 6, 15)
_SPOUSE_BORN = date(1990, 2, 3)
_OFFICER_BORN = date(1985, 11, 20)
_CROWDED_NUMBER = 9_999_001


class CastLicence(msgspec.Struct, frozen=True):
    """A licence of the cast: the only system that has it (None: all do), and what systems get wrong about it."""

    licence: Licence
    only: str | None = None
    wrong: Mapping[str, Mistake] = {}

    def is_in(self, system: str) -> bool:
        """Whether the system has it."""
        return self.only in {None, system}

    def held(self, system: str) -> Record:
        """The record that the system has of it."""
        record = Record(self.licence)
        mistake = self.wrong.get(system)
        return mistake(record) if mistake else record


class Cast(msgspec.Struct, frozen=True):
    """Who plays: the holder, his wife, a firm with very many licences, the officer, his items and his case."""

    holder: Party
    spouse: Party
    crowded: Party
    officer: Officer
    item: str
    forbidden_item: str
    case: str
    licences: tuple[CastLicence, ...]


def make_cast(
    rng: Random,
    issuer: Issuer,
    kinds: Mapping[str, LicenceType],
    bodies: Mapping[tuple[str, str], Body],
    today: date,
) -> Cast:
    """The cast, with numbers drawn from ``rng``."""
    sequences = rng.sample(range(1, 1000), 3)
    born = zip((_HOLDER_BORN, _SPOUSE_BORN, _OFFICER_BORN), sequences, strict=True)
    number, spouse_number, officer_number = (citizen_number(REGION, day, sequence) for day, sequence in born)
    holder = Party("111", number, "例安然")
    spouse = Party("111", spouse_number, "试文欣")
    crowded = make_firms(rng, 1, first=_CROWDED_NUMBER)[0]
    service = bodies[REGION, "service"]
    return Cast(
        holder=holder,
        spouse=spouse,
        crowded=crowded,
        officer=Officer("officer01", "演明远", officer_number, service, "窗口审批岗", REGION),
        item=_item(service, rng),
        forbidden_item=_item(bodies[REGION, "education"], rng),
        case=f"{REGION}{today:%Y%m%d}{rng.randrange(10**7):07}",
        licences=(
            *_of_holder(issuer, kinds, holder, spouse, today),
            *_crowd(issuer, kinds, crowded, today),
        ),
    )


def _item(body: Body, rng: Random) -> str:
    return f"{body.code}{rng.randrange(10**13):013}"


def _both(*mistakes_made: Mistake) -> Mistake:
    def make(record: Record) -> Record:
        for mistake in mistakes_made:
            record = mistake(record)
        return record

    return make


def _of_holder(
    issuer: Issuer, kinds: Mapping[str, LicenceType], holder: Party, spouse: Party, today: date
) -> list[CastLicence]:
    def ago(days: int) -> date:
        return today - timedelta(days=days)

    def one(kind: str, issued: int, until: int | None = None, *, holders: tuple[Party, ...] = (holder,)) -> Licence:
        end = None if until is None else ago(-until)
        return issuer.issue(kinds[kind], holders, REGION, ago(issued), valid_until=end)

    revoked = issuer.issue(kinds["vehicle"], (holder,), REGION, ago(2000), "REVOKED", NO_END)
    return [
        CastLicence(one("driving", 900, 2700), wrong={SHARED: mistakes.other_end}),
        CastLicence(one("carrier", 700, 1400), wrong={PROVINCE: _both(mistakes.other_end, mistakes.other_state)}),
        CastLicence(one("residence", 100, 260), only=CITY),
        CastLicence(one("nurse", 400, 1400), only=PROVINCE),
        CastLicence(one("estate", 1500, holders=(holder, spouse))),
        CastLicence(one("household", 4000)),
        CastLicence(one("healthcheck", 800, -430)),
        CastLicence(one("healthcheck", 390, -20), only=CITY),
        CastLicence(one("teacher", 3000), only=PROVINCE, wrong={PROVINCE: mistakes.wrong_check}),
        CastLicence(one("social", 1000, 2600), wrong={CITY: mistakes.dirty_end}),
        CastLicence(one("disabled", 500, 3000), wrong={CITY: mistakes.other_spelling}),
        CastLicence(one("birth", 1200), only=CITY, wrong={CITY: mistakes.no_identifier}),
        CastLicence(revoked, wrong={CITY: mistakes.null_issuer}),
        CastLicence(
            one("marriage", 2500, holders=(spouse, holder)),
            wrong={PROVINCE: mistakes.null_number, CIVIL: mistakes.null_issuer},
        ),
        CastLicence(one("mortgage", 1400, holders=(holder, spouse)), only=ESTATE),
        CastLicence(issuer.issue(kinds["mortgage"], (holder,), REGION, ago(3100), "CANCELLED"), only=ESTATE),
        CastLicence(one("divorce", 3300), only=CIVIL),
        CastLicence(one("mortgage", 2600, holders=(spouse,)), only=ESTATE, wrong={ESTATE: mistakes.unreadable}),
    ]


def _crowd(issuer: Issuer, kinds: Mapping[str, LicenceType], firm: Party, today: date) -> list[CastLicence]:
    return [
        CastLicence(issuer.issue(kinds["food"], (firm,), REGION, today - timedelta(days=30 + place)))
        for place in range(CROWD)
    ]
