"""One request and its answer over one connection: HTTP/1.1 as h11 writes and reads it."""

import h11

from adapters.kit.http.connection import Connection
from adapters.kit.http.decoding import ReplyBody
from adapters.kit.http.failures import Phase, Progress, hung_up
from adapters.kit.http.hosts import Origin
from adapters.kit.http.messages import HttpReply, HttpRequest
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_HEAD_BYTES = 100 * 1024
_HEADERS = 100
_INTERIM_ANSWERS = 16
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

_Incoming = h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage


class Talk:
    """One exchange, written out and ready to be held; the reply has at most ``limit`` decoded bytes.

    Raises:
        h11.ProtocolError, UnicodeError: HTTP cannot carry the request.
    """

    def __init__(self, request: HttpRequest, origin: Origin, limit: int) -> None:
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._data = b"".join(self._parser.send(event) or b"" for event in _events(request, origin))
        self._limit = limit
        self._ended = False

    async def hold(self, connection: Connection, progress: Progress) -> HttpReply:
        """The reply; the connection is ``reusable`` if both sides came to their end and nothing followed it.

        Bytes beyond the answer would be taken for the answer to the next call, which may be another person's.

        Raises:
            SystemFailure: the answer is a redirect, too long, or ends too early.
            OSError, h11.ProtocolError: for ``failures`` to translate.
        """
        progress.phase = Phase.ASKED
        connection.write(self._data)
        head = await self._head(connection)
        progress.phase = Phase.READING
        headers = _headers(head)
        body = ReplyBody(headers, self._limit)
        while not isinstance(event := await self._next(connection, Phase.READING), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                body.feed(bytes(event.data))
        is_done = self._parser.our_state is h11.DONE and self._parser.their_state is h11.DONE
        connection.reusable = is_done and not self._parser.trailing_data[0]
        return HttpReply(status=head.status_code, headers=headers, body=body.finish())

    async def _head(self, connection: Connection) -> h11.Response:
        for _ in range(_INTERIM_ANSWERS):
            event = await self._next(connection, Phase.ASKED)
            if isinstance(event, h11.Response):
                return event
        raise _fault("the answer does not come to its point: too many interim ones")

    async def _next(self, connection: Connection, phase: Phase) -> _Incoming:
        while not isinstance(event := self._parsed(), _Incoming):
            # with neither pipelining nor upgrades, what is no event asks for more bytes
            data = await connection.read()
            self._ended = not data
            if self._ended and phase is Phase.ASKED:
                raise hung_up(phase)
            self._parser.receive_data(data)
        return event

    def _parsed(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            return self._parser.next_event()
        except h11.RemoteProtocolError as error:
            if self._ended:
                raise hung_up(Phase.READING) from error
            raise


def _events(request: HttpRequest, origin: Origin) -> tuple[h11.Request, h11.Data, h11.EndOfMessage]:
    given = {name.lower() for name in request.headers}
    ours = {"Host": origin.authority, "User-Agent": "yiwang", "Accept-Encoding": "gzip, deflate"}
    if request.body or request.method.upper() in _WITH_BODY:
        ours["Content-Length"] = str(len(request.body))
    headers = [(name, value) for name, value in ours.items() if name.lower() not in given]
    return (
        h11.Request(method=request.method, target=origin.target, headers=[*headers, *request.headers.items()]),
        h11.Data(data=request.body),
        h11.EndOfMessage(),
    )


def _headers(head: h11.Response) -> dict[str, str]:
    """The headers by lower-case name; those that come several times are joined.

    Raises:
        SystemFailure: there are too many, or the answer is a redirect.
    """
    if len(head.headers) > _HEADERS:
        raise _fault(f"the answer has more than {_HEADERS} headers")
    if 300 <= head.status_code < 400:  # noqa: PLR2004 - the class of statuses that HTTP calls redirection
        raise _fault(f"answered with a redirect (HTTP status {head.status_code}), and none is ever followed")
    headers: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
