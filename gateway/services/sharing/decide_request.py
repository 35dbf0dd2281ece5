"""Decide on a request: its own office, the competent authority and the provider, each in their turn."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import SHARE_DECIDED
from gateway.core.call import Call
from gateway.core.clock import utc
from gateway.core.errors import Refusal
from gateway.core.sharing.parties import Actor
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.terms import Terms
from gateway.services.sharing.desk import WAITING, Issued, ShareDesk
from gateway.services.sharing.known_users import verify_users
from gateway.services.sharing.request_share import TermsRequest

MENDING: Final = timedelta(days=30)
"""How long the requester may mend what was returned to him, unless another time is set."""


class Decision(StrEnum):
    """What whoever is in charge of a request does with it."""

    APPROVE_OWN = "APPROVE_OWN"
    TAKE_UP = "TAKE_UP"
    PASS = "PASS"  # noqa: S105 - no password
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    RETURN = "RETURN"
    EXTEND = "EXTEND"


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A decision.

    Attributes:
        granted: what is approved, None for all that was asked for.
        reason: a code of the rules' lists: for REFUSE, RETURN, and APPROVE of a part.
        note: what is said besides; for EXTEND the notice to the requester.
        until: for RETURN, until when it is to be mended; None for MENDING from now.
    """

    id: str
    expected_version: int
    decision: Decision
    granted: TermsRequest | None = None
    reason: str | None = None
    note: str | None = None
    until: datetime | None = None


class DecideRequest:
    """Takes the steps of those who decide."""

    def __init__(self, desk: ShareDesk) -> None:
        self._desk = desk

    async def __call__(self, asked: DecisionRequest, call: Call) -> Issued:
        """The request after the step; once it is approved, with the grant.

        Raises:
            Refusal: FORBIDDEN for whoever is not in charge or acts on the other side too, NOT_FOUND, CONFLICT for
                another version or state, BAD_INPUT for a reason that is none, for more than was asked for, or for whom
                nobody knows.
        """
        desk = self._desk
        async with desk.audit.noting(SHARE_DECIDED, call) as note:
            note.says(action=asked.decision.value)

            def step(request: ShareRequest, by: Actor, at: datetime) -> ShareRequest:
                after = self._stepped(asked, request, by, at, call)
                if after.steps[-1].reason is not None:
                    note.says(reason=after.steps[-1].reason)
                return after

            return await desk.change(asked.id, asked.expected_version, step, call, note)

    def _stepped(  # noqa: PLR0911 - one for each decision
        self, asked: DecisionRequest, request: ShareRequest, by: Actor, at: datetime, call: Call
    ) -> ShareRequest:
        reasons, reason = self._desk.rules.reasons, asked.reason or ""
        match asked.decision:
            case Decision.APPROVE_OWN:
                return request.approve_own(by=by, at=at)
            case Decision.TAKE_UP:
                return request.take_up(by=by, at=at)
            case Decision.PASS:
                return request.pass_on(by=by, at=at)
            case Decision.APPROVE:
                return request.decide(self._granted(asked, request, call), reasons, by=by, at=at, reason=asked.reason)
            case Decision.REFUSE:
                return request.refuse(reasons, reason, by=by, at=at, note=asked.note)
            case Decision.RETURN:
                until = _until(asked, at)
                return request.return_(reasons, reason, by=by, at=at, until=until, note=asked.note)
        return request.extend(asked.note or "", by=by, at=at)

    def _granted(self, asked: DecisionRequest, request: ShareRequest, call: Call) -> Terms:
        parties = frozenset({request.requester, request.provider})
        return verify_users(_granted(asked, request), request.wanted, self._desk, call, parties, "input.granted")


def _granted(asked: DecisionRequest, request: ShareRequest) -> Terms:
    """The terms that are approved: what is not said of them stays as it was asked for."""
    if asked.granted is None:
        return request.wanted
    made = asked.granted.terms(request.requester, request.wanted.valid_from)
    if asked.granted.bodies is None:
        made = msgspec.structs.replace(made, bodies=request.wanted.bodies)
    if asked.granted.persons is None:
        made = msgspec.structs.replace(made, persons=request.wanted.persons)
    return msgspec.structs.replace(made, scope=request.wanted.scope.joined(made.scope))


def _until(asked: DecisionRequest, at: datetime) -> datetime:
    until = at + MENDING if asked.until is None else utc(asked.until)
    if until - at > WAITING:
        raise Refusal(problems.SHARE_INVALID, "input.until", reason=problems.TOO_MUCH_TIME)
    return until
