"""How long events are kept: at least as long as their class says, longer where a deployment wants it."""

from typing import Final

from gateway.core.audit.catalogue import LEAST_YEARS, Retention

_MOST_YEARS: Final = 1_000


def parse_years(longer: str) -> dict[Retention, int]:
    """Years by class: the least, or what a text such as ``USE=8,ADMIN=12`` says.

    Raises:
        ValueError: it cannot be read, a class is unknown, or would be kept for less.
    """
    kept = dict(LEAST_YEARS)
    for part in filter(None, (one.strip() for one in longer.split(","))):
        name, _, years = part.partition("=")
        if name not in Retention.__members__ or not years.isdecimal() or int(years) > _MOST_YEARS:
            raise ValueError("cannot be read: write CLASS=YEARS, as USE=8,ADMIN=12")
        retention = Retention[name]
        if int(years) < LEAST_YEARS[retention]:
            raise ValueError(f"keeps events of class {name} too short: {LEAST_YEARS[retention]} years is the least")
        kept[retention] = int(years)
    return kept
