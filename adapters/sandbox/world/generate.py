"""Generating the world from a seed and a day: the same two give the same world, on any machine."""

from collections.abc import Mapping
from datetime import date
from random import Random

import msgspec

from adapters.sandbox.world.cases import Case, Cases, make_cases
from adapters.sandbox.world.cast import Cast, make_cast
from adapters.sandbox.world.issuing import Issuer, Population, issue_many
from adapters.sandbox.world.libraries import Library, stock_libraries
from adapters.sandbox.world.licence_types import licence_types
from adapters.sandbox.world.model import Body, Licence, LicenceType, Officer, Party
from adapters.sandbox.world.parties import make_firms, make_people
from adapters.sandbox.world.places import county_bodies
from adapters.sandbox.world.staff import Staff, make_staff
from adapters.sandbox.world.trial import trial_case, trial_licences

LICENCES = 40_000
"""Licences in the world unless another size is asked for; the cast's come on top."""

_PER_PERSON = 4
_PER_FIRM = 12


class World(msgspec.Struct, frozen=True):
    """Everything that is true in the sandbox, and every library's version of it.

    Attributes:
        seed: what it was drawn from; systems draw their credentials from it too.
        today: the day in China on which it is looked at.
        licences: the truth, the cast's licences first.
        libraries: what each system holds, by system code.
        cases: cases at hand and closed ones.
        staff: who asks beside the cast's officer.
        trial_case: the test subject among the cases; ``trial.HOLDER`` is in every library beside what is true.
    """

    seed: int
    today: date
    types: tuple[LicenceType, ...]
    bodies: tuple[Body, ...]
    people: tuple[Party, ...]
    firms: tuple[Party, ...]
    licences: tuple[Licence, ...]
    libraries: Mapping[str, Library]
    cast: Cast
    cases: Cases
    staff: Staff
    trial_case: Case

    @property
    def holder(self) -> Party:
        """The citizen who is in every library."""
        return self.cast.holder

    @property
    def crowded(self) -> Party:
        """A firm with more licences than some libraries will list."""
        return self.cast.crowded

    @property
    def officer(self) -> Officer:
        """The officer who may use ``item`` with ``case`` for the holder."""
        return self.cast.officer

    @property
    def foreign_officer(self) -> Officer:
        """An officer of another region, who has no part in the holder's case."""
        return self.staff.foreign_officer

    @property
    def clerk(self) -> Officer:
        """The clerk at a counter of the officer's body."""
        return self.staff.clerk

    @property
    def item(self) -> str:
        """The item code (31 characters) under which licences may be used."""
        return self.cast.item

    @property
    def case(self) -> str:
        """The case number (21 digits) that the officer handles."""
        return self.cast.case

    @property
    def forbidden_item(self) -> str:
        """An item under which the officer may use nothing."""
        return self.cast.forbidden_item


def generate(seed: int, today: date, size: int = LICENCES) -> World:
    """The world of ``seed`` on the day ``today``, with ``size`` licences beside those of the cast."""
    rng = Random(seed)  # noqa: S311 - a repeatable world, nothing secret
    kinds = licence_types()
    bodies = county_bodies()
    issuer = Issuer(bodies, today)
    cast = make_cast(rng, issuer, kinds, bodies, today)
    staff = make_staff(seed, bodies)
    asking = (cast.officer, staff.foreign_officer, staff.clerk)
    played = {cast.holder.number, cast.spouse.number, *(officer.number for officer in asking)}
    people = make_people(rng, size // _PER_PERSON + 2, today)
    population = Population(
        tuple(person for person in people if person.number not in played), make_firms(rng, size // _PER_FIRM + 1)
    )
    licences = issue_many(rng, issuer, tuple(kinds.values()), population, size, today)
    places = rng.choices(range(100), k=size)
    return World(
        seed=seed,
        today=today,
        types=tuple(kinds.values()),
        bodies=tuple(bodies.values()),
        people=(cast.holder, cast.spouse, *population.people),
        firms=(cast.crowded, *population.firms),
        licences=(*(member.licence for member in cast.licences), *licences),
        libraries=stock_libraries(
            seed, licences, places, (*cast.licences, *trial_licences(kinds, bodies, today)), today
        ),
        cast=cast,
        cases=make_cases(seed, cast, bodies, (*population.people, *population.firms), today),
        staff=staff,
        trial_case=trial_case(cast.item, cast.officer.body, today),
    )
