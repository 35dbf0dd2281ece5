"""Electronic licences (电子证照): canonical fields, rows as systems give them, licences as callers see them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from gateway.core.identifiers import licence_identifier

NO_END = date.max
"""``valid_until`` of a licence that never ends; an unknown end is None instead."""


class LicenceState(StrEnum):
    """Canonical states. 注销 撤销 撤回 吊销 are different acts and stay apart; the source's word is ``raw_state``."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"
    DRAFT = "DRAFT"
    UNKNOWN = "UNKNOWN"


class Holder(msgspec.Struct, frozen=True):
    """Someone a licence was issued to. ``type`` is an identity document type (111, 001, ...)."""

    type: str | None = None
    number: str | None = None
    name: str | None = None


class FaceField(msgspec.Struct, frozen=True):
    """One printed field of the licence's face; ``name`` is the system's key, ``label`` its caption if it has one."""

    name: str
    label: str | None = None
    value: str | None = None


class Organisation(msgspec.Struct, frozen=True):
    """An issuing body: unified social credit code and name, either of which a system may lack."""

    code: str | None = None
    name: str | None = None


class LicenceType(msgspec.Struct, frozen=True):
    """A kind of licence: its code (GB/T 36904 type part where the system has one) and its name."""

    code: str | None = None
    name: str | None = None


ROW_FIELDS = (
    "identifier",
    "type",
    "type_name",
    "number",
    "name",
    "holders",
    "issuer",
    "issuer_name",
    "issued_on",
    "valid_from",
    "valid_until",
    "state",
    "raw_state",
    "state_reason",
    "face",
    "as_of",
)
"""What a system can say of a licence; a manifest maps to these, a reader is compiled for the wanted ones.

``type`` and ``issuer`` are codes, ``holders`` a tuple of Holder, ``face`` a tuple of FaceField, the dates are
``date``, ``as_of`` an aware ``datetime``, ``state`` a LicenceState, all else text. Every field may be None.
"""

PUBLIC_NAMES = {
    "identifier": "identifier",
    "type": "type",
    "type_name": "type.name",
    "number": "number",
    "name": "name",
    "holders": "holders",
    "issuer": "issuer",
    "issuer_name": "issuer.name",
    "issued_on": "issuedOn",
    "valid_from": "validFrom",
    "valid_until": "validUntil",
    "state": "state",
    "raw_state": "rawState",
    "state_reason": "stateReason",
    "face": "face",
    "as_of": "asOf",
}
"""ROW_FIELDS by the names that callers know them by."""

KEY_FIELDS = frozenset({"identifier", "number", "type", "issuer", "state", "raw_state", "holders", "as_of"})
"""Fields that merging, routing and checking an answer need, whatever the caller selected."""


class Warned(msgspec.Struct, frozen=True):
    """A value that could not be taken as it came: which field, and why in a word that is no personal data."""

    field: str
    reason: str


class LicenceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A holder's licences: who, which types (None: all), where, and how many rows at the most."""

    holder: Holder
    types: tuple[str, ...] | None = None
    region: str | None = None
    limit: int = 200


class LicenceKey(msgspec.Struct, frozen=True):
    """What names one licence: its identifier, or the one system that knows it and the number there."""

    identifier: str | None = None
    system: str | None = None
    number: str | None = None

    def names(self, identifier: str | None) -> bool:
        """Whether ``identifier``, as some system spells it, is this key's."""
        mine = licence_identifier.normalise(self.identifier or "")
        return bool(mine) and licence_identifier.normalise(identifier or "") == mine

    def is_of(self, identifier: str | None, number: str | None) -> bool:
        """Whether a row with this identifier and number is the licence that the key names."""
        if self.identifier is not None:
            return self.names(identifier)
        return self.number is not None and number == self.number


class Provenance(msgspec.Struct, frozen=True):
    """Which fields of a licence came from one system, as of when, and where it says something else."""

    system: str
    as_of: datetime
    fields: tuple[str, ...]
    disagrees: tuple[str, ...]


class Withheld(msgspec.Struct, frozen=True):
    """A field that was left out on purpose, and the reason."""

    path: str
    reason: str


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """A licence as callers see it: the rows of all systems that know it, merged. Fields nobody wanted are None.

    Attributes:
        id: its public id, opaque and stable.
        past_end_date: whether today in China is after ``valid_until``; None if the end is unknown.
        warnings: what could not be taken as it came, a sentence each that begins with the system's code.
    """

    id: str
    state: LicenceState
    provenance: tuple[Provenance, ...]
    warnings: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    identifier: str | None = None
    type: LicenceType | None = None
    number: str | None = None
    name: str | None = None
    holders: tuple[Holder, ...] | None = None
    issuer: Organisation | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    past_end_date: bool | None = None
    state_reason: str | None = None
    raw_state: str | None = None
    face: tuple[FaceField, ...] | None = None
