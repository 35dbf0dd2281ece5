"""The seal register: seals that were filed elsewhere, whose they are, and who may use them for what.

A registered seal is changed by its methods only. Each gives the next version, or refuses what its state does not allow.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from gateway.core import problems
from gateway.core.bodies import Bodies
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.records import Also
from gateway.core.seals.platform import Mode

MOST_AUTHORISATIONS: Final = 100
"""Authorisations of one seal that are not over."""

MOST_OWNERS: Final = 50
"""Bodies that own a seal one after the other."""


_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


def is_seal_id(text: str) -> bool:
    """Whether it has the form of an id of the register."""
    return _ID.fullmatch(text) is not None


class SealState(StrEnum):
    """FROZEN can be undone, REVOKED cannot. Whether a seal's time is over is told by its validity, not by this."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    REVOKED = "REVOKED"


class RouteKind(StrEnum):
    """Where a seal's key is: LOCAL, with this gateway; PLATFORM, with a seal platform."""

    LOCAL = "LOCAL"
    PLATFORM = "PLATFORM"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """How documents get the seal: by a key here, or by a platform.

    Attributes:
        key: reference of a key that this gateway opens (``file:``, ``pkcs11:``, ``sdf:``).
        platform: code of a seal platform; ``number`` what it calls the seal.
        mode: what the platform is sent: DIGEST or DOCUMENT (gateway.core.seals.platform).

    Raises:
        ValueError: it says neither, both, or only a part of one.
    """

    key: str | None = None
    platform: str | None = None
    number: str | None = None
    mode: str | None = None

    def __post_init__(self) -> None:
        """Only whole routes are made."""
        elsewhere = (self.platform, self.number, self.mode)
        here = bool(self.key) and not any(elsewhere)
        there = self.key is None and all(elsewhere) and self.mode in set(Mode)
        if not (here or there):
            raise ValueError("a route is a key, or a platform with number and mode")

    @property
    def kind(self) -> RouteKind:
        """Where the key is."""
        return RouteKind.PLATFORM if self.key is None else RouteKind.LOCAL

    def __repr__(self) -> str:
        """Kind and platform: where keys are is nobody's business."""
        return f"Route({self.kind.value}, platform={self.platform!r})"


class Ownership(msgspec.Struct, frozen=True):
    """A body (credit code) owns the seal from an instant until another: None until further notice."""

    body: str
    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the body owns the seal at that instant."""
        return self.since <= at and (self.until is None or at < self.until)


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use a seal for what; ``*`` stands for all. Deny by default.

    Attributes:
        applications: codes of applications; ``bodies`` credit codes of the bodies whose officers may; ``accounts``
            their issuers' subjects, if not every officer of those bodies may.
        items: codes of service items.
        documents: media types: ``application/ofd``, ``application/pdf``.
        pages: a document has so many pages at the most; None for any number.
    """

    id: str
    applications: frozenset[str]
    bodies: frozenset[str]
    accounts: frozenset[str] | None
    items: frozenset[str]
    documents: frozenset[str]
    since: datetime
    until: datetime | None = None
    pages: int | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it opens anything at that instant."""
        return self.since <= at and not self.is_over(at)

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended by then."""
        return self.until is not None and self.until <= at

    def ended(self, at: datetime) -> "Authorisation":
        """The same, over from that instant at the latest."""
        return self if self.is_over(at) else msgspec.structs.replace(self, until=at)


class RegisteredSeal(msgspec.Struct, frozen=True, kw_only=True):
    """A seal in the register.

    Attributes:
        id: opaque; what callers name it by.
        structure: the seal (GB/T 38540), DER; ``number`` its esID, ``name`` its name there.
        certificates: the signer's certificate and those of its issuers, DER.
        owners: in order of time, without overlap.
        valid_from: when both the structure and the signer's certificate are in force; ``valid_until`` the last such
            instant.
        reason: why it is in its state, if somebody said so; ``state_since`` from when, ``state_by`` whose doing: the
            subject of the person.
        two_person: another officer approves each use.
        version: of the entry, from 1.
    """

    id: str
    number: str
    name: str
    structure: bytes
    certificates: tuple[bytes, ...]
    route: Route
    owners: tuple[Ownership, ...]
    authorisations: tuple[Authorisation, ...]
    valid_from: datetime
    valid_until: datetime
    state: SealState = SealState.ACTIVE
    reason: str | None = None
    two_person: bool = False
    version: int = 1
    state_since: datetime | None = None
    state_by: str | None = None

    def __repr__(self) -> str:
        """Id, state and version."""
        return f"RegisteredSeal({self.id}, {self.state.value}, version={self.version})"

    def owner(self, at: datetime) -> Ownership | None:
        """Who owns it at that instant."""
        return next((one for one in self.owners if one.covers(at)), None)

    def is_owned(self, body: str | None, at: datetime, bodies: Bodies) -> bool:
        """Whether the body, or one that it stands for, owns it at that instant."""
        owner = self.owner(at)
        return owner is not None and body is not None and bodies.same(owner.body, body, china_date(at))

    def in_force(self, at: datetime) -> bool:
        """Whether structure and certificate are valid at that instant; both ends are included."""
        return self.valid_from <= at <= self.valid_until

    def freeze(self, *, reason: str, by: str, at: datetime) -> "RegisteredSeal":
        """Nobody uses it until it is unfrozen.

        Raises:
            Refusal: CONFLICT unless it is active.
        """
        self._verify_state(SealState.ACTIVE)
        return self._in_state(SealState.FROZEN, reason, by, at)

    def unfreeze(self, *, by: str, at: datetime) -> "RegisteredSeal":
        """It can be used again.

        Raises:
            Refusal: CONFLICT unless it is frozen, FORBIDDEN for the person who froze it.
        """
        self._verify_state(SealState.FROZEN)
        if by == self.state_by:
            raise Refusal(problems.SEAL_UNFREEZE_NEEDS_ANOTHER)
        return self._in_state(SealState.ACTIVE, None, by, at)

    def revoke(self, *, reason: str, by: str, at: datetime) -> "RegisteredSeal":
        """Nobody uses it any more; every authorisation ends.

        Raises:
            Refusal: CONFLICT if it is revoked already.
        """
        self._verify_not_revoked()
        revoked = self._in_state(SealState.REVOKED, reason, by, at)
        return msgspec.structs.replace(revoked, authorisations=self._closed(at))

    def renew(self, renewed: "Renewal", at: datetime) -> "RegisteredSeal":
        """Another structure and certificates for the same seal; what it was before stays in the earlier versions.

        Raises:
            Refusal: CONFLICT if it is revoked, BAD_INPUT unless what comes is in force and another.
        """
        self._verify_not_revoked()
        if not renewed.valid_from <= at <= renewed.valid_until:
            raise Refusal(problems.SEAL_NOT_IN_FORCE, "input.structure")
        if (renewed.structure, renewed.certificates) == (self.structure, self.certificates):
            raise Refusal(problems.SEAL_RENEWED_BY_ITSELF, "input.structure")
        return self._next(
            number=renewed.number,
            name=renewed.name,
            structure=renewed.structure,
            certificates=renewed.certificates,
            valid_from=renewed.valid_from,
            valid_until=renewed.valid_until,
            route=renewed.route or self.route,
        )

    def hand_over(self, body: str, *, at: datetime, bodies: Bodies) -> "RegisteredSeal":
        """Another body owns it from now on.

        What the former owner authorised goes on only where the new one stands for it (``bodies``); else it ends.

        Raises:
            Refusal: CONFLICT if it is revoked, BAD_INPUT if the body owns it already, LIMIT after too many owners.
        """
        self._verify_not_revoked()
        last = self.owners[-1]
        if last.body == body or at <= last.since:
            raise Refusal(problems.SEAL_OWNED_ALREADY, "input.body")
        if len(self.owners) >= MOST_OWNERS:
            raise Refusal(problems.SEAL_OWNERS_TOO_MANY, limit=MOST_OWNERS)
        owners = (*self.owners[:-1], Ownership(last.body, last.since, at), Ownership(body, at))
        goes_on = bodies.same(last.body, body, china_date(at))
        return self._next(owners=owners, authorisations=self.authorisations if goes_on else self._closed(at))

    def authorise(self, authorisation: Authorisation, at: datetime) -> "RegisteredSeal":
        """With one more authorisation; those that are over are left to the earlier versions.

        Raises:
            Refusal: CONFLICT if it is revoked, BAD_INPUT for one that ends before it begins or has ended, LIMIT if
                there are too many.
        """
        self._verify_not_revoked()
        until = authorisation.until
        if until is not None and until <= max(authorisation.since, at):
            raise Refusal(problems.SEAL_AUTHORISATION_TIME_INVALID, "input.until")
        left = tuple(one for one in self.authorisations if not one.is_over(at) and one.id != authorisation.id)
        if len(left) >= MOST_AUTHORISATIONS:
            raise Refusal(problems.SEAL_AUTHORISATIONS_TOO_MANY, limit=MOST_AUTHORISATIONS)
        return self._next(authorisations=(*left, authorisation))

    def withdraw(self, authorisation_id: str, at: datetime) -> "RegisteredSeal":
        """Without that authorisation from now on.

        Raises:
            Refusal: NOT_FOUND if there is none that is not over.
        """
        if not any(one.id == authorisation_id and not one.is_over(at) for one in self.authorisations):
            raise Refusal(problems.SEAL_AUTHORISATION_UNKNOWN, "input.authorisation")
        changed = (one.ended(at) if one.id == authorisation_id else one for one in self.authorisations)
        return self._next(authorisations=tuple(one for one in changed if one.since < at or one.id != authorisation_id))

    def _verify_state(self, wanted: SealState) -> None:
        if self.state is not wanted:
            raise Refusal(problems.SEAL_STATE_OTHER, state=self.state.value, wanted=wanted.value)

    def _verify_not_revoked(self) -> None:
        if self.state is SealState.REVOKED:
            raise Refusal(problems.SEAL_REVOKED)

    def _closed(self, at: datetime) -> tuple[Authorisation, ...]:
        """The authorisations, over by then; those that would have begun later are left out."""
        return tuple(one.ended(at) for one in self.authorisations if one.since < at)

    def _in_state(self, state: SealState, reason: str | None, by: str, at: datetime) -> "RegisteredSeal":
        return self._next(state=state, reason=reason, state_by=by, state_since=at)

    def _next(self, **changes: Any) -> "RegisteredSeal":  # noqa: ANN401 - values of any field
        return msgspec.structs.replace(self, version=self.version + 1, **changes)


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal is renewed with; fields as in RegisteredSeal. ``route`` is None where it stays."""

    number: str
    name: str
    structure: bytes
    certificates: tuple[bytes, ...]
    valid_from: datetime
    valid_until: datetime
    route: Route | None = None


class SealChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which seals a list shows; None where nothing narrows it.

    Attributes:
        owners: credit codes, of which one owns the seal now.
        seen_by: credit codes, of which one owns the seal or has an authorisation for it (as has everybody by ``*``).
    """

    owners: frozenset[str] | None = None
    seen_by: frozenset[str] | None = None


class SealRegister(Protocol):
    """Where registered seals are kept; every change is announced to all replicas."""

    async def find(self, seal_id: str) -> RegisteredSeal | None:
        """The seal of this id as it is at this moment, whichever replica changed it last."""
        ...

    async def find_version(self, seal_id: str, version: int) -> RegisteredSeal | None:
        """The seal of this id as it was in that version."""
        ...

    async def page(self, choice: SealChoice, after: str | None, most: int) -> Sequence[RegisteredSeal]:
        """The chosen seals in order of id, after this one."""
        ...

    async def count(self, choice: SealChoice) -> int:
        """How many are chosen."""
        ...

    async def ending(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, datetime]]:
        """Ids of seals whose validity ends in between, with that end, the nearest first; revoked ones are left out."""
        ...

    async def put(self, seal: RegisteredSeal, also: Also | None = None) -> bool:
        """Keep version 1 of a new seal, or the version that follows the one which is there; False otherwise.

        False too where another seal has its number.
        """
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of seals that are put from now on, by whichever replica."""
        ...
