"""A process that is asked to stop: others are told first, what runs is answered, streams end, nothing is cut off."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap.running import Running
from gateway.cli.serve import serve_until_asked
from gateway.cli.stopping import Asked
from gateway.core.errors import ConfigurationInvalid
from tests.servers.client import http_client
from tests.web.gateways import TwoSystems
from tests.web.live import SETTINGS, StreamingGateway
from tests.web.sockets import opened
from tests.web.test_stream_events import EVENTS, SLOW, WATCH, Reader

ROOT = Path(__file__).parents[2]
ASKED = {"query": SLOW}
ANSWER = {"data": {"licence": None}}


class Process:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process, token: str, ready: dict[str, Any]) -> None:
        self.process = process
        self.url = str(ready["address"]).removesuffix("/graphql")
        self.ops = str(ready["ops"])
        self.headers = {"authorization": f"Bearer {token}"}
        self.client = http_client(base_url=self.url, headers=self.headers)

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> tuple[int, list[dict[str, Any]]]:
        """Its exit code and what it logged since it was ready."""
        assert self.process.stderr is not None
        text = (await asyncio.wait_for(self.process.stderr.read(), 240)).decode()
        code = await self.process.wait()
        return code, [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    async def refuses(self) -> bool:
        """Whether nobody listens at its port."""
        port = int(self.url.rpartition(":")[2])
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return True
        writer.transport.abort()
        return False


@asynccontextmanager
async def serving(*arguments: str, **settings: str) -> AsyncIterator[Process]:
    variables = {"YIWANG_MODE": "development", "YIWANG_PORT": "0", "YIWANG_OPS_PORT": "0", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.serving", *arguments,
        cwd=ROOT, env={**os.environ, **variables}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        token = (await process.stdout.readline()).decode().strip()
        while "serve.ready" not in (line := (await process.stderr.readline()).decode()):
            assert line, "it ended"
        running = Process(process, token, json.loads(line))
        async with running.client:
            yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_runs_is_answered_streams_end_and_new_connections_are_refused() -> None:
    async with serving() as process:
        asked = [asyncio.create_task(process.client.post("/graphql", json=ASKED)) for _ in range(20)]
        async with (
            process.client.stream("POST", "/graphql", json={"query": WATCH}, headers=EVENTS) as response,
            opened(process.url, process.headers) as socket,
        ):
            socket.begin()
            await socket.heard()
            socket.ask("1", WATCH)
            socket.ask("2", SLOW)
            # the server reads in order of arrival, so everything before this answer is under way
            socket.say({"type": "ping"})
            await socket.heard()
            while await _in_flight(process) < 21:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            process.ask_to_stop()
            assert await Reader(response).event() == ("complete", None)
            assert await process.refuses()
            assert await socket.heard() == {"type": "next", "id": "2", "payload": ANSWER}
            assert (await socket.closed()).code == 1001
        for answer in await asyncio.gather(*asked):
            assert (answer.status_code, answer.json()) == (200, ANSWER)
        code, log = await process.ended()
    assert code == 0
    stops = [line for line in log if line["event"].startswith("serve.")]
    assert [line["event"] for line in stops] == ["serve.stopping", "serve.stopped"]
    assert stops[1]["cut_off"] == 0


async def _in_flight(process: Process) -> int:
    """How many connections wait for an answer, as the process counts operations."""
    metrics = (await process.client.get(f"{process.ops}/metrics")).text
    [line] = [line for line in metrics.splitlines() if line.startswith("yiwang_operations_in_flight ")]
    return int(float(line.split()[1]))


async def test_while_it_drains_it_is_not_ready_and_serves_on() -> None:
    async with serving(YIWANG_DRAIN_SECONDS="60") as process:
        assert (await process.client.get("/readyz")).status_code == 200
        process.ask_to_stop()
        while (await process.client.get(f"{process.ops}/readyz")).status_code == 200:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)
        ready = await process.client.get("/readyz")
        assert (ready.status_code, ready.headers["connection"]) == (503, "close")
        answer = await process.client.post("/graphql", json={"query": "{ systems { totalCount } }"})
        assert answer.json() == {"data": {"systems": {"totalCount": 2}}}
        process.ask_to_stop()  # nobody is cut off by not waiting any longer
        code, _ = await process.ended()
    assert code == 0


async def test_a_second_signal_ends_it_at_once_and_tells_that_something_was_cut_off() -> None:
    async with serving("never") as process:
        asked = asyncio.create_task(process.client.post("/graphql", json=ASKED))
        async with opened(process.url, process.headers) as socket:
            socket.begin()
            await socket.heard()
            while await _in_flight(process) < 1:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            process.ask_to_stop()
            assert (await socket.closed()).code == 1001  # so it is stopping
        process.ask_to_stop()
        code, log = await process.ended()
        assert (await asked).status_code == 500
    assert code == 1
    assert log[-1]["event"] == "serve.stopped"
    assert log[-1]["cut_off"] == 1


async def test_the_ops_port_tells_metrics_life_and_readiness_and_nothing_else() -> None:
    async with serving() as process:
        assert (await process.client.get(f"{process.ops}/healthz")).json() == {"status": "ok"}
        assert (await process.client.get(f"{process.ops}/readyz")).json()["ready"] is True
        assert (await process.client.get(f"{process.ops}/metrics")).status_code == 200
        assert (await process.client.get(f"{process.ops}/graphql")).status_code == 404
        assert (await process.client.get("/metrics")).status_code == 404
        process.ask_to_stop()
        assert (await process.ended())[0] == 0


async def test_no_ops_port_is_opened_where_none_is_wanted() -> None:
    async with serving(YIWANG_OPS_PORT="-1") as process:
        assert process.ops == "None"
        assert (await process.client.get("/healthz")).status_code == 200


async def test_an_ops_port_in_use_is_told_with_a_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = SETTINGS.model_copy(update={"ops_port": taken.getsockname()[1]})
        gateway = StreamingGateway()
        registry: Any = TwoSystems()
        running = Running(gateway.app, registry, gateway.app, gateway.stopping)
        with pytest.raises(ConfigurationInvalid) as caught:
            await serve_until_asked(running, settings, Asked())
    assert f"port {settings.ops_port} of 127.0.0.1 cannot be opened" in str(caught.value)
    assert "YIWANG_OPS_PORT" in caught.value.remedy
