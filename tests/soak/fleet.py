"""The fleet: sandbox, database and gateways as processes of this machine, with what a test does to them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.sandbox.families import CONTROL, DEFAULT_PORTS, ports_from
from adapters.sandbox.world.generate import World, generate
from gateway.cli.demo.seals import write_trust
from gateway.cli.demo.seed import SEED
from gateway.cli.demo.stage import gateway_settings, prepare
from gateway.core.clock import CHINA
from tests.servers.postgres import postgres

READY_SECONDS = 60.0


@dataclass
class Gateway:
    """One `serve` process. Its settings stay the same when it is started anew."""

    name: str
    port: int
    ops_port: int
    log: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "serve"],
                env={**os.environ, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> float:
        """Seconds until it was ready."""
        started = time.monotonic()
        while not answers(f"http://127.0.0.1:{self.port}/readyz"):
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended; read {self.log}")
            if time.monotonic() - started > READY_SECONDS:
                raise RuntimeError(f"{self.name} was not ready in {READY_SECONDS:.0f} s; read {self.log}")
            time.sleep(0.05)
        return time.monotonic() - started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; after SIGKILL the process is gone when this returns."""
        assert self.process is not None
        self.process.send_signal(number)
        if number is signal.SIGKILL:
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def rss_mib(self) -> float:
        """Resident memory at this moment."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def peak_mib(self) -> float:
        """The most resident memory that it had since it was started."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class SandboxProcess:
    """The sandbox in a process of its own. What its seal platforms have done is on the disk, so it can be killed."""

    folder: Path
    base: int
    control: str
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        words = ["sandbox", "--seed", str(SEED), "--base-port", str(self.base)]
        words += ["--deployment", str(self.folder / "systems.toml"), "--state", str(self.folder / "platforms")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Return when it answers."""
        started = time.monotonic()
        while not answers(f"{self.control}/"):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() - started > READY_SECONDS:
                raise RuntimeError(f"the sandbox did not start; read {self.log}")
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; after SIGKILL the process is gone when this returns."""
        assert self.process is not None
        self.process.send_signal(number)
        if number is signal.SIGKILL:
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(20)

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / "sandbox.log"


@dataclass
class Fleet:
    """What is up, and who may ask it."""

    folder: Path
    world: World
    sandbox: SandboxProcess
    database: str
    tokens: dict[str, str]
    gateways: list[Gateway] = field(default_factory=list)

    @property
    def control(self) -> str:
        """Where the sandbox is controlled."""
        return self.sandbox.control

    def set_fault(self, system: str, fault: dict[str, Any] | None) -> None:
        """Switch a fault of a sandbox system on, or off with None."""
        request = urllib.request.Request(
            f"{self.control}/faults/{system}",
            json.dumps(fault).encode() if fault else None,
            method="PUT" if fault else "DELETE",
        )
        with _opener().open(request, timeout=10):
            pass

    def calls(self) -> dict[str, Any]:
        """How often each system was called, by the sandbox's own count."""
        with _opener().open(f"{self.control}/calls", timeout=10) as reply:
            return dict(json.load(reply))

    def finish(self) -> None:
        """Ask the gateways to end: by then all that they left in transactions stands in the audit's chains."""
        for gateway in self.gateways:
            gateway.stop()

    def command(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """A `yiwang` command with the settings of the first gateway."""
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", *words],
            env={**os.environ, **self.gateways[0].settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
            check=False,
        )


@contextmanager
def fleet(folder: Path, database: str, gateways: int = 1, **settings: str) -> Iterator[Fleet]:
    """A fleet that is ready, until the block ends.

    Args:
        folder: keys, logs and a file database.
        database: ``sqlite`` or ``postgresql``.
        gateways: how many; more than one needs PostgreSQL.
        settings: further settings of the gateways, without ``YIWANG_``, in lower case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world = generate(SEED, datetime.now(CHINA).date())
    base = free_ports(len(DEFAULT_PORTS) + 1)
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'yiwang.db'}"
        if database == "postgresql":
            server = stack.enter_context(postgres(folder / "postgresql", durable=True))
            server.sql("CREATE DATABASE soak")
            url = server.url("soak")
        tokens = prepare(folder, world)
        sandbox = SandboxProcess(folder, base, f"http://127.0.0.1:{ports_from(base)[CONTROL]}")
        made = Fleet(folder, world, sandbox, url, tokens)
        sandbox.start()
        stack.callback(sandbox.stop)
        sandbox.wait_ready()
        write_trust(folder, sandbox.control)
        for number in range(gateways):
            port = free_ports(2)
            own = {
                **gateway_settings(folder, port),
                "YIWANG_DATABASE": url,
                "YIWANG_OPS_PORT": str(port + 1),
                **{f"YIWANG_{name.upper()}": value for name, value in settings.items()},
            }
            gateway = Gateway(f"gateway-{number}", port, port + 1, folder / f"gateway-{number}.log", own)
            made.gateways.append(gateway)
            gateway.start()
            stack.callback(gateway.stop)
            gateway.wait_ready()
        yield made


def answers(url: str) -> bool:
    """Whether a GET gives 200."""
    try:
        with _opener().open(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def free_ports(count: int) -> int:
    """The first of ``count`` neighbouring ports on which nobody listens."""
    for base in range(20_000 + os.getpid() % 300 * 20, 32_000, 20):  # below those that the system hands out
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise RuntimeError("no free ports")


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
