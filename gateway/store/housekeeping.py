"""Housekeeping: what is over is removed, a little at a time. Nothing relies on it but the size of the database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.core.records import Swept

AT_ONCE = 500
MOST_ROUNDS = 20
SECONDS = 60.0

_log = structlog.get_logger("database")


async def sweep_all(stores: Sequence[Swept], at: datetime) -> int:
    """Remove what was over at that moment, with a bound for each store; how many rows. What is left waits."""
    removed = 0
    for store in stores:
        for _ in range(MOST_ROUNDS):
            found = await store.sweep(at, AT_ONCE)
            removed += found
            if found < AT_ONCE:
                break
    return removed


async def keep_house(
    stores: Sequence[Swept], clock: Clock, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Sweep, pause, and again, until it is cancelled; an outage of the database is only told."""
    while True:
        try:
            removed = await sweep_all(stores, clock.now())
        except StoreUnavailable:
            _log.warning("database.sweep.failed")
        else:
            if removed:
                _log.info("database.swept", rows=removed)
        await pause(SECONDS)
