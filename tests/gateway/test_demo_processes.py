"""The demo's processes: nothing outlives it, nothing dies unsaid, and two demos do not meet in one folder."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from rich.cells import cell_len

from adapters.sandbox.families import CONTROL, DEFAULT_PORTS, ports_from
from adapters.sandbox.world.generate import generate
from gateway.cli.demo import command
from gateway.cli.demo.client import Client
from gateway.cli.demo.hints import hints
from gateway.cli.demo.lock import exclusive
from gateway.cli.demo.process import Process, ProcessEnded
from gateway.cli.demo.stage import Stage
from gateway.cli.ports import find_holder, verify_free
from gateway.core.errors import ConfigurationInvalid

LINUX = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="who holds a port is read from /proc")
PARENT = """
import sys, time
from pathlib import Path
from gateway.cli.demo.process import Process
Process("sandbox", ["sandbox", "--base-port", sys.argv[1]], Path(sys.argv[2]), {}).start()
time.sleep(100)
"""
DEMO_WITHOUT_ITS_WALK = """
from functools import partial
from gateway.cli.demo import command
from gateway.cli.main import main
class Walk:
    def __init__(self, *_): ...
    def take(self): return []
command.Walk = Walk
command.generate = partial(command.generate, size=20)
command._registered = lambda *_: {"own": "seal"}
command._shared = lambda *_: {}
main()
"""
WIDE = 80


def free_ports() -> int:
    """The first of as many neighbouring ports as a demo needs that nobody listens on."""
    for base in range(30_000, 32_000, 20):
        try:
            for port in range(base, base + len(DEFAULT_PORTS) + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stage_of(folder: Path, *processes: Process) -> Stage:
    return Stage("http://127.0.0.1:8000", "http://127.0.0.1:9464", "http://127.0.0.1:9100", folder, {}, list(processes))


def test_a_process_ends_when_the_demo_is_killed(tmp_path: Path) -> None:
    port = ports_from(free_ports())[CONTROL]
    with subprocess.Popen([sys.executable, "-c", PARENT, str(port), str(tmp_path)]) as parent:
        try:
            wait_until(lambda: is_open(port))
        finally:
            parent.kill()
    wait_until(lambda: not is_open(port))


@pytest.fixture
def handlers() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("handlers")
def test_a_terminated_demo_and_one_whose_terminal_closes_unwind(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)  # the tests may themselves run under nohup
    command._end_when_asked()
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(number)
    assert ended.value.code == 128 + number


@pytest.mark.usefixtures("handlers")
def test_a_demo_under_nohup_outlives_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    command._end_when_asked()
    signal.raise_signal(signal.SIGHUP)


def test_a_process_that_ends_is_named_with_its_last_lines(tmp_path: Path) -> None:
    process = Process("gateway", ["serve"], tmp_path, {"YIWANG_PORT": "no number"})
    process.start()
    try:
        with pytest.raises(ProcessEnded, match=r"the gateway ended with status 2(?s:.*)YIWANG_PORT") as caught:
            stage_of(tmp_path, process).verify_up(30)
    finally:
        process.stop()
    assert "gateway.log" in caught.value.remedy


def test_a_folder_has_one_demo_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with exclusive(folder):
        with pytest.raises(ConfigurationInvalid, match=rf"process {os.getpid()}") as caught, exclusive(folder):
            pytest.fail("two demos in one folder")
        assert "--folder" in caught.value.remedy
    with exclusive(folder):
        pass


@LINUX
def test_a_port_that_is_taken_is_told_with_who_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationInvalid, match=rf"port {port} is taken by process {os.getpid()}: .*python"):
            verify_free(port)
    verify_free(port)
    assert find_holder(port) is None


def test_commands_can_be_copied() -> None:
    text = hints(stage_of(Path("var/demo")), world := generate(20_260_101, date(2026, 3, 2), size=20))
    assert max(map(cell_len, text.splitlines())) < WIDE
    commands = re.findall(r"^curl (?s:.*?)(?=\n\n|\ncurl )", text, re.MULTILINE)
    assert len(commands) == 3
    bodies = [json.loads(words[words.index("-d") + 1]) for words in map(shlex.split, commands) if "-d" in words]
    assert bodies[0]["variables"] == {"i": {"holder": {"item": world.item}}}
    assert bodies[1] == {"kind": "hang"}
    assert "X-Request-Timeout" in text
    assert "http://127.0.0.1:9464/metrics" in text
    assert re.search(r"^\.venv/bin/yiwang audit verify ", text, re.MULTILINE)


@LINUX
def test_a_demo_whose_gateway_dies_says_so_and_ends_with_1_and_takes_the_sandbox_along(tmp_path: Path) -> None:
    base = free_ports()
    port, folder = base + len(DEFAULT_PORTS), tmp_path / "demo"
    words = [sys.executable, "-c", DEMO_WITHOUT_ITS_WALK, "demo", "--port", str(port), "--folder", str(folder)]
    with subprocess.Popen(
        [*words, "--base-port", str(base)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            assert running.stdout is not None
            assert any("Ctrl-C" in line for line in running.stdout)
            holder = re.match(r"process (\d+): .* serve", find_holder(port) or "")
            assert holder is not None
            os.kill(int(holder[1]), signal.SIGKILL)
            said = running.communicate(timeout=240)[0]
        finally:
            running.kill()
    assert "the gateway ended by signal 9" in said
    assert "gateway.log" in said
    assert running.returncode == 1
    assert not Client().answers(f"http://127.0.0.1:{base}/")
