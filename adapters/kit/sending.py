"""Sending calls out: each in its turn, recorded, its end told to the guard; once more where that is granted."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from adapters.kit.guard import Ending, Guard, Held
from adapters.kit.http import HttpReply, HttpRequest, Transport
from adapters.kit.judging import Judge
from adapters.kit.recording import Attempt, Errand, Recorder
from gateway.core.call_record import NotSent, Received
from gateway.core.errors import SystemFailure

_BIG: Final = 256 * 1024
"""Bytes of a reply from which on a thread reads it, so that others are not kept waiting."""

T = TypeVar("T")
Prepare = Callable[[], HttpRequest]
Read = Callable[[HttpReply], tuple[T, Ending]]
"""What a reply says, and how the call has ended thereby; raises SystemFailure if it says nothing. Run in any thread."""


class Sender:
    """Sends calls to one place.

    Args:
        guard: says when a call goes out, and whether once more.
        transport: carries requests.
        reply_bytes: the longest reply, where an errand says nothing else.
        recorder: keeps the record.
        judge: knows what failures mean.
    """

    def __init__(self, guard: Guard, transport: Transport, reply_bytes: int, recorder: Recorder, judge: Judge) -> None:
        self.guard = guard
        self._transport = transport
        self._reply_bytes = reply_bytes
        self._recorder = recorder
        self._judge = judge

    async def send(self, errand: Errand, prepare: Prepare, read: Read[T]) -> T:
        """What is read of the reply to one attempt.

        Args:
            errand: what the attempt is made for.
            prepare: makes the request, in the moment in which it goes out.
            read: reads the reply.

        Raises:
            SystemFailure: there is no reply, or nothing to be read of it; Held if the request did not go out.
        """
        attempt = self._recorder.attempt(errand, self.guard.breaker.state)
        ending: Ending | None = None
        try:
            application = errand.call.caller.application.code
            first = errand.attempts == 1
            with await self.guard.enter(application, errand.until, first=first, probing=errand.probing) as turn:
                # a document takes long to write out, and others must not wait for it
                request = prepare() if errand.reply_bytes is None else await asyncio.to_thread(prepare)
                attempt.sent(request)
                try:
                    found, ending = await self._exchanged(attempt, request, read, errand)
                except SystemFailure as failure:
                    ending = self._judge.failed_ending(errand.operation.operation, failure)
                    raise
                finally:
                    if ending is not None:
                        turn.tell(ending, attempt.seconds)
        except BaseException as error:
            if isinstance(error, SystemFailure) and not errand.was_sent:
                error.unsent = True
            if ending is None:
                attempt.broke(error, NotSent.UNPREPARED)
            else:
                attempt.ended(ending)
            raise
        attempt.ended(ending)
        return found

    async def repeated(self, errand: Errand, once: Callable[[], Awaitable[T]]) -> T:
        """What ``once`` gives, at the first attempt or at a further one that the guard grants; raises as ``once``."""
        earlier: SystemFailure | None = None
        while True:
            try:
                return await once()
            except Held as held:
                if earlier is None:
                    raise
                raise earlier from held  # that tells more than why there was no further attempt
            except SystemFailure as failure:
                wait = self.guard.again(failure, errand.attempts, errand.until) if errand.was_sent else None
                if wait is None:
                    raise
                earlier = failure
            await asyncio.sleep(wait)

    def unsent(self, errand: Errand, error: BaseException, why: NotSent) -> None:
        """Record a call that did not even come as far as to wait for its turn."""
        self._recorder.attempt(errand, self.guard.breaker.state).broke(error, why)

    async def _exchanged(
        self, attempt: Attempt, request: HttpRequest, read: Read[T], errand: Errand
    ) -> tuple[T, Ending]:
        limit = errand.reply_bytes or self._reply_bytes
        reply = await self._transport.send(request, limit=limit, deadline=errand.until)
        if len(reply.body) < _BIG:
            attempt.answered(reply, _received(reply))
            return read(reply)
        attempt.answered(reply, await asyncio.to_thread(_received, reply))
        return await asyncio.to_thread(read, reply)


def _received(reply: HttpReply) -> Received:
    return Received(len(reply.body), hashlib.sha256(reply.body).hexdigest())
