"""One call to a system: request built, credential added, sent within its bounds, reply read, session renewed once."""

import asyncio
from collections.abc import Mapping

from cachetools import LRUCache

from adapters.kit.auth.credential import AuthStyle, Credential
from adapters.kit.http import Transport
from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.mapping import Reader, Reading, RequestBuilder, Scope, compile_reading, compile_request
from adapters.kit.wire import Bound, Wire
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_KEPT_READERS = 64
EXPIRED = "expired"
"""Name of the extra value by which a reading says that the session is over."""


class BoundOperation:
    """An operation made ready: its request compiled once, its readers once per set of wanted fields."""

    def __init__(self, name: str, operation: Operation, manifest: Manifest, extras: Mapping[str, str]) -> None:
        self.bound = Bound(name, operation)
        self.builder: RequestBuilder = compile_request(operation.request, manifest)
        self._manifest = manifest
        self._extras = extras
        self._readers: LRUCache[frozenset[str], Reader] = LRUCache(_KEPT_READERS)

    def reader(self, wanted: frozenset[str]) -> Reader:
        """The reader of the ``wanted`` fields."""
        reader = self._readers.get(wanted)
        if reader is None:
            reader = self._readers[wanted] = compile_reading(self._manifest, self.bound.operation, wanted, self._extras)
        return reader


class Exchange:
    """Makes the calls of one system."""

    def __init__(
        self,
        manifest: Manifest,
        wire: Wire,
        transport: Transport,
        clock: Clock,
    ) -> None:
        self._limits = manifest.limits
        self._wire = wire
        self._transport = transport
        self._clock = clock
        self._places = asyncio.Semaphore(manifest.limits.concurrency)
        session = manifest.auth.session
        self._expired_codes = frozenset(session.expired.codes) if session else frozenset()

    async def perform(
        self, operation: BoundOperation, scope: Scope, wanted: frozenset[str], auth: AuthStyle, deadline: Deadline
    ) -> Reading:
        """The reading of one call that ends before ``deadline`` and before the system's own limit.

        A session that turns out to be over is renewed and the call made again, once: the system has refused it, so
        nothing was done twice.

        Raises:
            SystemFailure: there is no reading.
        """
        until = deadline.within(self._limits.deadline, self._clock)
        values = operation.builder.build(scope)
        credential = await auth.credential(until)
        reading = await self._once(operation, values, wanted, credential, until)
        if self._session_over(reading) and auth.discard(credential):
            credential = await auth.credential(until)
            reading = await self._once(operation, values, wanted, credential, until)
            if self._session_over(reading):
                auth.discard(credential)
                raise SystemFailure(Outcome.DENIED, Fault.THEIRS, "a session was called expired right after its login")
        return reading

    async def _once(
        self,
        operation: BoundOperation,
        values: Mapping[str, object],
        wanted: frozenset[str],
        credential: Credential,
        until: Deadline,
    ) -> Reading:
        request = self._wire.encode(operation.bound, values, credential)
        try:
            async with asyncio.timeout(until.remaining(self._clock)):
                await self._places.acquire()
        except TimeoutError as error:
            raise SystemFailure(
                Outcome.TIMED_OUT, Fault.OURS, "no place was free among the calls that the system is asked at once"
            ) from error
        try:
            reply = await self._transport.send(request, limit=self._limits.reply_bytes, deadline=until)
        finally:
            self._places.release()
        return self._wire.decode(operation.bound, operation.reader(wanted), reply)

    def _session_over(self, reading: Reading) -> bool:
        return (
            bool(self._expired_codes) and reading.accepted is False and reading.extras[EXPIRED] in self._expired_codes
        )
