"""Whatever goes wrong on the way: who keeps to what a platform says of its keys has each of them sealed once."""

from random import Random

import pytest

from adapters.sandbox.faults import FaultKind
from gateway.core.delivery import Delivery
from gateway.core.seals.platform import SealOrder, SealPlatform, SealReply, SealStatus
from tests.platforms.site import BUREAU, DISTRICT, HUB, Site, counted
from tests.sandbox.callers import SteppedClock

FAULTS = (
    FaultKind.LOST_ANSWER,
    FaultKind.RESET,
    FaultKind.TRUNCATE,
    FaultKind.ERROR,
    FaultKind.HTML,
    FaultKind.EXPIRED,
    None,
    None,
)
ENDED = {SealStatus.DONE, SealStatus.REFUSED}


async def step(site: Site, platform: SealPlatform, order: SealOrder, last: SealReply | None) -> SealReply:
    """What a careful caller does next: sends what never left, else what the platform's word on its keys allows."""
    if last is None or last.status in {SealStatus.NOT_SENT, SealStatus.UNKNOWN_KEY}:
        return await site.seal(platform, order)
    if platform.delivery is Delivery.IDEMPOTENT:
        return await site.seal(platform, order)
    asked = await site.query(platform, order, last.number)
    return last if asked.status is SealStatus.NOT_SENT else asked


@pytest.mark.parametrize("code", [HUB, DISTRICT])
@pytest.mark.parametrize("seed", range(3))
async def test_each_key_is_sealed_once_whatever_goes_wrong(
    site: Site, clock: SteppedClock, code: str, seed: int
) -> None:
    rng = Random(seed)
    platform = await site.platform(code)
    site.answers(code)
    for at in range(8):
        order, reply = site.order(code, f"K{at}"), None
        for _ in range(60):
            kind = rng.choice(FAULTS) if rng.random() < 0.8 else None
            site.sandbox.faults.clear(code)
            if kind is not None and not (kind is FaultKind.EXPIRED and code == HUB):
                site.fault(code, kind)
            reply = await step(site, platform, order, reply)
            clock.step(7)
            if reply.status in ENDED:
                break
        assert reply is not None
        assert reply.status is SealStatus.DONE, reply

    assert counted(site, code) == {f"K{at}": 1 for at in range(8)}


@pytest.mark.parametrize("seed", range(3))
async def test_on_a_platform_that_promises_nothing_what_was_unanswered_stands_in_its_log_or_was_not_sealed(
    site: Site, clock: SteppedClock, seed: int
) -> None:
    rng = Random(seed)
    platform = await site.platform(BUREAU)
    known: dict[str, SealStatus] = {}
    for at in range(16):
        site.sandbox.faults.clear(BUREAU)
        kind = rng.choice(FAULTS)
        if kind is not None:
            site.fault(BUREAU, kind)
        reply = await site.seal(platform, site.order(BUREAU, f"K{at}"))
        known[f"K{at}"] = reply.status
        clock.step(7)
    site.sandbox.faults.clear(BUREAU)
    clock.step(120)

    log = await platform.log(site.today, site.call())

    logged = [line.key for line in log.lines]
    assert len(logged) == len(set(logged))
    assert counted(site, BUREAU) == dict.fromkeys((key for key in logged if key is not None), 1)
    for key, status in known.items():
        if status is SealStatus.DONE:
            assert key in logged
        elif status is not SealStatus.UNANSWERED:
            assert key not in logged, "what was never sent or was refused is not sealed"
