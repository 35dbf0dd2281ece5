"""People and firms of the synthetic province. Every name says by itself that nobody real is meant."""

from collections.abc import Sequence
from datetime import date
from random import Random

from adapters.sandbox.world.checkdigits import citizen_check, credit_code
from adapters.sandbox.world.model import ORGANISATION, RESIDENT, Party
from adapters.sandbox.world.places import REGIONS

_FAMILY = "例试样测演"
_GIVEN = "安博晨达恩方歌和佳可乐明宁平琪然思天文希欣雅言远悦泽"
_TRADES = ("食品", "商贸", "运输", "建筑", "科技", "餐饮", "医药", "农业")
_OLDEST = 90
_ADULT = 18
_YEAR = 365.25


def citizen_number(region: str, born: date, sequence: int) -> str:
    """A citizen id of a region (6 digits), a birth date and a sequence number below 1000."""
    first = f"{region}{born:%Y%m%d}{sequence:03}"
    return first + citizen_check(first)


def make_people(rng: Random, count: int, today: date) -> tuple[Party, ...]:
    """``count`` adults with different numbers."""
    youngest, oldest = today.toordinal() - int(_ADULT * _YEAR), today.toordinal() - int(_OLDEST * _YEAR)
    regions = rng.choices(REGIONS, k=count)
    numbers: dict[str, None] = {}
    for region in regions:
        number = ""
        while not number or number in numbers:
            number = citizen_number(region, date.fromordinal(rng.randrange(oldest, youngest)), rng.randrange(1, 1000))
        numbers[number] = None
    names = zip(rng.choices(_FAMILY, k=count), rng.choices(_GIVEN, k=count), rng.choices(_GIVEN, k=count), strict=True)
    return tuple(Party(RESIDENT, number, "".join(name)) for number, name in zip(numbers, names, strict=True))


def make_firms(rng: Random, count: int, first: int = 1) -> tuple[Party, ...]:
    """``count`` firms whose codes are numbered from ``first``, so that they never meet."""
    regions: Sequence[str] = rng.choices(REGIONS, k=count)
    return tuple(
        Party(
            ORGANISATION,
            credit_code("91", region, f"M{number:07}"),
            f"示例{rng.choice(_GIVEN)}{rng.choice(_GIVEN)}{rng.choice(_TRADES)}有限公司",
        )
        for number, region in enumerate(regions, start=first)
    )
