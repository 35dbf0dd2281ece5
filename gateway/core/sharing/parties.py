"""Who acts in a request or a dispute, and that nobody acts on both of its sides."""

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.bodies import Bodies
from gateway.core.errors import Refusal
from gateway.core.text import Text


class Party(StrEnum):
    """In which part somebody acts."""

    REQUESTER = "REQUESTER"
    OWN_OFFICE = "OWN_OFFICE"
    AUTHORITY = "AUTHORITY"
    PROVIDER = "PROVIDER"
    GATEWAY = "GATEWAY"


PARTY_NAMES: Final = {
    Party.REQUESTER: Text("申请单位", "the requester"),
    Party.OWN_OFFICE: Text("申请单位的数据共享主管处室", "the requester's own sharing office"),
    Party.AUTHORITY: Text("数据共享主管部门", "the competent authority"),
    Party.PROVIDER: Text("数据提供单位", "the provider"),
    Party.GATEWAY: Text("网关", "the gateway itself"),
}

_OWN_SIDE: Final = frozenset({Party.REQUESTER, Party.OWN_OFFICE})


class Actor(msgspec.Struct, frozen=True):
    """A person, and the bodies of the record in whose name he can act; the gateway itself has no subject.

    Attributes:
        subject: whom the issuer means.
        bodies: credit codes as the record spells them.
    """

    subject: str | None
    bodies: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Nobody is named."""
        return f"Actor(gateway={self.subject is None})"


GATEWAY: Final = Actor(None)
"""The gateway, which acts by itself where rules or an exchange have decided."""


def acting(subject: str, body: str, named: frozenset[str], bodies: Bodies, on: date) -> Actor:
    """The person of a body as an actor: for those of the ``named`` bodies that are his, or that his succeeded."""
    return Actor(subject, frozenset(code for code in named if bodies.same(code, body, on)))


class Acted(msgspec.Struct, frozen=True):
    """Somebody acted for a party; None is the gateway."""

    subject: str | None
    party: Party


def require_party(actor: Actor, party: Party, body: str | None, acted: tuple[Acted, ...]) -> Acted:
    """That the actor may act for this party now.

    Args:
        actor: who wants to.
        party: for whom.
        body: that party's, None for the gateway.
        acted: who acted so far.

    Raises:
        Refusal: he is not of that body, has acted on the other side, or would approve what he asked for himself.
    """
    is_of_it = actor.subject is None if party is Party.GATEWAY else actor.subject is not None and body in actor.bodies
    if not is_of_it:
        raise Refusal(problems.SHARE_PARTY, party=PARTY_NAMES[party])
    for one in acted:
        if one.subject == actor.subject and not _is_compatible(one.party, party):
            raise Refusal(problems.SHARE_SAME_PERSON)
    return Acted(actor.subject, party)


def _is_compatible(before: Party, now: Party) -> bool:
    if before is Party.REQUESTER and now is Party.OWN_OFFICE:
        return False
    return (before in _OWN_SIDE) == (now in _OWN_SIDE)
