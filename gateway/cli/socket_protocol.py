"""WebSocket as uvicorn speaks it with wsproto, with a reader who reads and closes that say why."""

from typing import Any, Final

from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Ping, Request

from gateway.cli.connections import Impatient, certificate_of
from gateway.web.evidence import CERTIFICATE_EXTENSION

_MOST_PONGS: Final = 65_536


class SocketProtocol(Impatient, WSProtocol):
    """A WebSocket whose handshake carries the client certificate; when the server stops, the application closes it."""

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake, with the certificate among its ASGI extensions."""
        super().handle_connect(event)
        if certificate := certificate_of(self.transport):
            scope: Any = self.scope
            scope["extensions"][CERTIFICATE_EXTENSION] = certificate

    def handle_ping(self, event: Ping) -> None:
        """Answer, unless the answers to others wait already."""
        if self.transport.get_write_buffer_size() < _MOST_PONGS:
            super().handle_ping(event)

    def handle_close(self, event: CloseConnection) -> None:
        """Close as the peer does; one whose frames cannot be read is told so, with 1002 or 1007."""
        if self.conn.state is ConnectionState.OPEN:  # it is the parser that gave up, not the peer
            self.transport.write(self.conn.send(event))
        super().handle_close(event)

    def shutdown(self) -> None:
        """The application is told by its own means, and says why it closes; uvicorn would cut it off."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
