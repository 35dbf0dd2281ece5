"""`yiwang serve`: run the gateway."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog
import typer
import uvloop
from rich.markup import escape

from gateway.bootstrap.running import Running, running
from gateway.cli.console import err
from gateway.cli.ports import find_holder
from gateway.cli.server import Listener, gateway_listener, ops_listener
from gateway.cli.stopping import Asked, asked_by_signals, stop
from gateway.core.defects import trace
from gateway.core.errors import ConfigurationInvalid
from gateway.core.system import SystemState, SystemView
from gateway.settings import OFF, Settings, load_settings
from gateway.system_clock import SystemClock

_log = structlog.get_logger("serve")
_OPS_GRACE_SECONDS: Final = 1.0


def serve() -> None:
    """启动网关，设置取自 YIWANG_* 变量 · Run the gateway; settings come from YIWANG_* variables.

    docs/reference/settings.md lists them with their defaults. SIGTERM ends it in order, with 0 if everything that ran
    was answered; a second one at once, with 1 if something was not.
    """
    settings = load_settings()
    configure_logs(settings.log_level)
    if uvloop.run(_serve(settings)):
        raise typer.Exit(1)


async def _serve(settings: Settings) -> int:
    with asked_by_signals() as asked:
        async with running(settings, SystemClock()) as gateway:
            return await serve_until_asked(gateway, settings, asked)


async def serve_until_asked(gateway: Running, settings: Settings, asked: Asked) -> int:
    """Serve until asked to stop; how many requests were cut off in doing so.

    Raises:
        ConfigurationInvalid: a port cannot be opened, a TLS file not be used.
    """
    listener = gateway_listener(gateway.app, settings)
    ops = ops_listener(gateway.ops, settings) if settings.ops_port != OFF else None
    async with AsyncExitStack() as listeners:
        if ops is not None:
            await _open(ops, settings.ops_host, settings.ops_port, "YIWANG_OPS_PORT")
            listeners.push_async_callback(ops.close, _OPS_GRACE_SECONDS, asked.to_hurry)
        await _open(listener, settings.host, settings.port, "YIWANG_PORT")
        announce(f"{listener.address}/graphql", gateway.registry.systems(), ops.address if ops else None)
        await asked.to_stop.wait()
        return await stop(listener, gateway.stopping, asked, settings.drain)


async def _open(listener: Listener, host: str, port: int, variable: str) -> None:
    try:
        await listener.open()
    except OSError as error:
        holder = find_holder(port)
        held = f", {holder} holds it" if holder else ""
        raise ConfigurationInvalid(
            f"port {port} of {host} cannot be opened{held}", f"free it, or set {variable}"
        ) from error


def announce(address: str, systems: Sequence[SystemView], ops: str | None = None) -> None:
    """Tell people and the log where the gateway answers, and which systems could not be opened and why.

    ``ops`` is the base URL of the ops port.
    """
    failed = [view for view in systems if view.state is SystemState.DOWN]  # nobody has asked one yet
    opened = len(systems) - len(failed)
    counted = f"{opened} opened, {len(failed)} failed" if failed else f"{opened} opened"
    err.print(f"[green]✓[/green] {address} · systems: {counted}")
    for view in failed:
        err.print(f"[red]✗[/red] {view.code}: {escape(view.health.last_error or '?')}")
    _log.info(
        "serve.ready",
        address=address,
        ops=ops,
        opened=[view.code for view in systems if view not in failed],
        failed={view.code: view.health.last_error for view in failed},
    )


class _ServerLog(logging.Handler):
    """Takes the words of the HTTP library: of a defect where it is, of a caller's mistakes nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on a defect: the library would print its message, which may quote anything."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, asyncio.CancelledError):  # what is cut off is told as a number
            _log.error("server.defect", trace=trace(error))


def configure_logs(level: str) -> None:
    """Structured lines on standard error; libraries only from WARNING up."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    server = logging.getLogger("uvicorn.error")
    server.handlers, server.propagate = [_ServerLog(logging.ERROR)], False
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
