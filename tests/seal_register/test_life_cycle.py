"""The life of a registered seal: no sequence of changes leads to a state that should not be."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Denial
from gateway.core.problems import Problem
from gateway.core.seals.permission import may_use
from gateway.core.seals.register import (
    MOST_AUTHORISATIONS,
    MOST_OWNERS,
    Ownership,
    RegisteredSeal,
    Route,
    RouteKind,
    SealState,
)
from tests.seal_register.entries import (
    BODIES,
    DAY,
    HEIR,
    HEIR_SINCE,
    NOW,
    OTHER,
    OWNER,
    authorisation,
    question,
    registered,
    renewal,
)


def refused(problem: Problem, change: Any, *arguments: Any, **named: Any) -> None:
    with pytest.raises(Refusal) as caught:
        change(*arguments, **named)
    assert caught.value.problem is problem


def test_a_frozen_seal_is_used_by_nobody_until_another_person_unfreezes_it() -> None:
    frozen = registered().freeze(reason="印章遗失排查", by="a", at=NOW)
    assert (frozen.state, frozen.reason, frozen.state_by, frozen.version) == (SealState.FROZEN, "印章遗失排查", "a", 2)
    assert isinstance(may_use(frozen, question(), BODIES), Denial)
    refused(problems.SEAL_STATE_OTHER, frozen.freeze, reason="again", by="b", at=NOW)
    refused(problems.SEAL_UNFREEZE_NEEDS_ANOTHER, frozen.unfreeze, by="a", at=NOW)
    thawed = frozen.unfreeze(by="b", at=NOW + DAY)
    assert (thawed.state, thawed.reason, thawed.state_since) == (SealState.ACTIVE, None, NOW + DAY)
    assert not isinstance(may_use(thawed, question(), BODIES), Denial)
    refused(problems.SEAL_STATE_OTHER, thawed.unfreeze, by="c", at=NOW)


def test_a_revoked_seal_changes_no_more() -> None:
    revoked = registered(authorisations=(authorisation(), authorisation(id="later", since=NOW + DAY))).revoke(
        reason="机构撤销", by="hub", at=NOW
    )
    assert [one.id for one in revoked.authorisations] == ["a-1"]
    assert revoked.authorisations[0].until == NOW
    refused(problems.SEAL_REVOKED, revoked.revoke, reason="again", by="hub", at=NOW)
    refused(problems.SEAL_REVOKED, revoked.renew, renewal(), NOW)
    refused(problems.SEAL_REVOKED, revoked.hand_over, OTHER, at=NOW, bodies=BODIES)
    refused(problems.SEAL_REVOKED, revoked.authorise, authorisation(), NOW)
    refused(problems.SEAL_AUTHORISATION_UNKNOWN, revoked.withdraw, "a-1", NOW)
    refused(problems.SEAL_STATE_OTHER, revoked.freeze, reason="x", by="a", at=NOW)
    refused(problems.SEAL_STATE_OTHER, revoked.unfreeze, by="b", at=NOW)


def test_a_renewal_keeps_everything_but_what_the_seal_is_made_of() -> None:
    before = registered(state=SealState.FROZEN)
    after = before.renew(renewal(), NOW)
    assert (after.structure, after.certificates, after.valid_until) == (b"renewed", (b"signer-2",), NOW + 3_000 * DAY)
    assert (after.route, after.state, after.owners, after.authorisations) == (
        before.route, SealState.FROZEN, before.owners, before.authorisations,
    )  # fmt: skip
    moved = before.renew(renewal(route=Route(platform="seals", number="7", mode="DIGEST")), NOW)
    assert moved.route.kind is RouteKind.PLATFORM
    refused(problems.SEAL_RENEWED_BY_ITSELF, after.renew, renewal(), NOW)
    refused(problems.SEAL_NOT_IN_FORCE, before.renew, renewal(valid_from=NOW + DAY), NOW)
    refused(problems.SEAL_NOT_IN_FORCE, before.renew, renewal(valid_until=NOW - DAY), NOW)


def test_a_seal_that_is_handed_over_to_a_stranger_brings_no_authorisations() -> None:
    later = authorisation(id="later", since=NOW + 2 * DAY)
    seal = registered(authorisations=(authorisation(), later)).hand_over(OTHER, at=NOW + DAY, bodies=BODIES)
    assert seal.owners == (Ownership(OWNER, NOW - 30 * DAY, NOW + DAY), Ownership(OTHER, NOW + DAY))
    assert [(one.id, one.until) for one in seal.authorisations] == [("a-1", NOW + DAY)]
    assert seal.owner(NOW) == seal.owners[0]
    assert seal.is_owned(OTHER, NOW + DAY, BODIES)
    assert not seal.is_owned(OTHER, NOW, BODIES)
    assert not seal.is_owned(None, NOW, BODIES)
    assert not seal.is_owned(OWNER, NOW - 40 * DAY, BODIES)
    refused(problems.SEAL_OWNED_ALREADY, seal.hand_over, OTHER, at=NOW + 2 * DAY, bodies=BODIES)
    refused(problems.SEAL_OWNED_ALREADY, seal.hand_over, OWNER, at=NOW + DAY, bodies=BODIES)


def test_a_seal_that_is_handed_over_to_the_successor_goes_on_in_use() -> None:
    seal = registered().hand_over(HEIR, at=HEIR_SINCE, bodies=BODIES)
    assert seal.authorisations == registered().authorisations
    assert registered().is_owned(HEIR, HEIR_SINCE, BODIES)


def test_owners_and_authorisations_are_bounded() -> None:
    seal = registered()
    for number in range(MOST_OWNERS - 1):
        seal = seal.hand_over(f"B{number}", at=NOW + number * DAY, bodies=BODIES)
    refused(problems.SEAL_OWNERS_TOO_MANY, seal.hand_over, OTHER, at=NOW + 999 * DAY, bodies=BODIES)
    full = registered(authorisations=tuple(authorisation(id=f"a{n}") for n in range(MOST_AUTHORISATIONS)))
    refused(problems.SEAL_AUTHORISATIONS_TOO_MANY, full.authorise, authorisation(id="one-more"), NOW)
    assert len(full.withdraw("a0", NOW).authorise(authorisation(id="one-more"), NOW).authorisations) == 100


def test_an_authorisation_ends_after_it_begins_and_after_now() -> None:
    for since, until in ((NOW + DAY, NOW + DAY), (NOW - DAY, NOW)):
        refused(
            problems.SEAL_AUTHORISATION_TIME_INVALID,
            registered().authorise, authorisation(id="n", since=since, until=until), NOW,
        )  # fmt: skip


def test_a_seal_is_in_force_from_its_first_instant_to_its_last() -> None:
    seal = registered(valid_from=NOW, valid_until=NOW + DAY)
    instants = (NOW - DAY / 2, NOW, NOW + DAY, NOW + DAY * 2)
    assert [seal.in_force(at) for at in instants] == [False, True, True, False]


def test_what_is_withdrawn_is_over_or_never_was() -> None:
    seal = registered(authorisations=(authorisation(), authorisation(id="later", since=NOW + DAY)))
    assert [one.until for one in seal.withdraw("a-1", NOW).authorisations] == [NOW, None]
    assert [one.id for one in seal.withdraw("later", NOW).authorisations] == ["a-1"]
    refused(problems.SEAL_AUTHORISATION_UNKNOWN, seal.withdraw, "nobody", NOW)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"key": ""},
        {"key": "file:a", "platform": "p"},
        {"platform": "p", "number": "1"},
        {"platform": "p", "number": "1", "mode": "FAX"},
        {"key": "", "platform": "p", "number": "1", "mode": "DIGEST"},
    ],
)
def test_half_a_route_cannot_be_written(parts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a route is"):
        Route(**parts)


def test_nothing_tells_where_a_key_is() -> None:
    assert "hsm" not in repr(registered())
    assert repr(registered().route) == "Route(LOCAL, platform=None)"


class Life(RuleBasedStateMachine):
    """Whatever is tried in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.seal = registered()
        self.now: datetime = NOW
        self.before: RegisteredSeal = self.seal
        self.names = 0

    def attempt(self, change: Any, *arguments: Any, **named: Any) -> None:
        self.before = self.seal
        try:
            self.seal = change(*arguments, **named)
        except Refusal:
            return
        assert self.seal.version == self.before.version + 1

    @rule(days=st.integers(0, 400))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule(by=st.sampled_from("ab"))
    def freeze(self, by: str) -> None:
        self.attempt(self.seal.freeze, reason="r", by=by, at=self.now)

    @rule(by=st.sampled_from("ab"))
    def unfreeze(self, by: str) -> None:
        frozen_by = self.seal.state_by
        self.attempt(self.seal.unfreeze, by=by, at=self.now)
        if self.seal is not self.before:
            assert frozen_by != by

    @precondition(lambda self: self.names > 6)
    @rule()
    def revoke(self) -> None:
        self.attempt(self.seal.revoke, reason="r", by="hub", at=self.now)

    @rule(body=st.sampled_from([OWNER, HEIR, OTHER]))
    def hand_over(self, body: str) -> None:
        self.attempt(self.seal.hand_over, body, at=self.now, bodies=BODIES)

    @rule(begins=st.integers(-5, 5), lasts=st.none() | st.integers(-2, 50))
    def authorise(self, begins: int, lasts: int | None) -> None:
        self.names += 1
        since = self.now + begins * DAY
        until = None if lasts is None else since + lasts * DAY
        self.attempt(self.seal.authorise, authorisation(id=f"n{self.names}", since=since, until=until), self.now)

    @rule(name=st.integers(0, 9))
    def withdraw(self, name: int) -> None:
        self.attempt(self.seal.withdraw, f"n{name}", self.now)

    @rule(lasts=st.integers(-2, 900))
    def renew(self, lasts: int) -> None:
        self.names += 1
        fresh = renewal(structure=str(self.names).encode(), valid_until=self.now + lasts * DAY)
        self.attempt(self.seal.renew, fresh, self.now)

    @invariant()
    def somebody_owns_it_at_every_instant_and_never_two(self) -> None:
        for earlier, later in zip(self.seal.owners, self.seal.owners[1:], strict=False):
            assert earlier.until == later.since
            assert earlier.since < later.since
            assert earlier.body != later.body
        assert self.seal.owners[-1].until is None
        assert self.seal.owner(self.now) is self.seal.owners[-1]

    @invariant()
    def what_is_revoked_stays_as_it_is(self) -> None:
        if self.before.state is SealState.REVOKED:
            assert self.seal is self.before
        if self.seal.state is SealState.REVOKED:
            assert all(one.is_over(self.now) for one in self.seal.authorisations)

    @invariant()
    def authorisations_begin_before_they_end_and_have_names_of_their_own(self) -> None:
        ids = [one.id for one in self.seal.authorisations]
        assert len(ids) == len(set(ids))
        assert all(one.until is None or one.since < one.until for one in self.seal.authorisations)

    @invariant()
    def it_is_kept_as_it_is(self) -> None:
        written = msgspec.json.encode(self.seal)
        assert msgspec.json.decode(written, type=RegisteredSeal) == self.seal


test_life = Life.TestCase
