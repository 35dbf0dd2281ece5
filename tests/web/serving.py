"""A `yiwang serve` whose gateway is the one of the stream tests, as a process: ``python -m tests.web.serving``.

Its first line of output is a token. What is asked with ``licence`` is answered once the gateway stops, or with the
argument ``never`` not at all.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import typer

from gateway.bootstrap.running import Running
from gateway.cli import serve
from gateway.core.clock import Clock
from gateway.settings import Settings
from gateway.web.metrics import Metrics
from gateway.web.ops import build_ops_app
from gateway.web.streams import StreamLimits
from tests.web.gateways import TwoSystems
from tests.web.live import StreamingGateway


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Running]:
    metrics = Metrics(clock, version="0", mode=settings.mode.value)
    gateway = StreamingGateway(StreamLimits(deadline_ms=30_000), meter=metrics)
    print(gateway.token(), flush=True)  # noqa: T201 - what its parent waits for
    registry: Any = TwoSystems()
    ops = build_ops_app(metrics, gateway.stopping.missing)
    answering = asyncio.create_task(_answer_at_last(gateway))
    try:
        yield Running(gateway.app, registry, ops, gateway.stopping)
    finally:
        answering.cancel()


async def _answer_at_last(gateway: StreamingGateway) -> None:
    if "never" in sys.argv:
        return
    await gateway.stopping.ended()
    await asyncio.sleep(0.2)
    gateway.licence.may_answer.set()


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(serve, "running", running)
        try:
            serve.serve()
        except typer.Exit as ended:
            sys.exit(ended.exit_code)
