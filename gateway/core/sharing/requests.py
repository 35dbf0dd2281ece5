"""Share requests: a state machine that only its parties move, each by their own steps, all of them on the record.

    DRAFT → OWN_APPROVAL (where required) → SUBMITTED → COMPLIANCE → WITH_PROVIDER → APPROVED | PARTLY_APPROVED
    SUBMITTED → APPROVED for unconditional resources, by the gateway: they skip the decision, never the record
    RETURNED from any of these and back · REFUSED by whoever decides · WITHDRAWN by the requester · EXPIRED by time

Every method gives the next version of the request or raises a Refusal; none changes one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.deadlines import Run, Stage
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.moves import AT_INTAKE, FROM, bounded_text, misplaced
from gateway.core.sharing.parties import Acted, Actor, Party, require_party
from gateway.core.sharing.reasons import Reasons, ReasonUse
from gateway.core.sharing.request_clock import marks_of, runs_of
from gateway.core.sharing.resources import Authority, Resource, SharingType
from gateway.core.sharing.soundness import require_sound
from gateway.core.sharing.steps import (
    ENDED,
    IN_CHARGE,
    MOST_ATTACHMENTS,
    MOST_MESSAGES,
    MOST_STEPS,
    Action,
    Attachment,
    Effect,
    Mark,
    Message,
    Purpose,
    RequestState,
    Step,
)
from gateway.core.sharing.terms import Terms

_TRACKED: Final = frozenset({RequestState.WITH_PROVIDER, RequestState.WITHDRAWN})


class ShareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of one body for one resource.

    Attributes:
        region: whose deadlines apply.
        drafted_by: subject of the person who began it; ``revised_by`` of those who changed the draft.
        published: whether the catalogue had published the resource.
        requester, own_office, authority, provider: credit codes of the parties; ``own_office`` is None where the
            requester needs nobody's approval to submit.
        wanted: what is asked for; ``granted`` what was approved, never more.
        expires_at: when a draft or a returned request expires.
        returned_from: where it goes back to; ``goes_to`` where its own office's approval leads.
        forwarding: at the exchange, if that decides.
        delivered_at: when a grant was made.
        version: from 1, one more for every change.
    """

    id: str
    resource: str
    resource_version: int
    sharing: SharingType
    decided_by: Authority
    region: str
    requester: str
    authority: str
    provider: str
    drafted_by: str
    drafted_at: datetime
    wanted: Terms
    purpose: Purpose
    revised_by: frozenset[str] = frozenset()
    own_office: str | None = None
    published: bool = True
    state: RequestState = RequestState.DRAFT
    granted: Terms | None = None
    expires_at: datetime | None = None
    returned_from: RequestState | None = None
    goes_to: RequestState | None = None
    forwarding: Forwarding | None = None
    delivered_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[Message, ...] = ()
    version: int = 1

    def __repr__(self) -> str:
        """Id and state only: a request names persons."""
        return f"ShareRequest(id={self.id!r}, state={self.state.value})"

    @property
    def bodies(self) -> frozenset[str]:
        """The bodies that can act in it."""
        named = (self.requester, self.own_office, self.authority, self.provider)
        return frozenset(code for code in named if code is not None)

    @property
    def acted(self) -> tuple[Acted, ...]:
        """Who acted, and for whom: drafting, writing and adding files included."""
        authors = (Acted(subject, Party.REQUESTER) for subject in (self.drafted_by, *sorted(self.revised_by)))
        added = (*(one.added_by for one in self.attachments), *(one.by for one in self.messages))
        return (*authors, *(step.by for step in self.steps), *added)

    def runs(self) -> tuple[Run, ...]:
        """The stages that it went through, as their clocks see them."""
        return runs_of(self.steps, self._run)

    def in_charge(self) -> Party | None:
        """Who is to take the next step; None of a request that has ended."""
        if self.state is RequestState.SUBMITTED and self.sharing is SharingType.UNCONDITIONAL:
            return Party.GATEWAY
        if self.state is RequestState.WITH_PROVIDER and self.decided_by is Authority.UPSTREAM:
            return Party.GATEWAY
        return IN_CHARGE.get(self.state)

    # ---- the requester's side

    def revise(self, wanted: Terms, purpose: Purpose, *, by: Actor) -> "ShareRequest":
        """The draft with other terms or purpose."""
        if self.state is not RequestState.DRAFT:
            raise misplaced(self.state, Action.SUBMIT)
        acted = self._party(by, Party.REQUESTER)
        return self._changed(wanted=wanted, purpose=purpose, revised_by=self.revised_by | {acted.subject})

    def submit(self, resource: Resource, needed: frozenset[str], *, by: Actor, at: datetime) -> "ShareRequest":
        """Submitted, to its own office first where that is required.

        ``resource`` is as the catalogue has it now, ``needed`` are the fields that the items need of it.
        """
        acted = self._may(Action.SUBMIT, by, Party.REQUESTER)
        require_sound(self, resource, needed, self.wanted, self.purpose)
        after = RequestState.OWN_APPROVAL if self.own_office else RequestState.SUBMITTED
        return self._moved(
            Action.SUBMIT,
            after,
            acted,
            at,
            resource_version=resource.version,
            sharing=resource.sharing,
            decided_by=resource.authority,
            expires_at=None,
        )

    def approve_own(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Approved by the requester's own office, another person than whoever asked."""
        acted = self._may(Action.APPROVE_OWN, by, Party.OWN_OFFICE)
        after = self.goes_to or RequestState.SUBMITTED
        return self._moved(Action.APPROVE_OWN, after, acted, at, goes_to=None)

    def resubmit(
        self, resource: Resource, needed: frozenset[str], wanted: Terms, purpose: Purpose, *, by: Actor, at: datetime
    ) -> "ShareRequest":
        """Submitted again after a return; what was changed is approved by its own office again."""
        acted = self._may(Action.RESUBMIT, by, Party.REQUESTER)
        require_sound(self, resource, needed, wanted, purpose)
        back = self.returned_from or RequestState.SUBMITTED
        is_changed = (wanted, purpose) != (self.wanted, self.purpose)
        if back is RequestState.OWN_APPROVAL or not (self.own_office and is_changed):
            after, goes_to = back, self.goes_to
        else:
            after, goes_to = RequestState.OWN_APPROVAL, back
        return self._moved(
            Action.RESUBMIT,
            after,
            acted,
            at,
            wanted=wanted,
            purpose=purpose,
            goes_to=goes_to,
            returned_from=None,
            expires_at=None,
            resource_version=resource.version,
        )

    def withdraw(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Withdrawn before there was a decision."""
        acted = self._may(Action.WITHDRAW, by, Party.REQUESTER)
        return self._moved(Action.WITHDRAW, RequestState.WITHDRAWN, acted, at)

    # ---- who decides

    def take_up(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Taken up by the competent authority, which checks its compliance."""
        acted = self._may(Action.TAKE_UP, by)
        return self._moved(Action.TAKE_UP, RequestState.COMPLIANCE, acted, at)

    def pass_on(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Compliant; now with the provider, or with the exchange."""
        acted = self._may(Action.PASS, by)
        return self._moved(Action.PASS, RequestState.WITH_PROVIDER, acted, at)

    def open(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Approved as asked for, since it is shared unconditionally; or on to the exchange that numbers it."""
        acted = self._may(Action.OPEN, by, Party.GATEWAY)
        if self.decided_by is Authority.UPSTREAM:
            return self._moved(Action.OPEN, RequestState.WITH_PROVIDER, acted, at)
        return self._moved(Action.OPEN, RequestState.APPROVED, acted, at, granted=self.wanted)

    def decide(
        self,
        granted: Terms,
        reasons: Reasons,
        *,
        by: Actor,
        at: datetime,
        reason: str | None = None,
        note: str | None = None,
    ) -> "ShareRequest":
        """Approved in whole, or in part for a reason of the lists; by the gateway what an exchange has decided.

        Raises:
            Refusal: the terms go beyond what was asked for, or open nothing.
        """
        acted = self._may(Action.DECIDE, by)
        if empty := granted.emptiness():
            raise Refusal(problems.SHARE_INVALID, "granted", reason=empty)
        if not granted.is_within(self.wanted):
            raise Refusal(problems.SHARE_BEYOND_REQUEST, "granted", reason=problems.BEYOND_WANTED)
        if self.wanted.is_within(granted):
            after, code = RequestState.APPROVED, None
        else:
            after, code = RequestState.PARTLY_APPROVED, reasons.require(ReasonUse.REFUSE, reason or "").code
        settled = self._settled(at)
        return self._moved(Action.DECIDE, after, acted, at, reason=code, note=note, granted=granted, forwarding=settled)

    def refuse(
        self, reasons: Reasons, reason: str, *, by: Actor, at: datetime, note: str | None = None
    ) -> "ShareRequest":
        """Refused for a reason of the lists by whoever is in charge."""
        acted = self._may(Action.REFUSE, by)
        code = reasons.require(ReasonUse.REFUSE, reason).code
        settled = self._settled(at, Forwarding.declined)
        return self._moved(Action.REFUSE, RequestState.REFUSED, acted, at, reason=code, note=note, forwarding=settled)

    def return_(
        self,
        reasons: Reasons,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        until: datetime,
        note: str | None = None,
    ) -> "ShareRequest":
        """Returned to the requester, who has until then to send it back; its clock stands still."""
        acted = self._may(Action.RETURN, by)
        code = reasons.require(ReasonUse.RETURN, reason).code
        if until <= at:
            raise Refusal(problems.SHARE_INVALID, "until", reason=problems.NO_TIME_LEFT)
        return self._moved(
            Action.RETURN,
            RequestState.RETURNED,
            acted,
            at,
            reason=code,
            note=note,
            returned_from=self.state,
            expires_at=until,
        )

    def extend(self, note: str, *, by: Actor, at: datetime) -> "ShareRequest":
        """Given the one extension of its present stage; ``note`` is the notice to the requester."""
        acted = self._may(Action.EXTEND, by)
        moved = self._moved(Action.EXTEND, self.state, acted, at, note=note)
        stage = moved.steps[-1].marks[0].stage
        if any(Mark(stage, Effect.EXTEND) in step.marks for step in self.steps):
            raise Refusal(problems.SHARE_EXTENDED_ALREADY)
        return moved

    # ---- the gateway

    def expire(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Over, since it waited for the requester for too long."""
        acted = self._may(Action.EXPIRE, by, Party.GATEWAY)
        if self.expires_at is None or at < self.expires_at:
            raise misplaced(self.state, Action.EXPIRE)
        return self._moved(Action.EXPIRE, RequestState.EXPIRED, acted, at)

    def deliver(self, *, by: Actor, at: datetime) -> "ShareRequest":
        """Its grant was made."""
        acted = self._may(Action.DELIVER, by, Party.GATEWAY)
        if self.delivered_at is not None:
            raise misplaced(self.state, Action.DELIVER)
        return self._moved(Action.DELIVER, self.state, acted, at, delivered_at=at)

    def forward(self, forwarding: Forwarding, *, by: Actor) -> "ShareRequest":
        """Queued for the exchange that decides."""
        if self.state is not RequestState.WITH_PROVIDER or self.forwarding is not None:
            raise misplaced(self.state, Action.PASS)
        self._party(by, Party.GATEWAY)
        return self._changed(forwarding=forwarding)

    def track(self, change: Callable[[Forwarding], Forwarding], *, by: Actor) -> "ShareRequest":
        """With the next state of its forwarding, which goes on to be told upstream after it was withdrawn here."""
        if self.state not in _TRACKED or self.forwarding is None:
            raise misplaced(self.state, Action.PASS)
        self._party(by, Party.GATEWAY)
        return self._changed(forwarding=change(self.forwarding))

    # ---- what every party may add while it is open

    def attach(self, attachment: Attachment, *, by: Actor, party: Party) -> "ShareRequest":
        """With one more file."""
        acted = self._adding(by, party, len(self.attachments), MOST_ATTACHMENTS)
        added = msgspec.structs.replace(attachment, added_by=acted)
        return self._changed(attachments=(*self.attachments, added))

    def write(self, text: str, *, by: Actor, party: Party, at: datetime) -> "ShareRequest":
        """With one more message."""
        acted = self._adding(by, party, len(self.messages), MOST_MESSAGES)
        return self._changed(messages=(*self.messages, Message(acted, at, bounded_text(text, "text"))))

    # ---- how

    def _adding(self, by: Actor, party: Party, count: int, most: int) -> Acted:
        if self.state in ENDED:
            raise misplaced(self.state, Action.SUBMIT)
        acted = self._party(by, party)
        if count >= most:
            raise Refusal(problems.SHARE_TOO_MANY, limit=most)
        return acted

    def _may(self, action: Action, by: Actor, party: Party | None = None) -> Acted:
        """That the action belongs here and the actor to the party, by default the one in charge."""
        is_decided_by_law = self.state is RequestState.SUBMITTED and self.sharing is SharingType.UNCONDITIONAL
        if self.state not in FROM[action] or (action in AT_INTAKE and is_decided_by_law is not (action is Action.OPEN)):
            raise misplaced(self.state, action)
        return self._party(by, party or self.in_charge() or Party.GATEWAY)

    def _party(self, by: Actor, party: Party) -> Acted:
        body = {
            Party.REQUESTER: self.requester,
            Party.OWN_OFFICE: self.own_office,
            Party.AUTHORITY: self.authority,
            Party.PROVIDER: self.provider,
        }.get(party)
        return require_party(by, party, body, self.acted)

    def _settled(
        self, at: datetime, how: Callable[[Forwarding, datetime], Forwarding] = Forwarding.decided
    ) -> Forwarding | None:
        """Its forwarding: what an exchange decided is decided there too."""
        if self.state is not RequestState.WITH_PROVIDER or self.decided_by is not Authority.UPSTREAM:
            return self.forwarding
        if self.forwarding is None:
            raise misplaced(self.state, Action.DECIDE)
        return how(self.forwarding, at)

    def _moved(
        self,
        action: Action,
        after: RequestState,
        acted: Acted,
        at: datetime,
        *,
        reason: str | None = None,
        note: str | None = None,
        **changes: Any,  # noqa: ANN401 - fields of a request
    ) -> "ShareRequest":
        if len(self.steps) >= MOST_STEPS and after not in ENDED:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_STEPS)
        sharing = changes.get("sharing", self.sharing)
        step = Step(
            number=len(self.steps) + 1,
            action=action,
            before=self.state,
            after=after,
            by=acted,
            at=max([at, *(step.at for step in self.steps[-1:])]),
            marks=marks_of(action, self.state, after, sharing, (self.returned_from, self.goes_to)),
            reason=reason,
            note=None if note is None else bounded_text(note, "note"),
        )
        return self._changed(state=after, steps=(*self.steps, step), **changes)

    def _run(self, stage: Stage, started: datetime) -> Run:
        return Run(
            id=self.id,
            stage=stage,
            sharing=self.sharing,
            region=self.region,
            published=self.published,
            started=started,
        )

    def _changed(self, **changes: Any) -> "ShareRequest":  # noqa: ANN401 - fields of a request
        return msgspec.structs.replace(self, version=self.version + 1, **changes)
