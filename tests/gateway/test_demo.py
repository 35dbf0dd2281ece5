"""The demo as a user runs it: real processes on real ports."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.sandbox.families import DEFAULT_PORTS
from gateway.cli.demo.client import Client

COMMAND = [sys.executable, "-m", "gateway.cli", "demo"]


def free_ports(count: int) -> int:
    """The first of ``count`` neighbouring ports that nobody listens on; other workers begin elsewhere."""
    begin = 20_000 + os.getpid() % 400 * 25
    for base in range(begin, begin + 2_000, 25):
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "PYTHONWARNINGS": "error", "http_proxy": "http://127.0.0.1:9"}


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    base = free_ports(len(DEFAULT_PORTS) + 1)
    port = base + len(DEFAULT_PORTS)
    return [*COMMAND, "--base-port", str(base), "--port", str(port), "--folder", str(tmp_path / "demo")]


@pytest.mark.timeout(300)  # it starts four processes, beside other tests
def test_the_demo_gives_exactly_what_the_seed_predicts(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*arguments, "--once"], env=environment(tmp_path), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    world = json.loads((tmp_path / "demo/world.json").read_text("utf-8"))
    logs = "".join((tmp_path / f"demo/{name}.log").read_text("utf-8") for name in ("gateway", "sandbox"))
    assert '"event": "system.call"' in logs, "an outage must be found in the log"
    for canary in (world["holder"]["number"], world["holder"]["name"], world["case"]):
        assert canary not in logs
    assert not re.findall(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])", logs), "a citizen's number"
    for token in (tmp_path / "demo").glob("*.token"):
        assert token.read_text().strip().rpartition(".")[2] not in logs


def test_a_port_in_use_is_said_with_a_remedy_and_nothing_is_left_running(arguments: list[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(arguments[arguments.index("--port") + 1])))
        taken.listen()
        done = subprocess.run(
            [*arguments, "--once"], env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 2
    assert "port" in done.stderr
    assert "→" in done.stderr


@pytest.mark.timeout(300)
def test_the_demo_of_another_seed_stays_up_with_what_others_need_and_ends_its_processes_when_terminated(
    arguments: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    running = subprocess.Popen(
        [*arguments, "--seed", "77"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert running.stdout is not None
        for line in running.stdout:
            assert "✗" not in line, "every answer is predicted"
            if "Ctrl-C" in line:
                break
        world = json.loads((folder / "world.json").read_text("utf-8"))
        assert set(world) >= {"gateway", "ops", "faults", "systems", "holder", "item", "case", "forbiddenItem"}
        assert set(world["share"]) == {"grant", "resource", "item", "parameters"}
        for role in ("frontend", "citizen", "officer", "department", "hub", "operations", "auditor"):
            token = folder / f"{role}.token"
            assert token.stat().st_mode & 0o777 == 0o600
            reply = Client().graphql(
                world["gateway"], token.read_text().strip(), "{ viewer { application { code } person { role } } }", {}
            )
            assert reply.status == 200
            assert (reply.data["viewer"]["person"] or {"role": "FRONTEND"})["role"] == role.upper()
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    deadline = time.monotonic() + 5
    while Client().answers(f"{world['gateway']}/healthz"):
        assert time.monotonic() < deadline, "the gateway outlived the demo"
