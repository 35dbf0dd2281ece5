"""One call to a system: request built, credential added, sent in its turn, reply read, session renewed once."""

from collections.abc import Mapping

import msgspec
from cachetools import LRUCache

from adapters.kit.auth.credential import Credential
from adapters.kit.auth.session import Session
from adapters.kit.auth.style import OperationAuth, SystemAuth
from adapters.kit.guard import Bulkhead, Ending, Guard, Pace
from adapters.kit.http import HttpReply, HttpRequest, Transport, verify_status
from adapters.kit.judging import Judge
from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.manifest.sealing import GIVES_DOCUMENTS, SIGN
from adapters.kit.manifest.sharing import SHARE_CORRECT, SHARE_REQUEST
from adapters.kit.mapping import Keys, Reader, Reading, RequestBuilder, Scope, compile_reading, compile_request
from adapters.kit.paging import NEXT
from adapters.kit.recording import Errand, Recorder
from adapters.kit.sending import Sender
from adapters.kit.wire import Bound, Wire
from adapters.kit.xml import refuse_html
from gateway.core.call_record import CallKind, NotSent, RecordCall, ignore_call
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import NationalCrypto

_KEPT_READERS = 64
_ONCE = frozenset({SIGN, SHARE_REQUEST, SHARE_CORRECT})
"""What is done when it arrives: it gets a connection of its own, for on an old one nobody knows whether it did."""
EXPIRED = "expired"
"""Name of the extra value by which a reading says that the session is over."""

_EXPIRED = Ending(outcome=Outcome.EXPIRED, answered=True)
"""Of a call whose session was over: the system works, and nobody has to mend anything."""


class BoundOperation:
    """An operation made ready: its request compiled once, its readers once per set of wanted fields."""

    def __init__(
        self, name: str, operation: Operation, manifest: Manifest, extras: Mapping[str, str], keys: Keys
    ) -> None:
        self.bound = Bound(name, operation)
        self.builder: RequestBuilder = compile_request(operation.request, manifest)
        self._written = operation.model_dump_json(include={"request"})
        self._manifest = manifest
        next_page = operation.paging.next if operation.paging is not None else None
        self._extras = extras if next_page is None else {**extras, NEXT: next_page}
        self._keys = keys
        self._readers: LRUCache[frozenset[str], Reader] = LRUCache(_KEPT_READERS)

    def refers_to(self, reference: str) -> bool:
        """Whether the request uses this reference."""
        return f'"{reference}"' in self._written

    def reader(self, wanted: frozenset[str]) -> Reader:
        """The reader of the ``wanted`` fields."""
        reader = self._readers.get(wanted)
        if reader is None:
            operation = self.bound.operation
            reader = compile_reading(self._manifest, operation, wanted, self._extras, self._keys)
            self._readers[wanted] = reader
        return reader


class Exchange:
    """Makes the calls of one system.

    Args:
        manifest: gives limits and what codes mean.
        wire: speaks the system's protocol.
        transport: carries requests.
        clock: gives instants and measures time.
        crypto: computes SM2, SM3 and SM4.
        record_call: takes the operational record.
    """

    def __init__(
        self,
        manifest: Manifest,
        wire: Wire,
        transport: Transport,
        clock: Clock,
        crypto: NationalCrypto | None = None,
        record_call: RecordCall = ignore_call,
    ) -> None:
        limits = manifest.limits
        self._limits = limits
        self._wire = wire
        self._clock = clock
        self._crypto = crypto
        self._kind = CallKind.REST if manifest.protocol.soap is None else CallKind.SOAP
        self._judge = Judge(manifest, clock)
        recorder = Recorder(manifest.system.code, record_call, clock)
        pace = None if limits.rate is None else Pace(limits.rate.per_second, limits.rate.burst, clock)
        bulkhead = Bulkhead(limits.concurrency, limits.queue, clock, pace)

        def sender() -> Sender:
            guard = Guard(bulkhead, limits.deadline, clock)
            return Sender(guard, transport, limits.reply_bytes, recorder, self._judge)

        self._calls = sender()
        self._files = sender()  # files may lie elsewhere, and that place fail alone
        self._documents = limits.longest_document_reply
        session = manifest.auth.session
        self._expired_codes = frozenset(session.expired.codes) if session else frozenset()

    async def perform(
        self,
        operation: BoundOperation,
        scope: Scope,
        wanted: frozenset[str],
        auth: SystemAuth,
        deadline: Deadline,
        *,
        probing: bool = False,
    ) -> Reading:
        """The reading of one call that ends before ``deadline`` and before the system's own limit.

        A session that turns out to be over is renewed and the call made again, once: the system has refused it, so
        nothing was done twice. A safe operation is made again after a passing failure, as far as the guard allows.

        Args:
            operation: what to ask.
            scope: what the call is about; collects what is received.
            wanted: the fields of licences.
            auth: proves the call.
            deadline: until when an answer is worth having.
            probing: a probe of the gateway's own: it may go although calls are paused, and is never repeated.

        Raises:
            SystemFailure: there is no reading; Held if the call did not go out.
        """
        errand = self._errand(operation, self._kind, scope, deadline, probing=probing)
        style = auth.of(operation.bound.name)
        reader = operation.reader(wanted)

        async def once() -> Reading:
            session = await self._session(errand, style)
            reading = await self._ask(errand, operation, scope, reader, style, session)
            if reading is None:
                style.discard(session)
                session = await self._session(errand, style)
                reading = await self._ask(errand, operation, scope, reader, style, session)
            if reading is None:
                style.discard(session)
                raise SystemFailure(
                    Outcome.DENIED, Fault.THEIRS, "a session was called expired right after its login", unsent=True
                )
            return reading

        if probing or not operation.bound.operation.safe:
            return await once()
        return await self._calls.repeated(errand, once)

    async def fetch(self, operation: BoundOperation, url: str, scope: Scope) -> HttpReply:
        """The file at an address that an answer to ``operation`` named; none of our credentials go there.

        Raises:
            SystemFailure: there is no file, or the address is not on an allowed host; Held as for ``perform``.
        """
        errand = self._errand(operation, CallKind.FILE, scope, scope.call.deadline)
        request = HttpRequest(method="GET", url=url, headers={"accept": "*/*"})
        return await self._files.repeated(errand, lambda: self._files.send(errand, lambda: request, _file))

    def _errand(
        self, operation: BoundOperation, kind: CallKind, scope: Scope, deadline: Deadline, *, probing: bool = False
    ) -> Errand:
        until = deadline.within(self._limits.deadline, self._clock)
        documents = operation.bound.operation.serves in GIVES_DOCUMENTS and not probing  # a probe asks for none
        return Errand(
            call=scope.call,
            operation=operation.bound,
            kind=kind,
            until=until,
            received=scope.received,
            probing=probing,
            reply_bytes=self._documents if documents else None,
        )

    async def _session(self, errand: Errand, style: OperationAuth) -> Session:
        try:
            return await style.session(errand.until)
        except BaseException as error:
            if isinstance(error, SystemFailure):
                error.unsent = True  # of the login it may not be true, of the call that needs it it is
            self._calls.unsent(errand, error, NotSent.LOGIN)
            raise

    async def _ask(
        self,
        errand: Errand,
        operation: BoundOperation,
        scope: Scope,
        reader: Reader,
        style: OperationAuth,
        session: Session,
    ) -> Reading | None:
        """One attempt, with its own moment and nonces; None if the system calls the session expired."""
        bound = operation.bound
        own = scope

        def encode(values: Mapping[str, object], credential: Credential) -> HttpRequest:
            return self._wire.encode(bound, values, credential)

        def prepare() -> HttpRequest:
            nonlocal own
            own = msgspec.structs.replace(scope, now=self._clock.now(), session=session.values, crypto=self._crypto)
            request = style.prepare(own, operation.builder.build(own), encode)
            return msgspec.structs.replace(request, fresh=True) if bound.operation.serves in _ONCE else request

        def read(reply: HttpReply) -> tuple[Reading | None, Ending]:
            if style.is_over(reply):
                return None, _EXPIRED
            style.verify(reply, own)
            reading = self._wire.decode(bound, reader, reply)
            if style.renewable and self._is_over(reading):
                return None, _EXPIRED
            return reading, self._judge.ending(bound.operation, reading)

        return await self._calls.send(errand, prepare, read)

    def _is_over(self, reading: Reading) -> bool:
        return reading.accepted is False and reading.extras.get(EXPIRED) in self._expired_codes


def _file(reply: HttpReply) -> tuple[HttpReply, Ending]:
    verify_status(reply)
    refuse_html(reply.body, reply.content_type, instead_of="the file")
    return reply, Ending(outcome=Outcome.OK, answered=True)
