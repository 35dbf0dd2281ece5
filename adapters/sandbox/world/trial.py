"""The test subjects that every provider knows: nobody's, the same in every world, and in nobody's predictions.

Manifests name them for probes. The number's sequence is 000, which no person of a world is given.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from adapters.sandbox.world.cases import Case
from adapters.sandbox.world.cast import CIVIL, ESTATE, REGION, CastLicence
from adapters.sandbox.world.issuing import Issuer
from adapters.sandbox.world.model import NO_END, RESIDENT, Body, LicenceType, Party
from adapters.sandbox.world.parties import citizen_number

HOLDER = Party(RESIDENT, citizen_number(REGION, date(1900, 1, 1), 0), "探测对象")
CASE = f"{REGION}190001010000000"
CLERK = "probe01"
"""Account of a test clerk at a counter."""

_AGE = timedelta(days=10_000)
"""Older than any licence of a world: identifiers hold the year, so none is given twice."""


def trial_licences(
    kinds: Mapping[str, LicenceType], bodies: Mapping[tuple[str, str], Body], today: date
) -> tuple[CastLicence, ...]:
    """One licence of the test holder in every library."""
    issuer = Issuer(bodies, today)
    made = {
        kind: issuer.issue(kinds[kind], (HOLDER,), REGION, today - _AGE, valid_until=NO_END)
        for kind in ("household", "estate", "divorce")
    }
    numbered = {
        kind: msgspec.structs.replace(licence, number=f"PROBE-{place}")
        for place, (kind, licence) in enumerate(made.items(), start=1)
    }
    return (
        CastLicence(numbered["household"]),
        CastLicence(numbered["estate"], only=ESTATE),
        CastLicence(numbered["divorce"], only=CIVIL),
    )


def trial_case(item: str, body: Body, today: date) -> Case:
    """The test case: never closed, for ``item`` at ``body``, of the test holder."""
    opened = datetime.combine(today - timedelta(days=1), time(9))
    return Case(CASE, item, "示例探测办件", body, REGION, HOLDER, "ACCEPTED", 0, opened)
