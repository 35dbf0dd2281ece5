"""The client asks one authority after the other, and gives nothing that it has not verified."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from certs.timestamps import (
    Authority,
    CheckpointStamper,
    Imprint,
    StampAuthority,
    TimestampClient,
    TimestampRequest,
    TimestampUnavailable,
    read_token,
    respond,
)
from certs.x509 import Hash, KeyAlgorithm, TrustStore
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from tests.timestamps.authorities import DATA, NOW, Answer, Post, SteppedClock, development, issued, stamper, trust

FIRST, SECOND, THIRD = (f"https://tsa-{name}.example.invalid/stamp" for name in "abc")
IMPRINT = Imprint.of(DATA, Hash.SM3)
DOWN = SystemFailure(Outcome.UNAVAILABLE, Fault.THEIRS, "cannot be reached")


class Asking:
    """A client over these answers, with what it asked and reported."""

    def __init__(self, answers: Sequence[Answer], trust_store: TrustStore | None = None, **options: Any) -> None:
        urls = (FIRST, SECOND, THIRD)[: len(answers)]
        self.clock = SteppedClock()
        self.post = Post(dict(zip(urls, answers, strict=True)))
        self.reports: list[tuple[str, str]] = []
        authorities = [Authority(url=url, **options) for url in urls]
        self.client = TimestampClient(
            authorities, self.post, self.clock, trust_store, report=lambda *said: self.reports.append(said)
        )

    async def get(self, seconds: float = 30) -> bytes:
        return (await self.client.get_token(IMPRINT, Deadline.after(seconds, self.clock))).der


async def test_the_first_authority_that_answers_gives_the_token() -> None:
    asking = Asking([stamper(), stamper()], trust())
    token = read_token(await asking.get())
    assert (token.imprint, token.time) == (IMPRINT, NOW)
    assert (asking.post.asked, asking.reports) == ([FIRST], [])


async def test_each_request_has_a_nonce_of_its_own_and_asks_for_the_certificate() -> None:
    asking = Asking([stamper()])
    for _ in range(3):
        await asking.get()
    assert len({sent.nonce for sent in asking.post.sent}) == 3
    assert all(sent.wants_certificate for sent in asking.post.sent)


async def test_certificates_that_are_at_hand_are_not_asked_for() -> None:
    asking = Asking([stamper()], trust(), certificates=(issued().certificate, *issued().chain))
    token = read_token(await asking.get())
    assert token.signed.certificates == ()
    assert not asking.post.sent[0].wants_certificate


async def nothing(_document: bytes) -> bytes:
    return b"<html>"


def changed(**other: object) -> Callable[[bytes], Awaitable[bytes]]:
    """An authority that answers another question than the one it was asked."""

    async def answer(document: bytes) -> bytes:
        asked = replace(TimestampRequest.read(document), **other)  # type: ignore[arg-type]
        return await respond(asked.to_der(), stamper())

    return answer


def late(seconds: float) -> StampAuthority:
    clock = SteppedClock()
    clock.step(seconds)
    return stamper(clock=clock)


BAD: dict[str, tuple[Answer, str]] = {
    "down": (DOWN, "cannot be reached"),
    "no answer": (nothing, "no timestamp response"),
    "refused": (changed(policy="2.999.1"), "refused: status 2, UNACCEPTED_POLICY"),
    "other data": (changed(imprint=Imprint.of(b"other", Hash.SM3)), "about something else"),
    "another nonce": (changed(nonce=5), "answers another request"),
    "no nonce": (changed(nonce=None), "answers another request"),
    "late clock": (late(301), "too far from ours"),
    "early clock": (late(-301), "too far from ours"),
    "untrusted": (stamper(KeyAlgorithm.EC), "not trusted: the certificate|not trusted: the chain"),
    "no authority's certificate": (stamper(by=development().issue("signer")), "not for timestamps alone"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_does_not_hold_is_not_accepted_and_the_next_one_is_asked(name: str) -> None:
    answer, words = BAD[name]
    asking = Asking([answer, stamper()], trust())
    assert read_token(await asking.get()).imprint == IMPRINT
    assert asking.post.asked == [FIRST, SECOND]
    ((host, why),) = asking.reports
    assert host == "tsa-a.example.invalid"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(why)


async def test_where_none_holds_all_reasons_are_told() -> None:
    asking = Asking([DOWN, nothing], trust())
    with pytest.raises(TimestampUnavailable) as caught:
        await asking.get()
    said = str(caught.value)
    assert "tsa-a.example.invalid: cannot be reached" in said
    assert "tsa-b.example.invalid: this is no timestamp response" in said
    assert caught.value.reason.zh.startswith("没有取得时间戳：tsa-a.example.invalid：")


async def test_without_trust_every_authority_that_is_asked_is_believed() -> None:
    assert await Asking([stamper(KeyAlgorithm.EC)], None).get()


async def test_another_policy_than_was_asked_for_is_not_accepted() -> None:
    asking = Asking([changed(policy=None)], trust(), policy="2.999.1")
    with pytest.raises(TimestampUnavailable, match="another policy"):
        await asking.get()
    assert await Asking([stamper(policy="2.999.1")], trust(), policy="2.999.1").get()


async def test_each_authority_has_its_seconds_within_the_deadline() -> None:
    asking = Asking([DOWN, DOWN, stamper()], trust(), seconds=5.0)
    await asking.get(seconds=8)
    assert [deadline.at for deadline in asking.post.deadlines] == [5.0, 5.0, 5.0]
    short = Asking([stamper()], trust(), seconds=5.0)
    await short.get(seconds=2)
    assert [deadline.at for deadline in short.post.deadlines] == [2.0]


async def test_after_the_deadline_nobody_is_asked_any_more() -> None:
    asking = Asking([DOWN, stamper()], trust())

    async def slow(_document: bytes) -> bytes:
        asking.clock.step(9)
        raise DOWN

    asking.post.answers[FIRST] = slow
    with pytest.raises(TimestampUnavailable, match="no time left"):
        await asking.get(seconds=9)
    assert asking.post.asked == [FIRST]


async def test_an_authority_that_failed_is_asked_last_for_a_minute() -> None:
    asking = Asking([DOWN, stamper(), stamper()], trust())
    await asking.get()
    await asking.get()
    assert asking.post.asked == [FIRST, SECOND, SECOND]
    asking.clock.step(61)
    asking.post.answers |= {SECOND: late(61), FIRST: late(61)}
    await asking.get()
    assert asking.post.asked[3:] == [FIRST]


async def test_one_that_failed_is_still_asked_where_the_others_fail() -> None:
    asking = Asking([DOWN, stamper()], trust())
    await asking.get()
    asking.post.answers |= {FIRST: stamper(), SECOND: DOWN}
    await asking.get()
    assert asking.post.asked == [FIRST, SECOND, SECOND, FIRST]


async def test_one_that_gives_a_token_again_is_believed_again_at_once() -> None:
    asking = Asking([DOWN, DOWN], trust())
    with pytest.raises(TimestampUnavailable):
        await asking.get()
    asking.post.answers[SECOND] = stamper()
    await asking.get()
    await asking.get()
    assert asking.post.asked == [FIRST, SECOND, FIRST, SECOND, SECOND]


def test_a_client_without_authorities_is_none() -> None:
    with pytest.raises(ValueError, match="no authority"):
        TimestampClient([], Post({}), SteppedClock(), None)


async def test_stamping_is_over_the_digest_of_data() -> None:
    asking = Asking([stamper()], trust())
    token = read_token(await asking.client.stamping(Hash.SHA256, 10)(DATA))
    assert token.imprint == Imprint.of(DATA, Hash.SHA256)
    assert asking.post.deadlines[0].at == 5.0


async def test_checkpoints_are_stamped_by_their_digest_and_failures_are_the_systems() -> None:
    asking = Asking([stamper(), DOWN], trust())
    stamper_of_checkpoints = CheckpointStamper(asking.client, asking.clock, seconds=3)
    digest = Hash.SHA256.digest(DATA)
    assert read_token(await stamper_of_checkpoints.stamp(digest)).imprint == Imprint(Hash.SHA256.oid, digest)
    assert asking.post.deadlines[0].at == 3.0
    asking.post.answers[FIRST] = DOWN
    with pytest.raises(SystemFailure, match="no timestamp was to be had") as caught:
        await stamper_of_checkpoints.stamp(digest)
    assert (caught.value.outcome, caught.value.fault) == (Outcome.UNAVAILABLE, Fault.THEIRS)


async def test_a_clock_that_is_off_by_less_than_five_minutes_is_let_pass() -> None:
    assert await Asking([late(299)], trust()).get()
    assert await Asking([late(-timedelta(minutes=4).total_seconds())], trust()).get()
