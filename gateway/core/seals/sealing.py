"""A sealing: one document that is to get one seal, from the request to its release.

    PREPARED → APPROVAL        nothing has been done; a document that somebody has to approve was opened and counted
    PREPARED ← APPROVAL        somebody did
    SEALING                    the seal is being used, or a platform was asked to use it
    VERIFYING                  there is a sealed document, which nobody may have yet
    RELEASED | FAILED          the end: it was verified, or there is none
    IN_DOUBT                   nobody knows whether it was sealed; reconciliation or a person says

Each step gives the next version. What the rules forbid cannot be written: nothing is released that was not verified;
a platform is asked once for a sealing, unless it honours keys or has said that it does not know this one; and what
may have been sealed never ends as if it had not.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.audit.events import UseReference
from gateway.core.caller import Caller
from gateway.core.files import Owner
from gateway.core.seals.attempt import Attempt, followed, told
from gateway.core.seals.place import Place
from gateway.core.seals.platform import SealStatus
from gateway.core.seals.verification import Verdict, Verification
from gateway.core.trouble import Trouble

LONGEST_KEY: Final = 128
"""Characters of an idempotency key."""
UNKNOWN_TIMES: Final = 2
"""How often a platform must say that it does not know a key before it is believed."""


class SealingState(StrEnum):
    """How far a sealing is."""

    PREPARED = "PREPARED"
    APPROVAL = "APPROVAL"
    SEALING = "SEALING"
    VERIFYING = "VERIFYING"
    RELEASED = "RELEASED"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"


ENDED: Final = frozenset({SealingState.RELEASED, SealingState.FAILED})
"""States that last."""
UNTOUCHED: Final = frozenset({SealingState.PREPARED, SealingState.APPROVAL})
"""States in which the seal has not been used."""


class Settler(StrEnum):
    """Who said what became of a sealing in doubt."""

    RECONCILIATION = "RECONCILIATION"
    PERSON = "PERSON"


class WrongStep(ValueError):
    """A step that the rules of a sealing forbid in its state: a defect of whoever takes it."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the store of files: its id there, what it is called, and what it is."""

    file: str
    name: str
    media_type: str
    bytes: int
    sha256: str

    def __repr__(self) -> str:
        """Size only: the id opens it, the name may be a person's."""
        return f"Document({self.bytes} bytes)"


class Approval(msgspec.Struct, frozen=True):
    """Another officer of the seal's owner let it be used."""

    by: Caller
    at: datetime


class Sealing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a sealing.

    Attributes:
        id: opaque, random. ``key`` is the caller's idempotency key, ``request`` the digest of what came with it.
        caller: who asked, as far as rules and log need him; ``request_id`` is his request.
        batch: of the call that asked for many.
        seal: the register's id; ``seal_version`` of the entry that was asked under or, later, that was used;
            ``seal_number`` the seal's own number.
        platform: whom the seal's route names; None for a key of this gateway.
        pages: how many the document has, once it was counted.
        two_person: another officer has to let the seal be used, as its rule was when it was asked for.
        stamped_at: the time that the signature states.
        heard_unknown: when the platform said that it does not know the key, since the last attempt.
        number: the platform's own number of the request.
        signature: what a platform made of the digest.
        result: the sealed document. It is the caller's only when it is released.
        troubles: why it is not released, or waits.
        settled_by: who said what became of it while it was in doubt; ``settler`` the person; ``reason`` his words.
        callback: by this the platform tells that it is done.
    """

    id: str
    key: str
    request: bytes
    caller: Caller
    request_id: str
    seal: str
    seal_version: int
    seal_number: str
    use: UseReference
    place: Place
    input: Document
    requested_at: datetime
    changed_at: datetime
    callback: str
    batch: str | None = None
    platform: str | None = None
    state: SealingState = SealingState.PREPARED
    version: int = 1
    pages: int | None = None
    two_person: bool = False
    approval: Approval | None = None
    stamped_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    heard_unknown: tuple[datetime, ...] = ()
    number: str | None = None
    signature: bytes | None = None
    result: Document | None = None
    verification: Verification | None = None
    troubles: tuple[Trouble, ...] = ()
    settled_by: Settler | None = None
    settler: Caller | None = None
    reason: str | None = None

    def __repr__(self) -> str:
        """State only: it names a person and a case."""
        return f"Sealing({self.state.value}, version {self.version})"

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return Owner.of(self.caller)

    @property
    def order_key(self) -> str:
        """By which a platform knows it again: always the same, and nobody's secret."""
        return "yw-" + hashlib.sha256(self.id.encode()).hexdigest()[:32]

    @property
    def is_exposed(self) -> bool:
        """Whether a platform may have sealed it, or may yet, and has not said that it did not."""
        return any(attempt.is_open for attempt in self.attempts)

    @property
    def was_accepted(self) -> bool:
        """Whether a platform said that it would do it."""
        return self.number is not None or any(one.told is SealStatus.PENDING for one in self.attempts)

    @property
    def next_number(self) -> int:
        """The number of the next attempt."""
        return self.attempts[-1].number + 1 if self.attempts else 1

    # ---- before the seal is used

    @property
    def is_unapproved(self) -> bool:
        """Whether another officer has to let the seal be used, and has not."""
        return self.state is SealingState.APPROVAL or (self.two_person and self.approval is None)

    @property
    def is_unseen(self) -> bool:
        """Whether its document has to be opened and counted before anybody is asked to approve it."""
        return self.state in UNTOUCHED and self.is_unapproved and self.pages is None

    def present(self, pages: int, media_type: str, at: datetime) -> "Sealing":
        """The document was opened, and is one that the seal may be put on: it waits for the approval of that."""
        if not self.is_unseen:
            raise WrongStep("nobody has to approve it, or it was presented before")
        told = msgspec.structs.replace(self.input, media_type=media_type)
        return self._next(at, state=SealingState.APPROVAL, pages=pages, input=told)

    def approve(self, approval: Approval) -> "Sealing":
        """It waits no more."""
        self._must_be(SealingState.APPROVAL)
        if self.is_unseen:
            raise WrongStep("nobody has looked at what would be approved")
        return self._next(approval.at, state=SealingState.PREPARED, approval=approval)

    def refuse(self, trouble: Trouble, at: datetime, reason: str | None = None) -> "Sealing":
        """It ends before the seal was used: cancelled, not approved, or not allowed any more."""
        self._must_be(*UNTOUCHED)
        return self._next(at, state=SealingState.FAILED, troubles=(trouble,), reason=reason)

    # ---- sealing

    def intend(self, attempt: Attempt, *, pages: int, seal_version: int, stamped_at: datetime) -> "Sealing":
        """The seal is going to be used, or asked for: nothing is sent before this is written down.

        Raises:
            WrongStep: what was asked for before may have been done, and this would be done besides; or it is not
                approved.
        """
        self._must_be(SealingState.PREPARED, SealingState.SEALING)
        if self.is_unapproved:
            raise WrongStep("nobody has approved it")
        if not all(attempt.repeats(earlier) for earlier in self.attempts if earlier.is_open):
            raise WrongStep("an earlier attempt may have been carried out")
        if self.is_exposed and self.stamped_at != stamped_at:
            raise WrongStep("a signature that states another time is another signature")
        return self._next(
            attempt.at,
            state=SealingState.SEALING,
            attempts=followed(self.attempts, attempt),
            platform=attempt.platform,
            heard_unknown=(),
            pages=pages,
            seal_version=seal_version,
            stamped_at=stamped_at,
            troubles=self.troubles if attempt.platform is None else (),
        )

    def wait(self, trouble: Trouble) -> "Sealing":
        """What it needs is not to be had now; it is tried again, and until then this is why it does not go on."""
        self._must_be(SealingState.PREPARED, SealingState.SEALING)
        return self if self.troubles == (trouble,) else self._next(self.changed_at, troubles=(trouble,))

    @property
    def unclear(self) -> int:
        """How many of the attempts that are remembered got an answer that cannot be used."""
        return sum(attempt.is_unclear for attempt in self.attempts)

    def mistake(self) -> "Sealing":
        """What the platform said to the last attempt cannot be used; goes with ``hear``."""
        *earlier, last = self.attempts
        return msgspec.structs.replace(self, attempts=(*earlier, msgspec.structs.replace(last, is_unclear=True)))

    def hear(self, status: SealStatus, at: datetime, number: str | None = None, code: str | None = None) -> "Sealing":
        """What the platform said to the last attempt, but for a result and for what it says to a query."""
        self._must_be(SealingState.SEALING)
        *earlier, last = self.attempts
        return self._next(at, attempts=(*earlier, told(last, status, code)), number=number or self.number)

    def deny(self, at: datetime, code: str | None = None) -> "Sealing":
        """The platform was asked what became of it and said: it is not done and will not be."""
        self._must_be(SealingState.SEALING)
        return self._next(at, attempts=self._cleared(SealStatus.REFUSED, code))

    def miss(self, at: datetime, apart: timedelta) -> "Sealing":
        """The platform was asked and does not know the key. It is believed when it has said so twice.

        Only what it says long enough after the last attempt counts, and so long after the time before: what is still
        on its way is unknown to it too.
        """
        self._must_be(SealingState.SEALING)
        if self.was_accepted:
            raise WrongStep("who took a request does not know it any more: nobody knows what became of it")
        if at - max([self.attempts[-1].at, *self.heard_unknown]) < apart:
            return self
        heard = (*self.heard_unknown, at)
        if len(heard) < UNKNOWN_TIMES:
            return self._next(at, heard_unknown=heard)
        return self._next(at, attempts=self._cleared(SealStatus.UNKNOWN_KEY, None), heard_unknown=(), number=None)

    def sign(self, signature: bytes, at: datetime, number: str | None = None) -> "Sealing":
        """The platform gave its signature, which is put into the document here."""
        self._must_be(SealingState.SEALING, SealingState.IN_DOUBT)
        done = self._cleared(SealStatus.DONE, None)
        return self._next(
            at,
            state=SealingState.SEALING,
            attempts=done,
            signature=signature,
            number=number or self.number,
            troubles=(),
        )

    def receive(self, result: Document, at: datetime, number: str | None = None) -> "Sealing":
        """There is a document that should be the sealed one; what was in doubt is so until that has been verified."""
        self._must_be(SealingState.SEALING, SealingState.IN_DOUBT)
        is_known = self.state is SealingState.SEALING
        return self._next(
            at,
            state=SealingState.VERIFYING,
            attempts=self._cleared(SealStatus.DONE, None) if is_known else self.attempts,
            result=result,
            number=number or self.number,
            troubles=() if is_known else self.troubles,
        )

    # ---- the end

    def verify(self, verification: Verification, at: datetime, trouble: Trouble) -> "Sealing":
        """It is released if it is the original with this seal, valid, and nothing else; else it fails for ``trouble``.

        The document that failed is kept as evidence and never given out. If it was to settle a doubt, the doubt stays:
        it may have been another one's, and the right one may be there all the same.
        """
        self._must_be(SealingState.VERIFYING)
        done = self._cleared(SealStatus.DONE, None)
        if verification.verdict is Verdict.VALID:
            return self._next(at, state=SealingState.RELEASED, verification=verification, attempts=done, troubles=())
        if self.settled_by is not None and self.is_exposed:
            return self._next(at, state=SealingState.IN_DOUBT, verification=verification)
        return self._next(at, state=SealingState.FAILED, verification=verification, attempts=done, troubles=(trouble,))

    def fail(self, trouble: Trouble, at: datetime) -> "Sealing":
        """It ends without a sealed document.

        Raises:
            WrongStep: a platform may have sealed it.
        """
        self._must_be(*UNTOUCHED, SealingState.SEALING, SealingState.VERIFYING)
        if self.is_exposed:
            raise WrongStep("what may have been sealed does not end as if it had not")
        return self._next(at, state=SealingState.FAILED, troubles=(trouble,))

    def doubt(self, trouble: Trouble, at: datetime) -> "Sealing":
        """Nobody knows, and asking again does not help."""
        self._must_be(SealingState.SEALING, SealingState.VERIFYING)
        if not self.is_exposed:
            raise WrongStep("nothing may have been sealed, so there is no doubt")
        return self._next(at, state=SealingState.IN_DOUBT, troubles=(trouble,))

    # ---- out of doubt

    def settle_unsealed(
        self, by: Settler, trouble: Trouble, at: datetime, person: Caller | None = None, reason: str | None = None
    ) -> "Sealing":
        """The platform's log, or a person, says that it was never sealed."""
        self._must_be(SealingState.IN_DOUBT)
        return self._next(
            at,
            state=SealingState.FAILED,
            attempts=self._cleared(SealStatus.REFUSED, None),
            troubles=(trouble,),
            settled_by=by,
            settler=person,
            reason=reason,
        )

    def settle_sealed(
        self, by: Settler, result: Document, at: datetime, person: Caller | None = None, reason: str | None = None
    ) -> "Sealing":
        """Here is the document that the platform made: it still has to be verified."""
        self._must_be(SealingState.IN_DOUBT)
        received = self.receive(result, at)
        return msgspec.structs.replace(received, settled_by=by, settler=person, reason=reason)

    def learn_number(
        self, by: Settler, number: str, at: datetime, person: Caller | None = None, reason: str | None = None
    ) -> "Sealing":
        """The platform's number for it is known: it can be asked for by that."""
        self._must_be(SealingState.IN_DOUBT)
        return self._next(at, number=number, settled_by=by, settler=person, reason=reason)

    def unlearn_number(self, trouble: Trouble, at: datetime) -> "Sealing":
        """The number that a person told is not this sealing's: in doubt as before, and nobody has settled it."""
        self._must_be(SealingState.IN_DOUBT)
        return self._next(at, number=None, settled_by=None, settler=None, reason=None, troubles=(trouble,))

    def _cleared(self, status: SealStatus, code: str | None) -> tuple[Attempt, ...]:
        return tuple(told(one, status, code) if one.is_open else one for one in self.attempts)

    def _must_be(self, *states: SealingState) -> None:
        if self.state not in states:
            raise WrongStep(f"not in {self.state.value}")

    def _next(self, at: datetime, **changed: object) -> "Sealing":
        return msgspec.structs.replace(self, changed_at=at, version=self.version + 1, **changed)
