"""What can be opened: items with the licence types they may use, and rules that open fields. Data, with dates."""

from datetime import date, timedelta
from enum import StrEnum

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Role
from gateway.core.use import UseBasis

ANY = "*"
"""Opens a dimension whole; it has to be written, leaving a dimension out opens nothing."""

FIELDS = (
    "identifier",
    "type",
    "number",
    "name",
    "holders.type",
    "holders.number",
    "holders.name",
    "issuer",
    "issuedOn",
    "validFrom",
    "validUntil",
    "state",
    "stateReason",
    "rawState",
    "face",
)
"""What a rule can open, by the names that callers know. ``id`` and what the gateway itself adds need no rule."""

MASKABLE = frozenset({"number", "name", "holders.number", "holders.name", "face"})
"""Fields of which a part can be shown."""


class Access(StrEnum):
    """What a caller gets of a field."""

    SHOW = "SHOW"
    MASK = "MASK"
    WITHHOLD = "WITHHOLD"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A service item: its code, the body that carries it out, and the licence types it may need (事项–证照)."""

    code: str
    name: str
    body: str
    types: frozenset[str]
    regions: tuple[str, ...]
    valid_from: date = date.min
    valid_until: date = date.max

    def in_force(self, on: date) -> bool:
        """Whether the item exists on that day; both ends are included."""
        return self.valid_from <= on <= self.valid_until


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Opens fields to callers; what no rule opens is closed.

    Attributes:
        applications, items, types, bodies: codes, or ANY. ``bodies`` and ``regions`` are of the acting person; a
            citizen has none, so rules for citizens name ANY.
        show: fields given whole; ``mask`` fields given in part. Both are names of FIELDS.
        source: the decision or regulation that the rule rests on.
    """

    id: str
    applications: frozenset[str]
    roles: frozenset[Role]
    bases: frozenset[UseBasis]
    items: frozenset[str]
    types: frozenset[str]
    bodies: frozenset[str]
    regions: frozenset[str]
    show: frozenset[str]
    mask: frozenset[str] = frozenset()
    valid_from: date = date.min
    valid_until: date = date.max
    source: str = ""

    def in_force(self, on: date) -> bool:
        """Whether the rule opens anything on that day; both ends are included."""
        return self.valid_from <= on <= self.valid_until


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Which systems have authority for a licence type and a field, first the one that is believed."""

    types: frozenset[str]
    fields: frozenset[str]
    order: tuple[str, ...]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How many different holders one person may ask for through one application before being slowed.

    Attributes:
        holders: that many at once; ``refill`` is the time after which one more is allowed.
    """

    holders: int
    refill: timedelta


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the hub office has decided, as of one edition."""

    items: tuple[Item, ...]
    rules: tuple[Rule, ...]
    bodies: Bodies
    authorities: tuple[Authority, ...] = ()
    pace: Pace = Pace(holders=60, refill=timedelta(minutes=1))
    bind_within: timedelta = timedelta(hours=72)
    """How long a pre-application number may stay without a case."""
