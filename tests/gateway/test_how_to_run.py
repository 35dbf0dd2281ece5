"""docs/how-to/run-a-gateway.md is typed, from the first command to the last."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.sandbox.families import DEFAULT_PORTS
from gateway.cli.demo.client import Client

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/run-a-gateway.md").read_text("utf-8")
BLOCKS = re.compile(r"([^\n]*)\n\n```sh\n(.*?)```", re.DOTALL)
OWN_TERMINAL = "n a terminal of its own:"
ENVIRONMENT = "python3 run.py serve --help\n"
"""Where tests run, the environment is made."""

pytestmark = pytest.mark.group("curl", needs="curl, which the page uses")


class Reader:
    """Types the page, in a folder and at ports of the test's own."""

    def __init__(self, folder: Path, port: int, base: int, stack: ExitStack) -> None:
        self._folder, self._port, self._base, self._stack = folder, port, base, stack

    def type(self, text: str, before: str) -> str:
        """What the commands print; those that stay up end with the test."""
        stays = before.endswith(OWN_TERMINAL)
        yiwang = f"{sys.executable} -m gateway.cli"
        for words, own in (
            (ENVIRONMENT, ""),
            ("var/gateway", str(self._folder)),
            (".venv/bin/yiwang", f"exec {yiwang}" if stays else yiwang),
            ("8000", str(self._port)),
            ("9100", str(self._base)),
        ):
            text = text.replace(words, own)
        command = ["bash", "-euo", "pipefail", "-c", text]
        if stays:
            self._stay(command, f"{self._port}/readyz" if "serve" in text else f"{self._base}/")
            return ""
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _stay(self, command: list[str], answers: str) -> None:
        running = self._stack.enter_context(subprocess.Popen(command, cwd=ROOT))
        self._stack.callback(running.send_signal, signal.SIGTERM)
        deadline = time.monotonic() + 240
        while not Client().answers(f"http://127.0.0.1:{answers}"):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    base = 32_000 + os.getpid() % 30 * 20
    with ExitStack() as stack:
        yield Reader(tmp_path / "gateway", base + len(DEFAULT_PORTS), base, stack)


def test_every_command_works_and_the_last_one_gives_licences(reader: Reader) -> None:
    blocks = BLOCKS.findall(PAGE)
    assert len(blocks) == PAGE.count("```sh")
    *_, last = [reader.type(text, before) for before, text in blocks]
    licences = json.loads(last)["data"]["licences"]
    assert licences["completeness"] == "COMPLETE"
    assert licences["nodes"]
