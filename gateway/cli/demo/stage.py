"""The stage of the demo: folders, keys, two processes, and waiting until both answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.sandbox.families import CONTROL, ports_from
from adapters.sandbox.world.generate import World
from certs.audit_keys import generate_audit_key, load_signer
from certs.id_sealer import AesSivIdSealer
from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.cli.console import out
from gateway.cli.demo.client import Client
from gateway.cli.demo.process import Process
from gateway.cli.demo.rules import write_rules
from gateway.cli.demo.seals import TRUST, make_own, write_trust
from gateway.cli.demo.share_bodies import offices
from gateway.cli.demo.tokens import write_tokens
from gateway.cli.files import write_private
from gateway.cli.issuers import write_issuers
from gateway.cli.ports import verify_free
from gateway.core.errors import ConfigurationInvalid
from gateway.system_clock import SystemClock

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.1
_OPS_FROM_BASE = 364
"""From the sandbox's control port to the gateway's ops port: 9464, where that one is 9100."""


class Stage(msgspec.Struct, frozen=True):
    """A demo that is up: where gateway, its ops port and the sandbox's control are, and the tokens by role."""

    gateway: str
    ops: str
    control: str
    folder: Path
    tokens: dict[str, str]
    processes: list[Process]

    @property
    def faults(self) -> str:
        """Below which faults are switched, by system."""
        return f"{self.control}/faults"

    def address(self, system: str) -> str:
        """The base URL of one of the sandbox's systems."""
        return str(Client().read(f"{self.control}/")["systems"][system])

    def verify_up(self, within: float = 0) -> None:
        """Raise if one of its processes has ended, or does ``within`` so many seconds.

        Raises:
            ProcessEnded: with which one, and the last lines of its log.
        """
        for process in self.processes:
            process.verify_alive(within)


@contextmanager
def staged(folder: Path, world: World, port: int, base_port: int) -> Iterator[Stage]:
    """Sandbox and gateway as processes of their own, until the block ends.

    Raises:
        ConfigurationInvalid: a port is taken, a process did not answer in time, or as ProcessEnded, it ended.
    """
    ports = ports_from(base_port)
    ops_port = base_port + _OPS_FROM_BASE
    for needed in (*ports.values(), port, ops_port):
        verify_free(needed)
    folder.mkdir(parents=True, exist_ok=True)
    tokens = prepare(folder, world)
    control = f"http://127.0.0.1:{ports[CONTROL]}"
    processes: list[Process] = []
    stage = Stage(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ops_port}", control, folder, tokens, processes)
    try:
        with Progress(
            SpinnerColumn(finished_text="[green]✓[/green]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=out,
        ) as progress:
            sandbox = _sandbox(folder, world, base_port)
            _start(processes, progress, "遗留系统沙箱 · sandbox", folder, sandbox, control)
            write_trust(folder, control)
            gateway = Process("gateway", ["serve"], folder, gateway_settings(folder, port, ops_port))
            _start(processes, progress, "网关 · gateway", folder, gateway, f"{stage.gateway}/readyz")
        yield stage
    finally:
        for process in reversed(processes):
            process.stop()


def _start(processes: list[Process], progress: Progress, title: str, folder: Path, process: Process, url: str) -> None:
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


def _sandbox(folder: Path, world: World, base_port: int) -> Process:
    arguments = ["sandbox", "--seed", str(world.seed), "--base-port", str(base_port)]
    arguments += ["--deployment", str(folder / "systems.toml"), "--state", str(folder / "platforms")]
    return Process("sandbox", arguments, folder, {})


def gateway_settings(folder: Path, port: int, ops_port: int = 0) -> dict[str, str]:
    """The settings of a gateway whose files are in ``folder``; it takes a free ops port unless one is given."""
    return {
        "YIWANG_MODE": "development",
        "YIWANG_HOST": "127.0.0.1",
        "YIWANG_PORT": str(port),
        "YIWANG_OPS_PORT": str(ops_port),
        "YIWANG_SYSTEMS": str(folder / "systems.toml"),
        "YIWANG_ISSUERS": str(folder / "issuers.toml"),
        "YIWANG_ID_KEY": str(folder / "id.key"),
        "YIWANG_RECORD_KEY": str(folder / "record.key"),
        "YIWANG_AUDIT_KEY": str(folder / "audit.key"),
        "YIWANG_AUDIT_ANCHOR": str(folder / "audit.anchors"),
        "YIWANG_DATABASE": f"sqlite:///{folder / 'gateway.sqlite'}",
        "YIWANG_RULES": str(folder / "rules.toml"),
        "YIWANG_SHARE_OFFICES": str(folder / "offices.toml"),
        "YIWANG_SEAL_TRUST": str(folder / TRUST),
        "YIWANG_CALLBACK_URL": f"http://127.0.0.1:{port}",
        # one token of each role plays everybody, under load too
        "YIWANG_APPLICATION_RATE": "5000/10000",
        "YIWANG_PERSON_RATE": "5000/10000",
        "YIWANG_LICENCE_TYPES": str(folder / "licence-types.toml"),
    }


def prepare(folder: Path, world: World) -> dict[str, str]:
    """Write keys, issuers, rules and tokens; the tokens by role."""
    issuer = DevelopmentIssuer.generate(SystemClock())
    write_private(folder / "issuer.jwk", issuer.private_jwk())
    write_issuers(folder, issuer)
    write_private(folder / "id.key", AesSivIdSealer.generate_key())
    write_private(folder / "record.key", AesGcmRecordCipher.generate_key())
    audit_key = generate_audit_key()
    write_private(folder / "audit.key", audit_key)
    (folder / "audit.key.pub.pem").write_text(load_signer(audit_key).public_pem, "utf-8")
    for name in ("gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm", "audit.anchors"):
        (folder / name).unlink(missing_ok=True)  # sealed under the keys of another demo
    types = "\n".join(f'"{kind.code}" = "{kind.name}"' for kind in world.types)
    (folder / "licence-types.toml").write_text(f"[types]\n{types}\n", "utf-8")
    write_rules(folder / "rules.toml", world)
    (folder / "offices.toml").write_text(offices(world), "utf-8")
    make_own(folder)
    (folder / "systems.toml").unlink(missing_ok=True)
    return write_tokens(folder, world, issuer)
