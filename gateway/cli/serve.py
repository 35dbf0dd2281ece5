"""`yiwang serve`: run the gateway."""

import logging
import sys

import structlog
import uvicorn
import uvloop

from gateway.bootstrap import running
from gateway.cli.console import err
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings, load_settings
from gateway.system_clock import SystemClock

_IDLE_SECONDS = 30
_GRACE_SECONDS = 30


def serve() -> None:
    """启动网关，设置取自 YIWANG_* 变量 · Run the gateway; settings come from YIWANG_* variables.

    docs/reference/settings.md lists them with their defaults.
    """
    settings = load_settings()
    configure_logs(settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with running(settings, SystemClock()) as gateway:
        config = uvicorn.Config(
            gateway.app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            lifespan="off",
            http="httptools",
            ws="none",
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        systems = gateway.registry.systems()
        err.print(f"[green]✓[/green] http://{settings.host}:{settings.port}/graphql · {len(systems)} systems")
        for view in systems:
            if view.health.last_error:
                err.print(f"[red]✗[/red] {view.code}: {view.health.last_error}")
        server = uvicorn.Server(config)
        try:
            await server.serve()
        except SystemExit as error:
            raise ConfigurationInvalid(
                f"port {settings.port} of {settings.host} cannot be opened", "free it, or set YIWANG_PORT"
            ) from error


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
