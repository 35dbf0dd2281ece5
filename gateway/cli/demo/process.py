"""A `yiwang` process of the demo, whose output goes to a log file."""

import os
import subprocess
import sys
from pathlib import Path

from gateway.core.errors import ConfigurationInvalid

_STOP_SECONDS = 10.0
_TAIL_LINES = 5
_LONGEST_LINE = 300


class ProcessEnded(ConfigurationInvalid):
    """A process of the demo ended by itself; its last lines are told."""


class Process:
    """One `yiwang` process; it cannot outlive the process that started it.

    Args:
        name: what it is called in messages, and its log file ``<folder>/<name>.log``.
        arguments: of the `yiwang` command.
        folder: where the log goes.
        settings: environment variables beside those of this process.
    """

    def __init__(self, name: str, arguments: list[str], folder: Path, settings: dict[str, str]) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        self._arguments = [sys.executable, "-m", "gateway.cli.demo.child", *arguments]
        self._environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C at the terminal is the demo's to handle."""
        with self._log.open("wb") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own command, no shell
                self._arguments,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def verify_alive(self, within: float = 0) -> None:
        """Raise if it has ended, or does ``within`` so many seconds.

        Raises:
            ProcessEnded: with how it ended and the last lines of its log.
        """
        if self._running is None:
            return
        try:
            status = self._running.wait(within)
        except subprocess.TimeoutExpired:
            return
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()[-_TAIL_LINES:]
        tail = "".join(f"\n  {line[:_LONGEST_LINE]}" for line in lines)
        raise ProcessEnded(
            f"{self.name} 进程已意外结束 · the {self.name} ended {how}{tail}",
            f"查看日志，再重新启动演示 · read {self._log} and start the demo again",
        )

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self._running is None:
            return
        self._running.terminate()
        try:
            self._running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        if self._running.stdin is not None:
            self._running.stdin.close()
