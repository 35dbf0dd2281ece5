"""Running the sandbox: every system on its own port, and a control port, in the caller's event loop."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from adapters.sandbox.calls import CallCounts
from adapters.sandbox.clock import RealClock
from adapters.sandbox.control import Control
from adapters.sandbox.exchange.service import ShareExchange
from adapters.sandbox.families import CONTROL, DEFAULT_PORTS, SYSTEMS
from adapters.sandbox.faults import Faults
from adapters.sandbox.server import QuietServer, bind
from adapters.sandbox.shell import Shell
from adapters.sandbox.system import SealsDocuments, System
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock


class Sandbox:
    """A running sandbox.

    Attributes:
        world: what the systems hold.
        systems: the systems themselves, by code.
        addresses: their base URLs, by code.
        control: base URL of the control interface.
        faults: what the control interface switches.
        calls: what it counts.
    """

    def __init__(self, world: World, systems: Mapping[str, System], origins: Mapping[str, str]) -> None:
        self.world = world
        self.systems = systems
        self.control = origins[CONTROL]
        self.addresses = {code: origins[code] + system.base_path for code, system in systems.items()}
        self.faults = Faults(systems)
        self.calls = CallCounts()

    def settings(self) -> dict[str, dict[str, str]]:
        """The settings that each system's manifest refers to, by system code and key; they hold secrets."""
        return {code: system.settings(self.addresses[code]) for code, system in self.systems.items()}


@contextlib.asynccontextmanager
async def running_sandbox(
    world: World,
    *,
    ports: Mapping[str, int] | None = None,
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    state: Path | None = None,
) -> AsyncIterator[Sandbox]:
    """All systems of the sandbox, answering until the block ends.

    Args:
        world: what they hold.
        ports: by system code and ``control``; what is not named, or 0, gets a free port. See DEFAULT_PORTS.
        host: the address to listen on.
        clock: by which sessions, use codes and security tokens end; the machine's if None.
        state: a folder in which seal platforms and the exchange keep keys, seals and ledgers from one run to the next;
            None keeps nothing.

    Raises:
        ValueError: a port is given for something that is not in the sandbox.
        PortTaken: a port is in use; nothing was started.
    """
    wanted = dict(ports or {})
    if unknown := sorted(wanted.keys() - DEFAULT_PORTS.keys()):
        raise ValueError(f"no such system: {', '.join(unknown)}; there are {', '.join(DEFAULT_PORTS)}")
    with contextlib.ExitStack() as sockets:
        kept = state or Path(sockets.enter_context(tempfile.TemporaryDirectory(prefix="yiwang-sandbox-")))
        bound = {
            name: sockets.enter_context(contextlib.closing(bind(host, wanted.get(name, 0), name)))
            for name in DEFAULT_PORTS
        }
        time = clock or RealClock()
        systems = {code: entry.build(code, world, time, kept / code) for code, entry in SYSTEMS.items()}
        sandbox = Sandbox(world, systems, {name: _origin(host, one) for name, one in bound.items()})
        closing = asyncio.Event()
        servers = {CONTROL: QuietServer(Control(sandbox.addresses, sandbox.faults, sandbox.calls, systems).app)}
        for code, system in systems.items():
            servers[code] = QuietServer(Shell(system, sandbox.faults, sandbox.calls, closing))
        # no task group: it would wrap what the caller's block raises
        tasks = [asyncio.create_task(server.serve(sockets=[bound[name]])) for name, server in servers.items()]
        try:
            await asyncio.gather(*(server.ready.wait() for server in servers.values()))
            yield sandbox
        finally:
            closing.set()
            for server in servers.values():
                server.stop()
            await asyncio.gather(*tasks)
            for system in systems.values():
                if isinstance(system, SealsDocuments):
                    await system.desk.aclose()
                elif isinstance(system, ShareExchange):
                    system.office.close()
                    system.disputes.close()


def _origin(host: str, bound: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound.getsockname()[1]}"
