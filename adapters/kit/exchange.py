"""One call to a system: request built, credential added, sent within its bounds, reply read, session renewed once."""

import asyncio
from collections.abc import Mapping

import msgspec
from cachetools import LRUCache

from adapters.kit.auth.credential import Credential
from adapters.kit.auth.session import Session
from adapters.kit.auth.style import OperationAuth, SystemAuth
from adapters.kit.http import HttpReply, HttpRequest, Transport
from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.mapping import Keys, Reader, Reading, RequestBuilder, Scope, compile_reading, compile_request
from adapters.kit.paging import NEXT
from adapters.kit.wire import Bound, Wire
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import NationalCrypto

_KEPT_READERS = 64
EXPIRED = "expired"
"""Name of the extra value by which a reading says that the session is over."""


class BoundOperation:
    """An operation made ready: its request compiled once, its readers once per set of wanted fields."""

    def __init__(
        self, name: str, operation: Operation, manifest: Manifest, extras: Mapping[str, str], keys: Keys
    ) -> None:
        self.bound = Bound(name, operation)
        self.builder: RequestBuilder = compile_request(operation.request, manifest)
        self._manifest = manifest
        next_page = operation.paging.next if operation.paging is not None else None
        self._extras = extras if next_page is None else {**extras, NEXT: next_page}
        self._keys = keys
        self._readers: LRUCache[frozenset[str], Reader] = LRUCache(_KEPT_READERS)

    def reader(self, wanted: frozenset[str]) -> Reader:
        """The reader of the ``wanted`` fields."""
        reader = self._readers.get(wanted)
        if reader is None:
            operation = self.bound.operation
            reader = compile_reading(self._manifest, operation, wanted, self._extras, self._keys)
            self._readers[wanted] = reader
        return reader


class Exchange:
    """Makes the calls of one system."""

    def __init__(
        self,
        manifest: Manifest,
        wire: Wire,
        transport: Transport,
        clock: Clock,
        crypto: NationalCrypto | None = None,
    ) -> None:
        self._limits = manifest.limits
        self._wire = wire
        self._transport = transport
        self._clock = clock
        self._crypto = crypto
        self._places = asyncio.Semaphore(manifest.limits.concurrency)
        session = manifest.auth.session
        self._expired_codes = frozenset(session.expired.codes) if session else frozenset()

    async def perform(
        self, operation: BoundOperation, scope: Scope, wanted: frozenset[str], auth: SystemAuth, deadline: Deadline
    ) -> Reading:
        """The reading of one call that ends before ``deadline`` and before the system's own limit.

        A session that turns out to be over is renewed and the call made again, once: the system has refused it, so
        nothing was done twice.

        Raises:
            SystemFailure: there is no reading.
        """
        until = deadline.within(self._limits.deadline, self._clock)
        style = auth.of(operation.bound.name)
        session = await style.session(until)
        reading = await self._once(operation, scope, wanted, style, session, until)
        if reading is None:
            style.discard(session)
            session = await style.session(until)
            reading = await self._once(operation, scope, wanted, style, session, until)
        if reading is None:
            style.discard(session)
            raise SystemFailure(Outcome.DENIED, Fault.THEIRS, "a session was called expired right after its login")
        return reading

    async def _once(
        self,
        operation: BoundOperation,
        scope: Scope,
        wanted: frozenset[str],
        style: OperationAuth,
        session: Session,
        until: Deadline,
    ) -> Reading | None:
        """One attempt, with its own moment and nonces; None if the system calls the session expired."""
        scope = msgspec.structs.replace(scope, now=self._clock.now(), session=session.values, crypto=self._crypto)

        def encode(values: Mapping[str, object], credential: Credential) -> HttpRequest:
            return self._wire.encode(operation.bound, values, credential)

        reply = await self._send(style.prepare(scope, operation.builder.build(scope), encode), until)
        if style.is_over(reply):
            return None
        style.verify(reply, scope)
        reading = self._wire.decode(operation.bound, operation.reader(wanted), reply)
        return None if style.renewable and self._is_over(reading) else reading

    async def fetch(self, url: str, deadline: Deadline) -> HttpReply:
        """What lies at an address that the system named, whatever its status; none of our credentials go there.

        Raises:
            SystemFailure: there is no reply, or the address is not on an allowed host.
        """
        until = deadline.within(self._limits.deadline, self._clock)
        return await self._send(HttpRequest(method="GET", url=url, headers={"accept": "*/*"}), until)

    async def _send(self, request: HttpRequest, until: Deadline) -> HttpReply:
        try:
            async with asyncio.timeout(until.remaining(self._clock)):
                await self._places.acquire()
        except TimeoutError as error:
            raise SystemFailure(
                Outcome.TIMED_OUT, Fault.OURS, "no place was free among the calls that the system is asked at once"
            ) from error
        try:
            return await self._transport.send(request, limit=self._limits.reply_bytes, deadline=until)
        finally:
            self._places.release()

    def _is_over(self, reading: Reading) -> bool:
        return reading.accepted is False and reading.extras.get(EXPIRED) in self._expired_codes
