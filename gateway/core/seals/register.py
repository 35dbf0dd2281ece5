"""The seal register: seals that were filed elsewhere, whose they are, and who may use them for what."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.records import Also


class SealState(StrEnum):
    """FROZEN can be undone, REVOKED cannot. Whether a seal's time is over is told by its validity, not by this."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    REVOKED = "REVOKED"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """How documents get the seal: by a key here, or by a platform.

    Attributes:
        key: reference of a key that this gateway opens (``file:``, ``pkcs11:``, ``sdf:``).
        platform: code of a seal platform; ``number`` what it calls the seal.
        mode: what the platform is sent: DIGEST or DOCUMENT (gateway.core.seals.platform).
    """

    key: str | None = None
    platform: str | None = None
    number: str | None = None
    mode: str | None = None


class Ownership(msgspec.Struct, frozen=True):
    """A body (credit code) owns the seal from an instant until another: None until further notice."""

    body: str
    since: datetime
    until: datetime | None = None


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


class RegisteredSeal(msgspec.Struct, frozen=True, kw_only=True):
    """A seal in the register.

    Attributes:
        id: opaque; what callers name it by.
        structure: the seal (GB/T 38540), DER; ``number`` its esID, ``name`` its name there.
        certificates: the signer's certificate and those of its issuers, DER.
        owners: in order of time, without overlap.
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


class SealRegister(Protocol):
    """Where registered seals are kept; every change is announced to all replicas."""

    async def find(self, seal_id: str) -> RegisteredSeal | None:
        """The seal of this id."""
        ...

    async def page(self, body: str | None, after: str | None, most: int) -> Sequence[RegisteredSeal]:
        """Seals that a body owns now (all of them for None), in order of id, after this one."""
        ...

    async def put(self, seal: RegisteredSeal, also: Also | None = None) -> bool:
        """Keep version 1 of a new seal, or the version that follows the one which is there; False otherwise."""
        ...
