"""Values of the synthetic world: people, bodies, licence types and licences as they truly are."""

from datetime import date
from typing import Literal

import msgspec

NO_END = date.max
"""End date of a licence that never ends."""

State = Literal["VALID", "EXPIRED", "SUSPENDED", "CANCELLED", "REVOKED", "WITHDRAWN", "VOIDED", "DRAFT", "UNKNOWN"]

HeldBy = Literal["person", "couple", "organisation"]

RESIDENT = "111"
ORGANISATION = "001"

IDENTIFIER_ROOT = "1.2.156.3005.2"


class Party(msgspec.Struct, frozen=True):
    """Someone who can hold a licence: document type (111 or 001), number, name."""

    type: str
    number: str
    name: str


class Body(msgspec.Struct, frozen=True):
    """A public body with its credit code; ``department`` tells what it is responsible for."""

    code: str
    name: str
    region: str
    department: str


class Officer(msgspec.Struct, frozen=True):
    """An officer who handles cases: account, own document number, body, post and region."""

    account: str
    name: str
    number: str
    body: Body
    post: str
    region: str


class FaceSpec(msgspec.Struct, frozen=True):
    """A printed field: key, caption, and what it shows, a fact of the licence or one of several ``options``."""

    name: str
    label: str
    shows: Literal["holders", "document", "number", "issuer", "issued", "option"]
    options: tuple[str, ...] = ()


class LicenceType(msgspec.Struct, frozen=True):
    """A kind of licence: who may hold it, which department issues it, how many years it lives (None: for ever)."""

    code: str
    name: str
    held_by: HeldBy
    department: str
    years: int | None
    weight: int
    face: tuple[FaceSpec, ...]


class FaceField(msgspec.Struct, frozen=True):
    """One printed field with its value."""

    name: str
    label: str | None
    value: str


class Licence(msgspec.Struct, frozen=True, gc=False):
    """A licence. ``valid_until`` is NO_END without end; ``ended_on`` is when it was cancelled, revoked and so on."""

    identifier: str | None
    type: LicenceType
    number: str
    name: str
    holders: tuple[Party, ...]
    issuer: Body
    issued_on: date
    valid_from: date
    valid_until: date
    state: State
    reason: str | None
    ended_on: date | None

    @property
    def face(self) -> tuple[FaceField, ...]:
        """The printed fields; computed on demand, as nearly all of the 40,000 faces are never looked at."""
        return tuple(FaceField(spec.name, spec.label, self._shown(spec)) for spec in self.type.face)

    def _shown(self, spec: FaceSpec) -> str:
        match spec.shows:
            case "holders":
                return "、".join(holder.name for holder in self.holders)
            case "document":
                return self.holders[0].number
            case "number":
                return self.number
            case "issuer":
                return self.issuer.name
            case "issued":
                return f"{self.issued_on.year}年{self.issued_on.month:02}月{self.issued_on.day:02}日"
            case "option":
                return spec.options[self.issued_on.toordinal() % len(spec.options)]


def identifier_of(type_code: str, issuer: str, serial: str, version: str, check: str) -> str:
    """The written form of a licence identifier."""
    return f"{IDENTIFIER_ROOT}.{type_code}.{issuer}.{serial}.{version}.{check}"
