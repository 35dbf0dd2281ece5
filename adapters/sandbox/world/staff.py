"""Those who ask beside the cast's officer: an officer of another region and a clerk at a counter."""

from collections.abc import Mapping
from datetime import date
from random import Random

import msgspec

from adapters.sandbox.world.cast import REGION
from adapters.sandbox.world.model import Body, Officer
from adapters.sandbox.world.parties import citizen_number
from adapters.sandbox.world.places import REGIONS

_FOREIGN_BORN = date(1979, 4, 8)
_CLERK_BORN = date(1995, 9, 27)


class Staff(msgspec.Struct, frozen=True):
    """Who works elsewhere or at the counter.

    Attributes:
        foreign_officer: does the officer's work in another city.
        clerk: sits at a counter of the officer's body.
    """

    foreign_officer: Officer
    clerk: Officer


def make_staff(seed: int, bodies: Mapping[tuple[str, str], Body]) -> Staff:
    """The staff of ``seed``; it draws from a seed of its own, so that it changes nothing else in the world."""
    rng = Random(f"{seed}:staff")  # noqa: S311 - a repeatable world, nothing secret
    elsewhere = next(region for region in REGIONS if region[:4] != REGION[:4])
    foreign_number = citizen_number(elsewhere, _FOREIGN_BORN, rng.randrange(1, 1000))
    clerk_number = citizen_number(REGION, _CLERK_BORN, rng.randrange(1, 1000))
    office = bodies[elsewhere, "service"]
    return Staff(
        foreign_officer=Officer("officer02", "测言远", foreign_number, office, "窗口审批岗", elsewhere),
        clerk=Officer("clerk01", "样可欣", clerk_number, bodies[REGION, "service"], "综合窗口岗", REGION),
    )
