"""`yiwang serve`: run the gateway."""

import logging
import socket
import sys
from collections.abc import Sequence

import structlog
import uvicorn
import uvloop
from rich.markup import escape

from gateway.bootstrap import running
from gateway.cli.console import err
from gateway.cli.ports import find_holder
from gateway.cli.server import server_config
from gateway.core.errors import ConfigurationInvalid
from gateway.core.system import SystemState, SystemView
from gateway.settings import Settings, load_settings
from gateway.system_clock import SystemClock

_log = structlog.get_logger("serve")


def serve() -> None:
    """启动网关，设置取自 YIWANG_* 变量 · Run the gateway; settings come from YIWANG_* variables.

    docs/reference/settings.md lists them with their defaults.
    """
    settings = load_settings()
    configure_logs(settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with running(settings, SystemClock()) as gateway:
        server = _Server(server_config(gateway.app, settings), gateway.registry.systems())
        try:
            await server.serve()
        except SystemExit as error:
            holder = find_holder(settings.port)
            held = f", {holder} holds it" if holder else ""
            raise ConfigurationInvalid(
                f"port {settings.port} of {settings.host} cannot be opened{held}", "free it, or set YIWANG_PORT"
            ) from error


class _Server(uvicorn.Server):
    """Says that it is up once it is, with the port that it really has."""

    def __init__(self, config: uvicorn.Config, systems: Sequence[SystemView]) -> None:
        super().__init__(config)
        self._systems = systems

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port and tell."""
        await super().startup(sockets)
        if self.started:
            scheme = "https" if self.config.is_ssl else "http"
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            announce(f"{scheme}://{shown}:{port}/graphql", self._systems)


def announce(address: str, systems: Sequence[SystemView]) -> None:
    """Tell people and the log where the gateway answers, and which systems could not be opened and why."""
    failed = [view for view in systems if view.state is SystemState.DOWN]  # nobody has asked one yet
    opened = len(systems) - len(failed)
    counted = f"{opened} opened, {len(failed)} failed" if failed else f"{opened} opened"
    err.print(f"[green]✓[/green] {address} · systems: {counted}")
    for view in failed:
        err.print(f"[red]✗[/red] {view.code}: {escape(view.health.last_error or '?')}")
    _log.info(
        "serve.ready",
        address=address,
        opened=[view.code for view in systems if view not in failed],
        failed={view.code: view.health.last_error for view in failed},
    )


def configure_logs(level: str) -> None:
    """Structured lines on standard error; libraries only from WARNING up."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
