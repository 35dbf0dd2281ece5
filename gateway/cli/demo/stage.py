"""The stage of the demo: folders, keys, two processes, and waiting until both answer."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.sandbox.families import CONTROL, ports_from
from adapters.sandbox.world.generate import World
from certs.id_sealer import AesSivIdSealer
from certs.tokens import DEVELOPMENT_ISSUER, DevelopmentIssuer
from gateway.cli.console import out
from gateway.cli.demo.client import Client
from gateway.cli.demo.tokens import write_tokens
from gateway.cli.files import write_private
from gateway.core.errors import ConfigurationInvalid
from gateway.system_clock import SystemClock

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.1
_STOP_SECONDS = 10.0


class Stage(msgspec.Struct, frozen=True):
    """A demo that is up: where it is, and the tokens by role."""

    gateway: str
    faults: str
    folder: Path
    tokens: dict[str, str]


@contextmanager
def staged(folder: Path, world: World, port: int, base_port: int) -> Iterator[Stage]:
    """Sandbox and gateway as processes of their own, until the block ends.

    Raises:
        ConfigurationInvalid: a port is taken, or a process ended or did not answer in time; its last lines are told.
    """
    ports = ports_from(base_port)
    for needed in (*ports.values(), port):
        _verify_free(needed)
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _prepare(folder, world)
    control = f"http://127.0.0.1:{ports[CONTROL]}"
    stage = Stage(f"http://127.0.0.1:{port}", f"{control}/faults", folder, tokens)
    processes: list[_Process] = []
    try:
        with Progress(
            SpinnerColumn(finished_text="[green]✓[/green]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=out,
        ) as progress:
            sandbox = _sandbox(folder, world, base_port)
            _start(processes, progress, "遗留系统沙箱 · sandbox", folder, sandbox, control)
            gateway = _Process("gateway", ["serve"], folder, _gateway_settings(folder, port))
            _start(processes, progress, "网关 · gateway", folder, gateway, f"{stage.gateway}/readyz")
        yield stage
    finally:
        for process in reversed(processes):
            process.stop()


class _Process:
    """One `yiwang` process whose output goes to a log file."""

    def __init__(self, name: str, arguments: list[str], folder: Path, settings: dict[str, str]) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        self._arguments = [sys.executable, "-m", "gateway.cli", *arguments]
        self._environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C at the terminal is the demo's to handle."""
        with self._log.open("wb") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own command, no shell
                self._arguments, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def verify_alive(self) -> None:
        """Raise with its last lines if it has ended."""
        if self._running is not None and self._running.poll() is not None:
            tail = self._log.read_text("utf-8", "replace").strip().splitlines()[-5:]
            raise ConfigurationInvalid(f"the {self.name} ended: {' / '.join(tail)}", f"read {self._log}")

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


def _start(
    processes: list[_Process], progress: Progress, title: str, folder: Path, process: _Process, url: str
) -> None:
    task = progress.add_task(title, total=1)
    process.start()
    processes.append(process)
    client = Client()
    deadline = time.monotonic() + _READY_SECONDS
    while not client.answers(url):
        process.verify_alive()
        if time.monotonic() > deadline:
            raise ConfigurationInvalid(
                f"the {process.name} did not answer in {_READY_SECONDS:.0f} s", f"read {folder}/*.log"
            )
        time.sleep(_POLL_SECONDS)
    progress.update(task, completed=1)


def _sandbox(folder: Path, world: World, base_port: int) -> _Process:
    arguments = ["sandbox", "--seed", str(world.seed), "--base-port", str(base_port)]
    arguments += ["--deployment", str(folder / "systems.toml")]
    return _Process("sandbox", arguments, folder, {})


def _gateway_settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "YIWANG_MODE": "development",
        "YIWANG_HOST": "127.0.0.1",
        "YIWANG_PORT": str(port),
        "YIWANG_SYSTEMS": str(folder / "systems.toml"),
        "YIWANG_JWKS": str(folder / "jwks.json"),
        "YIWANG_ISSUER": DEVELOPMENT_ISSUER,
        "YIWANG_ID_KEY": str(folder / "id.key"),
        "YIWANG_LICENCE_TYPES": str(folder / "licence-types.toml"),
    }


def _prepare(folder: Path, world: World) -> dict[str, str]:
    issuer = DevelopmentIssuer.generate(SystemClock())
    write_private(folder / "issuer.jwk", issuer.private_jwk())
    (folder / "jwks.json").write_bytes(issuer.jwks())
    write_private(folder / "id.key", AesSivIdSealer.generate_key())
    types = "\n".join(f'"{kind.code}" = "{kind.name}"' for kind in world.types)
    (folder / "licence-types.toml").write_text(f"[types]\n{types}\n", "utf-8")
    (folder / "systems.toml").unlink(missing_ok=True)
    return write_tokens(folder, world, issuer)


def _verify_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationInvalid(
                f"端口 {port} 已被占用 · port {port} is taken",
                "结束占用它的程序，或许另一个演示仍在运行 · end what uses it; perhaps another demo runs",
            ) from error
