"""Electronic licences (电子证照): canonical fields, rows as systems give them, licences as callers see them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

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

KEY_FIELDS = frozenset({"identifier", "number", "type", "issuer", "state", "raw_state"})
"""Fields that merging, routing and the contract's non-null places need, whatever the caller selected."""


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
