"""Stopping in order: told to go, the process tells others first, then finishes what runs, then ends."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import structlog

from gateway.cli.server import GRACE_SECONDS, Listener
from gateway.web.stopping import Stopping

_log = structlog.get_logger("serve")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Asked:
    """Who runs the process asks it to stop, and a second time not to wait."""

    def __init__(self) -> None:
        self.to_stop = asyncio.Event()
        self.to_hurry = asyncio.Event()

    def __call__(self) -> None:
        """Ask once more."""
        (self.to_hurry if self.to_stop.is_set() else self.to_stop).set()


@contextmanager
def asked_by_signals() -> Iterator[Asked]:
    """What SIGTERM and SIGINT ask while the block lasts."""
    asked = Asked()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, asked)
    try:
        yield asked
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def stop(listener: Listener, stopping: Stopping, asked: Asked, drain_seconds: float) -> int:
    """End ``listener``: not ready at once, closed to new connections after the drain time, its running work finished.

    Returns how many requests were cut off because they took too long or somebody would not wait.
    """
    _log.info("serve.stopping", drain_seconds=drain_seconds, connections=listener.connections)
    stopping.leave()
    listener.drain()
    with suppress(TimeoutError):
        async with asyncio.timeout(drain_seconds):
            await asked.to_hurry.wait()
    listener.stop_listening()
    stopping.end()
    cut = await listener.close(GRACE_SECONDS, asked.to_hurry)
    _log.info("serve.stopped", cut_off=cut)
    return cut
