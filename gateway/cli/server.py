"""The listeners of the process: TLS, how many connections there may be, and how they end."""

import asyncio
import contextlib
import resource
import ssl
from email.utils import formatdate
from typing import Any, Final

import structlog
from uvicorn.server import ServerState

from gateway.cli.connections import ConnectionLimits, ListenerConfig
from gateway.cli.http_protocol import HttpProtocol
from gateway.cli.socket_protocol import SocketProtocol
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings
from gateway.web.app import Application

_log = structlog.get_logger("serve")

GRACE_SECONDS: Final = 30.0
"""How long running requests may take once the gateway stops; no deadline that a caller can ask for is far from it."""
_CANCEL_SECONDS: Final = 2.0
_HANDSHAKE_SECONDS: Final = 10.0
_BACKLOG: Final = 4_096
_SPARE_FILES: Final = 512
"""Files beside connections of callers: those to systems and the database, logs, libraries."""
_OPS_CONNECTIONS: Final = 64
_POLL_SECONDS: Final = 0.02


class Listener:
    """One port of the process, and everything that is under way on its connections."""

    def __init__(self, config: ListenerConfig) -> None:
        self.config = config
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take connections from now on. Raises OSError if the port cannot be had."""
        config = self.config
        if not config.loaded:
            config.load()
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol,
            config.host,
            config.port,
            ssl=config.ssl,
            backlog=_BACKLOG,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if config.ssl else None,
        )
        self._ticking = asyncio.create_task(self._tick())

    @property
    def address(self) -> str:
        """The base URL, with the port that it really has."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self.config.ssl else 'http'}://{shown}:{port}"

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._state.connections)

    def drain(self) -> None:
        """Serve on, but end each connection with its next answer, so that callers open another one elsewhere."""
        self.config.draining = True

    def stop_listening(self) -> None:
        """Refuse new connections, end silent ones, and the others when what runs on them is answered."""
        self.drain()
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()

    async def close(self, seconds: float, hurry: asyncio.Event) -> int:
        """Wait until everything is answered, at most so many seconds and no longer once there is ``hurry``.

        Returns how many requests were cut off; of these nothing runs any more either.
        """
        self.stop_listening()
        state = self._state
        deadline = asyncio.get_running_loop().time() + seconds
        while (state.connections or state.tasks) and not hurry.is_set():
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(_POLL_SECONDS)  # uvicorn's protocols tell nobody when they end
        cut = set(state.tasks)
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut, timeout=_CANCEL_SECONDS)
        for connection in list(state.connections):
            connection.transport.abort()
        if self._ticking is not None:
            self._ticking.cancel()
        return len(cut)

    def _protocol(self) -> asyncio.Protocol:
        return HttpProtocol(config=self.config, server_state=self._state, app_state={})

    async def _tick(self) -> None:
        """Keep the Date header, which all answers share, at the present second."""
        while True:
            self._state.default_headers[:] = [(b"date", formatdate(usegmt=True).encode())]
            await asyncio.sleep(1)


def gateway_listener(app: Application, settings: Settings) -> Listener:
    """The listener of callers.

    Raises:
        ConfigurationInvalid: a file of the TLS settings cannot be used.
    """
    context = _tls(settings)
    limits = ConnectionLimits(connections=affordable(settings.connections))
    config = _config(app, settings.host, settings.port, limits, ws_max_size=settings.body_bytes)
    config.ssl_context_factory = (lambda _config, _default: context) if context else None
    return Listener(config)


def ops_listener(app: Application, settings: Settings) -> Listener:
    """The listener of operations: without TLS, on an address that only they reach."""
    limits = ConnectionLimits(connections=_OPS_CONNECTIONS)
    return Listener(_config(app, settings.ops_host, settings.ops_port, limits, ws="none"))


def affordable(connections: int) -> int:
    """So many connections, or as many as the limit of open files leaves; it is raised where that is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return connections
    afforded = max(soft - _SPARE_FILES, soft // 2)
    _log.warning("serve.connections.limited", wanted=connections, afforded=afforded, open_files=soft)
    return afforded


def _config(app: Application, host: str, port: int, limits: ConnectionLimits, **more: Any) -> ListenerConfig:  # noqa: ANN401 - uvicorn's own options
    options: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "lifespan": "off",
        "http": HttpProtocol,
        "ws": SocketProtocol,
        # a few bytes may hold gigabytes, and messages are small
        "ws_per_message_deflate": False,
        # uvicorn would take the caller's address from a header, and trusted proxies are known by their address
        "proxy_headers": False,
        "timeout_keep_alive": int(limits.idle),
        **more,
    }
    config = ListenerConfig(app, host=host, port=port, **options)
    config.limits = limits
    return config


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationInvalid(
            "the server's certificate and key cannot be used", "mend YIWANG_TLS_CERTIFICATE and YIWANG_TLS_KEY"
        ) from error
    if settings.tls_client_ca is not None:
        try:
            context.load_verify_locations(settings.tls_client_ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationInvalid(
                f"{settings.tls_client_ca} holds no authorities", "mend YIWANG_TLS_CLIENT_CA"
            ) from error
        # optional: applications with tokens show none; one that is shown and not vouched for ends the handshake
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
