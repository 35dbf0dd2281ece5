"""Who sees what of a dispute: its two sides, whoever received the record once there is an answer, and supervision."""

from datetime import date
from typing import Final

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Person, Role
from gateway.core.sharing.corrections import Dispute, DisputeRole
from gateway.core.sharing.recipients import Recipient
from gateway.services.sharing.sight import SEE_ALL

_OF_BODIES: Final = frozenset({Role.OFFICER, Role.DEPARTMENT, Role.HUB})
_SIDES: Final = frozenset({DisputeRole.REPORTER, DisputeRole.SOURCE})
_READERS: Final = _SIDES | {DisputeRole.AUTHORITY}


class SeenDispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute as one reader sees it.

    Attributes:
        roles: what his body has to do with it; none for supervision.
        recipients: those that he may know of: all of them for the source and supervision, else his own body's.
    """

    dispute: Dispute
    roles: frozenset[DisputeRole]
    recipients: tuple[Recipient, ...]

    @property
    def shows_claim(self) -> bool:
        """Whether he reads what is said to be wrong, and by whom; a mere recipient reads the answer."""
        return not self.roles or bool(self.roles & _READERS)

    @property
    def opens_evidence(self) -> bool:
        """Whether he can fetch the evidence: that is for the two sides."""
        return bool(self.roles & _SIDES)


def see(dispute: Dispute, person: Person, authority: str | None, bodies: Bodies, on: date) -> SeenDispute | None:
    """The dispute as the person sees it; None if it is not his to see. ``authority`` is competent for its region."""
    body = person.body if person.role in _OF_BODIES else None
    own = () if body is None else tuple(one for one in dispute.recipients if bodies.same(one.body, body, on))
    named = {DisputeRole.REPORTER: dispute.delivery.body, DisputeRole.SOURCE: dispute.source}
    roles = {role for role, code in named.items() if body is not None and bodies.same(code, body, on)}
    if own:
        roles.add(DisputeRole.RECIPIENT)
    if body is not None and authority is not None and bodies.same(authority, body, on):
        roles.add(DisputeRole.AUTHORITY)
    supervises = person.role in SEE_ALL
    if not roles and not supervises:
        return None
    sees_all = supervises or bool(roles & {DisputeRole.SOURCE, DisputeRole.AUTHORITY})
    is_reader = bool(roles & _READERS)
    return SeenDispute(
        dispute=dispute,
        roles=frozenset(roles) if is_reader or not supervises else frozenset(),
        recipients=dispute.recipients if sees_all else own,
    )
