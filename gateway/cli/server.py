"""The HTTP server in front of the application: TLS, client certificates, and no belief in forwarded addresses."""

import ssl
from asyncio import BaseTransport
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings
from gateway.web.app import Application
from gateway.web.evidence import CERTIFICATE_EXTENSION

_IDLE_SECONDS = 30
_GRACE_SECONDS = 30


class CertificateProtocol(HttpToolsProtocol):
    """HTTP whose requests carry the client certificate of their connection, which uvicorn keeps to itself."""

    _certificate: bytes | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Note the certificate: the handshake is over, and has checked it against the authorities."""
        super().connection_made(transport)  # type: ignore[arg-type] # asyncio gives a Transport here
        connection: Any = transport.get_extra_info("ssl_object")
        if connection is not None:
            self._certificate = connection.getpeercert(binary_form=True)

    def on_message_begin(self) -> None:
        """Begin a request, with the certificate among its ASGI extensions."""
        super().on_message_begin()
        if self._certificate is not None:
            scope: Any = self.scope
            scope["extensions"] = {CERTIFICATE_EXTENSION: self._certificate}


def server_config(app: Application, settings: Settings) -> uvicorn.Config:
    """How uvicorn runs the application.

    Raises:
        ConfigurationInvalid: a file of the TLS settings cannot be used.
    """
    context = _tls(settings)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="off",
        http=CertificateProtocol,
        ws="none",
        # uvicorn would take the caller's address from a header, and trusted proxies are known by their address
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )


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
