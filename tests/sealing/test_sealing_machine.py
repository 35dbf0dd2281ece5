"""The state machine of a sealing, driven at random: what must never be is never written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.core import problems
from gateway.core.audit.events import UseReference
from gateway.core.caller import Caller
from gateway.core.delivery import Delivery
from gateway.core.errors import Refusal
from gateway.core.seals.attempt import MOST_KEPT, Attempt, followed
from gateway.core.seals.place import Across
from gateway.core.seals.platform import Mode, SealStatus
from gateway.core.seals.sealing import (
    ENDED,
    Approval,
    Document,
    Sealing,
    SealingState,
    Settler,
    WrongStep,
)
from gateway.core.seals.verification import Verdict
from gateway.core.text import Text
from gateway.core.trouble import Trouble
from gateway.core.use import UseBasis
from tests.sealing.making import HUB, SECOND, judged
from tests.services.fakes import FRONTEND, ITEM, OFFICER, START

APART = timedelta(minutes=3)
TROUBLE = Trouble(problems.SEALING_BROKEN.number)


def a_result(name: str = "result") -> Document:
    return Document(file=name, name="a.pdf", media_type="application/pdf", bytes=3, sha256="ef" * 32)


def a_sealing(**changed: Any) -> Sealing:
    usual: dict[str, Any] = {
        "id": "sealing-1", "key": "key-1", "request": b"request", "caller": Caller(FRONTEND, OFFICER),
        "request_id": "r", "seal": "seal-1", "seal_version": 1, "seal_number": "42010000000001",
        "use": UseReference(reference="ab" * 16, basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1"),
        "place": Across(), "requested_at": START, "changed_at": START, "callback": "callback-1",
        "input": Document(file="f", name="a.pdf", media_type="application/pdf", bytes=1, sha256="cd" * 32),
    }  # fmt: skip
    return Sealing(**usual | changed)


def an_attempt(sealing: Sealing, at: datetime = START, **changed: Any) -> Attempt:
    usual: dict[str, Any] = {
        "number": sealing.next_number, "at": at, "fence": 1, "digest": "cd" * 32, "platform": HUB, "seal": "QZ",
        "mode": Mode.DOCUMENT, "delivery": Delivery.ONCE,
    }  # fmt: skip
    return Attempt(**usual | changed)


def intended(sealing: Sealing, at: datetime = START, **changed: Any) -> Sealing:
    return sealing.intend(an_attempt(sealing, at, **changed), pages=1, seal_version=1, stamped_at=START)


class Machine(RuleBasedStateMachine):
    """A platform that may have sealed after each request, whatever it says; and whoever does what is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.sealing = a_sealing()
        self.at = START
        self.asked: list[Delivery] = []
        self.believed = 0
        self.verified = False

    @initialize(two_person=st.booleans())
    def begin(self, two_person: bool) -> None:
        self.sealing = a_sealing(two_person=two_person)

    @rule(approves=st.booleans())
    def look_and_approve(self, approves: bool) -> None:
        before = self.sealing
        self._try(lambda: self.sealing.present(3, "application/ofd", self.at))
        assert self.sealing is before or (before.two_person and before.attempts == ())
        if approves:
            before = self.sealing
            self._try(lambda: self.sealing.approve(Approval(Caller(FRONTEND, SECOND), self.at)))
            assert self.sealing is before or before.pages == 3, "nobody approves what was not looked at"

    @rule(seconds=st.integers(0, 400))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @rule(delivery=st.sampled_from(Delivery), digest=st.sampled_from(["cd" * 32, "00" * 32]))
    def intend(self, delivery: Delivery, digest: str) -> None:
        before = self.sealing
        try:
            self.sealing = intended(before, self.at, delivery=delivery, digest=digest)
        except WrongStep:
            return
        if before.is_exposed:
            open_ = [one for one in before.attempts if one.is_open]
            assert delivery is Delivery.IDEMPOTENT
            assert all(one.delivery is Delivery.IDEMPOTENT and one.digest == digest for one in open_)
        assert before.state in {SealingState.PREPARED, SealingState.SEALING}

    @rule(status=st.sampled_from([SealStatus.PENDING, SealStatus.REFUSED, SealStatus.NOT_SENT, SealStatus.UNANSWERED]))
    def hear(self, status: SealStatus) -> None:
        self._try(lambda: self.sealing.hear(status, self.at, "N-1" if status is SealStatus.PENDING else None))

    @rule()
    def wait(self) -> None:
        before = self.sealing
        self._try(lambda: self.sealing.wait(TROUBLE))
        assert self.sealing.state is before.state
        assert self.sealing.changed_at == before.changed_at

    @rule()
    def deny(self) -> None:
        self._try(lambda: self.sealing.deny(self.at))

    @rule()
    def miss(self) -> None:
        before = self.sealing
        self._try(lambda: self.sealing.miss(self.at, APART))
        if before.is_exposed and not self.sealing.is_exposed:
            assert len(before.heard_unknown) == 1
            assert self.at - before.heard_unknown[0] >= APART
            assert before.heard_unknown[0] - before.attempts[-1].at >= APART

    @rule(signs=st.booleans())
    def answer(self, signs: bool) -> None:
        if signs:
            self._try(lambda: self.sealing.sign(b"signature", self.at))
        else:
            self._try(lambda: self.sealing.receive(a_result(), self.at))

    @rule(verdict=st.sampled_from(Verdict))
    def verify(self, verdict: Verdict) -> None:
        before = self.sealing
        self._try(lambda: self.sealing.verify(judged(verdict), self.at, TROUBLE))
        if before is not self.sealing:
            self.verified = verdict is Verdict.VALID

    @rule(person=st.booleans())
    def doubt_and_settle(self, person: bool) -> None:
        by = Settler.PERSON if person else Settler.RECONCILIATION
        self._try(lambda: self.sealing.doubt(TROUBLE, self.at))
        self._try(lambda: self.sealing.learn_number(by, "N-2", self.at))

    @rule(sealed=st.booleans())
    def settle(self, sealed: bool) -> None:
        if sealed:
            self._try(lambda: self.sealing.settle_sealed(Settler.PERSON, a_result("theirs"), self.at))
        else:
            self._try(lambda: self.sealing.settle_unsealed(Settler.PERSON, TROUBLE, self.at))

    @rule()
    def fail(self) -> None:
        exposed = self.sealing.is_exposed
        before = self.sealing
        self._try(lambda: self.sealing.fail(TROUBLE, self.at))
        assert not exposed or self.sealing is before, "what may have been sealed never ends as if it had not"

    @precondition(lambda self: self.sealing.state in ENDED)
    @rule()
    def nothing_follows_an_end(self) -> None:
        steps: list[Callable[[], Sealing]] = [
            lambda: intended(self.sealing),
            lambda: self.sealing.receive(a_result(), self.at),
            lambda: self.sealing.refuse(TROUBLE, self.at),
        ]
        for step in steps:
            with pytest.raises(WrongStep):
                step()

    @invariant()
    def nothing_unverified_is_released(self) -> None:
        if self.sealing.state is SealingState.RELEASED:
            assert self.verified
            assert self.sealing.verification is not None
            assert self.sealing.verification.verdict is Verdict.VALID
            assert self.sealing.result is not None

    @invariant()
    def no_seal_is_used_that_another_had_to_approve_and_did_not(self) -> None:
        if self.sealing.two_person and self.sealing.approval is None:
            assert not self.sealing.attempts
            assert self.sealing.result is None

    @invariant()
    def a_failure_says_why(self) -> None:
        assert self.sealing.state not in {SealingState.FAILED, SealingState.IN_DOUBT} or self.sealing.troubles

    @invariant()
    def attempts_are_bounded(self) -> None:
        assert len(self.sealing.attempts) <= MOST_KEPT

    def _try(self, step: Any) -> None:
        before = self.sealing.version
        try:
            self.sealing = step()
        except WrongStep:
            return
        assert self.sealing.version >= before


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_what_is_forgotten_of_many_attempts_says_nothing_that_others_do_not() -> None:
    sealing = intended(a_sealing(), delivery=Delivery.IDEMPOTENT)
    sealing = sealing.hear(SealStatus.UNANSWERED, START)
    for _ in range(3 * MOST_KEPT):
        sealing = intended(sealing, delivery=Delivery.IDEMPOTENT).hear(SealStatus.NOT_SENT, START)
    assert len(sealing.attempts) == MOST_KEPT
    assert sealing.is_exposed
    assert sealing.next_number == 3 * MOST_KEPT + 2


def test_of_attempts_that_are_all_open_the_first_stays() -> None:
    attempts: tuple[Attempt, ...] = ()
    for number in range(1, MOST_KEPT + 5):
        attempts = followed(attempts, an_attempt(a_sealing(), number=number))
    assert len(attempts) == MOST_KEPT
    assert [attempts[0].number, attempts[-1].number] == [1, MOST_KEPT + 4]


def test_an_approval_of_what_was_looked_at_makes_it_ready() -> None:
    asked, approval = a_sealing(two_person=True), Approval(Caller(FRONTEND, SECOND), START)
    waiting = asked.present(3, "application/ofd", START)
    assert (waiting.state, waiting.pages, waiting.input.media_type) == (SealingState.APPROVAL, 3, "application/ofd")
    ready = waiting.approve(approval)
    assert (ready.state, ready.version) == (SealingState.PREPARED, 3)
    earlier = a_sealing(state=SealingState.APPROVAL)
    assert earlier.present(3, "application/ofd", START).approve(approval).state is SealingState.PREPARED
    wrong: list[Callable[[], Sealing]] = [
        lambda: intended(asked),
        lambda: intended(waiting),
        lambda: earlier.approve(approval),
        lambda: waiting.present(3, "application/ofd", START),
        lambda: ready.present(3, "application/ofd", START),
        lambda: a_sealing().present(3, "application/ofd", START),
    ]
    for step in wrong:
        with pytest.raises(WrongStep):
            step()


def test_a_request_that_may_have_been_done_keeps_its_time() -> None:
    sealing = intended(a_sealing(), delivery=Delivery.IDEMPOTENT)
    later = START + timedelta(seconds=1)
    attempt = an_attempt(sealing, delivery=Delivery.IDEMPOTENT)
    with pytest.raises(WrongStep):
        sealing.intend(attempt, pages=1, seal_version=1, stamped_at=later)


def test_who_took_a_request_is_not_believed_to_have_never_seen_it() -> None:
    sealing = intended(a_sealing()).hear(SealStatus.PENDING, START, "N-1")
    with pytest.raises(WrongStep):
        sealing.miss(START + APART, APART)


def test_there_is_no_doubt_where_nothing_was_sent() -> None:
    sealing = intended(a_sealing()).hear(SealStatus.NOT_SENT, START)
    with pytest.raises(WrongStep):
        sealing.doubt(TROUBLE, START)


def test_what_may_have_been_sealed_does_not_end_as_if_it_had_not() -> None:
    with pytest.raises(WrongStep):
        intended(a_sealing()).fail(TROUBLE, START)


def test_a_trouble_is_the_refusal_that_it_was() -> None:
    refusal = Refusal(problems.SEALING_FORBIDDEN, "input.seal", reason=Text("理由", "reason"), odd=b"x")
    told = Trouble.of(refusal)
    assert told.refusal().problem is problems.SEALING_FORBIDDEN
    assert told.values["reason"] == Text("理由", "reason")
    assert told.values["odd"] == "b'x'"


def test_nothing_of_a_sealing_is_in_its_representation() -> None:
    sealing = a_sealing()
    assert repr(sealing) == "Sealing(PREPARED, version 1)"
    assert repr(sealing.input) == "Document(1 bytes)"
    assert sealing.order_key.startswith("yw-")
    assert sealing.id not in sealing.order_key
