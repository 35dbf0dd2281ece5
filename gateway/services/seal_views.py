"""What those who may look into the seal register see of a seal: never where its key is, officers only if they may."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Person, Role
from gateway.core.clock import china_date
from gateway.core.policy.rules import ANY
from gateway.core.seals.register import Authorisation, Ownership, RegisteredSeal, RouteKind, SealState

SEE_ALL: Final = frozenset({Role.HUB, Role.OPERATIONS, Role.AUDITOR})
_SEE_ACCOUNTS: Final = frozenset({Role.HUB, Role.AUDITOR})
_OF_BODIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT})


class AuthorisationView(msgspec.Struct, frozen=True):
    """An authorisation; ``accounts`` is None where they are not the reader's to see, or nothing narrows them."""

    authorisation: Authorisation
    accounts: tuple[str, ...] | None


class SealView(msgspec.Struct, frozen=True, kw_only=True):
    """A seal as one person sees it; fields as in RegisteredSeal.

    Attributes:
        owner: who owns it now.
        platform: code of the platform that has its key; None where this gateway has it.
        reason: None where it is not the reader's to see.
        authorisations: those that the reader may see: the owner and who sees everything all, others their own.
    """

    id: str
    number: str
    name: str
    state: SealState
    state_since: datetime | None
    reason: str | None
    owner: str | None
    owners: tuple[Ownership, ...]
    valid_from: datetime
    valid_until: datetime
    route: RouteKind
    platform: str | None
    two_person: bool
    authorisations: tuple[AuthorisationView, ...]
    version: int


def view(seal: RegisteredSeal, reader: Person, bodies: Bodies, at: datetime) -> SealView:
    """The seal as ``reader`` sees it, who may see it at all."""
    is_owner = reader.role in _OF_BODIES and seal.is_owned(reader.body, at, bodies)
    sees_all = is_owner or reader.role in SEE_ALL
    owner = seal.owner(at)
    return SealView(
        id=seal.id,
        number=seal.number,
        name=seal.name,
        state=seal.state,
        state_since=seal.state_since,
        reason=seal.reason if sees_all else None,
        owner=None if owner is None else owner.body,
        owners=seal.owners,
        valid_from=seal.valid_from,
        valid_until=seal.valid_until,
        route=seal.route.kind,
        platform=seal.route.platform,
        two_person=seal.two_person,
        authorisations=tuple(_authorisations(seal, reader, bodies, at, is_owner=is_owner)),
        version=seal.version,
    )


def is_seen(seal: RegisteredSeal, reader: Person, bodies: Bodies, at: datetime) -> bool:
    """Whether the reader may see the seal: his body owns it, or is authorised to use it."""
    if reader.role in SEE_ALL:
        return True
    if reader.role not in _OF_BODIES or reader.body is None:
        return False
    is_authorised = any(_covers(one, reader.body, bodies, at) and not one.is_over(at) for one in seal.authorisations)
    return is_authorised or seal.is_owned(reader.body, at, bodies)


def reads_for_body(reader: Person) -> str | None:
    """The body for which somebody reads who does not see everything; None if he reads for none."""
    return reader.body if reader.role in _OF_BODIES else None


def _authorisations(
    seal: RegisteredSeal, reader: Person, bodies: Bodies, at: datetime, *, is_owner: bool
) -> Iterator[AuthorisationView]:
    sees_accounts = reader.role in _SEE_ACCOUNTS or (is_owner and reader.role is Role.DEPARTMENT)
    for one in seal.authorisations:
        if is_owner or reader.role in SEE_ALL or _covers(one, reader.body, bodies, at):
            shown = sees_accounts and one.accounts is not None
            yield AuthorisationView(one, tuple(sorted(one.accounts or ())) if shown else None)


def _covers(one: Authorisation, body: str | None, bodies: Bodies, at: datetime) -> bool:
    day = china_date(at)
    return body is not None and (ANY in one.bodies or any(bodies.same(code, body, day) for code in one.bodies))
