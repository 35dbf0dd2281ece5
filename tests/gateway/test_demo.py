"""The demo as a user runs it: real processes on real ports."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer import Exit

from adapters.sandbox.families import DEFAULT_PORTS
from adapters.sandbox.world.generate import generate
from gateway.cli.demo import command
from gateway.cli.demo.client import Client
from gateway.cli.demo.seed import SEED
from gateway.cli.demo.stage import Stage
from tests.thoroughness import tried

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


@pytest.mark.parametrize(("failed", "status"), [([], None), (["a step"], 1)])
def test_a_demo_that_runs_once_ends_with_0_only_if_everything_was_as_predicted(
    failed: list[str], status: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", tmp_path, {}, [])
    monkeypatch.setattr(command, "generate", partial(generate, size=20))
    monkeypatch.setattr(command, "staged", lambda *_: nullcontext(stage))
    monkeypatch.setattr(command, "_registered", lambda *_: {"own": "seal"})
    monkeypatch.setattr(command, "_shared", lambda *_: {})
    monkeypatch.setattr(command, "_walk", lambda *_: failed)
    monkeypatch.setattr(command, "_end_when_asked", lambda: None)
    with nullcontext() if status is None else pytest.raises(Exit) as ended:
        command.demo(once=True, port=1, base_port=3, folder=tmp_path, seed=SEED)
    assert ended is None or ended.value.exit_code == status


def test_a_port_in_use_is_said_with_a_remedy_and_nothing_is_left_running(arguments: list[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(arguments[arguments.index("--port") + 1])))
        taken.listen()
        done = subprocess.run(
            [*arguments, "--once"], env=environment(tmp_path), capture_output=True, text=True, timeout=240, check=False
        )
    assert done.returncode == 2
    assert "port" in done.stderr
    assert "→" in done.stderr


@pytest.mark.timeout(600)  # it starts four processes, beside other tests
@pytest.mark.parametrize("seed", tried([SEED], [SEED, 77]))
def test_the_demo_gives_what_its_seed_predicts_stays_up_and_ends_its_processes_when_terminated(
    seed: int, arguments: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    running = subprocess.Popen(
        [*arguments, "--seed", str(seed)],
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
        running.communicate(timeout=240)
    deadline = time.monotonic() + 60
    while Client().answers(f"{world['gateway']}/healthz"):
        assert time.monotonic() < deadline, "the gateway outlived the demo"
    verify_nobody_is_in_the_logs(folder, world)


def verify_nobody_is_in_the_logs(folder: Path, world: dict[str, Any]) -> None:
    logs = "".join((folder / f"{name}.log").read_text("utf-8") for name in ("gateway", "sandbox"))
    assert '"event": "system.call"' in logs, "an outage must be found in the log"
    for canary in (world["holder"]["number"], world["holder"]["name"], world["case"]):
        assert canary not in logs
    assert not re.findall(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])", logs), "a citizen's number"
    for token in folder.glob("*.token"):
        assert token.read_text().strip().rpartition(".")[2] not in logs
