"""An issuer's keys over time: rotated, kept through an outage, and never a reason to flood the issuer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from certs.tokens.keyring import AGEING, PAUSE, SPENT, STALE, Keyring
from certs.tokens.reasons import KeysUnavailable
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from tests.certs.trust import Published, ec
from tests.services.fakes import ManualClock

OUTAGE = SystemFailure(Outcome.UNAVAILABLE, Fault.NETWORK, "the issuer does not answer")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def published() -> Published:
    return Published(ec("old"))


@pytest.fixture
def told() -> list[str | None]:
    return []


@pytest.fixture
async def keyring(published: Published, clock: ManualClock, told: list[str | None]) -> AsyncIterator[Keyring]:
    ring = Keyring(published, clock, told.append)
    yield ring
    await ring.aclose()


async def knows(keyring: Keyring, kid: str | None) -> bool:
    return await keyring.find(kid, "ES256") is not None


async def settle() -> None:
    """Let the readings in the background come to their end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_keys_are_read_once_when_they_are_first_needed(keyring: Keyring, published: Published) -> None:
    assert published.readings == 0
    assert [await knows(keyring, "old") for _ in range(3)] == [True] * 3
    assert published.readings == 1


async def test_a_reading_has_three_seconds(keyring: Keyring, published: Published, clock: ManualClock) -> None:
    await keyring.read()
    assert published.deadlines[0].remaining(clock) == 3.0


async def test_a_new_key_is_known_at_once_and_a_retired_one_no_longer(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    assert await knows(keyring, "old")
    published.publish(ec("new"))
    clock.step(PAUSE)
    assert await knows(keyring, "new")
    assert not await knows(keyring, "old")


async def test_a_retired_key_is_forgotten_when_the_keys_are_stale_though_nothing_new_was_asked(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    assert await knows(keyring, "old")
    published.publish(ec("new"))
    clock.step(STALE - 1)
    assert await knows(keyring, "old")
    await settle()
    assert not await knows(keyring, "old")
    clock.step(SPENT - 1)
    published.publish(ec("newer"))
    assert not await knows(keyring, "new")


async def test_ageing_keys_are_read_again_while_nobody_waits(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    await keyring.read()
    published.gate = asyncio.Event()
    clock.step(AGEING)
    assert await knows(keyring, "old")
    await settle()
    assert published.readings == 2
    published.gate.set()
    await settle()
    clock.step(AGEING - 1)
    assert await knows(keyring, "old")
    assert published.readings == 2


async def test_a_flood_of_unknown_names_is_one_reading_in_ten_seconds(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    published.gate = asyncio.Event()
    flood = asyncio.gather(*(knows(keyring, f"made up {n}") for n in range(500)))
    await settle()
    assert published.readings == 1
    published.gate.set()
    assert not any(await flood)
    published.gate = None
    for second in range(100):
        assert not await knows(keyring, f"made up {second}")
        clock.step(1)
    assert published.readings == 10


async def test_a_caller_who_goes_away_ends_nobody_elses_reading(keyring: Keyring, published: Published) -> None:
    published.gate = asyncio.Event()
    impatient = asyncio.create_task(knows(keyring, "old"))
    patient = asyncio.create_task(knows(keyring, "old"))
    await settle()
    impatient.cancel()
    await settle()
    published.gate.set()
    assert await patient
    assert published.readings == 1


@pytest.mark.parametrize("failure", [OUTAGE, OSError("no file"), TimeoutError()])
async def test_old_keys_hold_for_an_hour_while_the_issuer_fails(
    keyring: Keyring, published: Published, clock: ManualClock, told: list[str | None], failure: Exception
) -> None:
    await keyring.read()
    published.failure = failure
    clock.step(STALE)
    assert await knows(keyring, "old")
    assert told == [str(failure)]
    assert keyring.trouble == str(failure)
    clock.step(SPENT - STALE - 1)
    assert await knows(keyring, "old")
    assert keyring.is_usable
    await settle()
    clock.step(1)
    assert not keyring.is_usable
    with pytest.raises(KeysUnavailable):
        await knows(keyring, "old")


async def test_nobody_waits_for_an_issuer_that_has_just_failed(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    await keyring.read()
    published.failure = OUTAGE
    clock.step(STALE)
    await knows(keyring, "old")
    published.gate = asyncio.Event()
    clock.step(PAUSE)
    assert await asyncio.wait_for(knows(keyring, "old"), 60)
    await settle()
    assert published.readings == 3


async def test_an_outage_that_ends_is_told_and_the_new_keys_count(
    keyring: Keyring, published: Published, clock: ManualClock, told: list[str | None]
) -> None:
    published.failure = OUTAGE
    with pytest.raises(KeysUnavailable):
        await knows(keyring, "old")
    published.failure = None
    with pytest.raises(KeysUnavailable):
        await knows(keyring, "old")
    clock.step(PAUSE)
    assert await knows(keyring, "old")
    assert told == [OUTAGE.notice, None]
    assert keyring.trouble is None


async def test_a_document_that_is_no_key_set_changes_nothing(
    keyring: Keyring, published: Published, clock: ManualClock, told: list[str | None]
) -> None:
    await keyring.read()
    published.document = b"<html>maintenance</html>"
    clock.step(STALE)
    assert await knows(keyring, "old")
    assert told == ["the document is no key set"]


async def test_a_token_without_a_key_name_is_checked_with_an_only_key(
    keyring: Keyring, published: Published, clock: ManualClock
) -> None:
    assert await knows(keyring, None)
    published.publish(ec("a"), ec("b"), ec("c", "P-384"))
    clock.step(STALE)
    assert not await knows(keyring, None)
    assert await keyring.find(None, "ES384") is not None


async def test_closing_ends_a_reading_and_needs_none(keyring: Keyring, published: Published) -> None:
    await keyring.aclose()
    published.gate = asyncio.Event()
    waiting = asyncio.create_task(keyring.read())
    await settle()
    await keyring.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
