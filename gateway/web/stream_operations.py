"""The operations that one stream carries: started, answered, completed, cancelled."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final

import msgspec
import structlog
from structlog.contextvars import bound_contextvars

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Caller
from gateway.core.clock import Deadline
from gateway.core.defects import trace
from gateway.core.errors import Refusal
from gateway.core.text import Language
from gateway.web.streams import Streams
from schema.execution.executor import Executor, Fate, Operation, Response
from schema.execution.rendering import render_refusal

LONGEST_ID: Final = 128
_OK: Final = 200
_log = structlog.get_logger("streams")


class Next(msgspec.Struct, frozen=True):
    """A response to operation ``id``; ``refused`` says that the operation was not executed at all."""

    id: str
    body: Mapping[str, Any]
    refused: bool = False


class Complete(msgspec.Struct, frozen=True):
    """Operation ``id`` is over: nothing more is said of it. ``refused`` says that this is why."""

    id: str
    refused: bool = False


class ReaderGone(Exception):
    """There is nobody to whom a message could be handed."""


Send = Callable[[Next | Complete], Awaitable[None]]
"""Hands a message to the reader and waits while he is slow, which is what holds operations back.

Raises ReaderGone; whoever reads from him learns of it too.
"""


class Asker(msgspec.Struct, frozen=True):
    """Who asks, in which language, for how many milliseconds he waits, and by which request if by one of its own."""

    caller: Caller
    language: Language
    milliseconds: int
    request_id: str | None = None


class Operations:
    """Runs the operations of one stream, a bounded number at a time, and tells ``send`` what comes of them.

    A subscription holds at most one response that was not sent: what happens meanwhile waits at its source, where the
    newest state takes the place of older ones.
    """

    def __init__(self, streams: Streams, executor: Executor, send: Send) -> None:
        self._streams = streams
        self._executor = executor
        self._send = send
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: set[str] = set()
        self._finishing = False

    def start(self, operation_id: str, operation: Operation, asker: Asker) -> None:
        """Run an operation.

        Raises:
            Refusal: CONFLICT for an id that runs, LIMIT, BAD_INPUT for an id of an impossible length.
        """
        if self._finishing:
            raise Refusal(problems.STREAMS_ENDING)
        if not 1 <= len(operation_id) <= LONGEST_ID:
            raise Refusal(problems.OPERATION_ID_INVALID, "extensions.operationId", limit=LONGEST_ID)
        if operation_id in self._running:
            raise Refusal(problems.OPERATION_ID_TAKEN, "extensions.operationId")
        limit = self._streams.limits.operations
        if len(self._tasks) >= limit:
            raise Refusal(problems.STREAM_OPERATIONS_TOO_MANY, limit=limit)
        task = asyncio.create_task(self._run(operation_id, operation, asker))
        self._running[operation_id] = task
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self, operation_id: str) -> None:
        """Its asker wants no more of it; one that is over or unknown is as good as cancelled."""
        task = self._running.pop(operation_id, None)
        self._subscriptions.discard(operation_id)
        if task is not None:
            task.cancel()

    async def finish(self, *, complete: bool) -> None:
        """End subscriptions, telling their reader if ``complete``, and wait until everything else is answered."""
        self._finishing = True
        for operation_id in list(self._subscriptions):
            self.cancel(operation_id)
            if complete:
                await self._send(Complete(operation_id))
        await self.over()

    async def over(self) -> None:
        """Wait until nothing runs any more."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Cancel everything at once and wait until it is."""
        for task in list(self._tasks):
            task.cancel()
        self._running.clear()
        await self.over()

    async def _run(self, operation_id: str, operation: Operation, asker: Asker) -> None:
        request_id = asker.request_id or secrets.token_hex(8)
        started = self._streams.clock.monotonic()
        told = _Told()
        with bound_contextvars(request_id=request_id, application=asker.caller.application.code):
            try:
                result = await self._subscribe(operation, asker, request_id)
                if isinstance(result, Response):
                    await self._tell(operation_id, result, told)
                elif self._finishing:
                    await result.aclose()
                else:
                    self._subscriptions.add(operation_id)
                    async with aclosing(result):
                        async for response in result:
                            await self._tell(operation_id, response, told)
                if self._running.get(operation_id) is asyncio.current_task():
                    # its id is free before its asker can know that it is over
                    del self._running[operation_id]
                    self._subscriptions.discard(operation_id)
                    await self._send(Complete(operation_id, refused=told.refused))
            finally:
                seconds = self._streams.clock.monotonic() - started
                _log.info(
                    "stream.operation",
                    responses=told.responses,
                    codes=sorted(told.codes),
                    milliseconds=round(seconds * 1000, 1),
                )

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ReaderGone):
            _log.error("stream.defect", trace=trace(error))

    async def _subscribe(
        self, operation: Operation, asker: Asker, request_id: str
    ) -> Response | AsyncGenerator[Response, None]:
        """What the executor makes of the operation, in its time, counted as a request is."""
        clock, meter = self._streams.clock, self._streams.meter
        deadline = Deadline.after(asker.milliseconds / 1000, clock)
        call = Call(request_id=request_id, caller=asker.caller, deadline=deadline, language=asker.language)
        result: Response | AsyncGenerator[Response, None]
        started = clock.monotonic()
        try:
            self._streams.charge(asker.caller)
            with meter.operation():
                async with asyncio.timeout(asker.milliseconds / 1000):
                    result = await self._executor.subscribe(operation, call)
        except Refusal as refusal:
            meter.limited(asker.caller.application.code)
            result = _refused(refusal, asker)
        except TimeoutError:
            result = _refused(Refusal(problems.OUT_OF_TIME, milliseconds=asker.milliseconds), asker)
        except Exception as error:  # noqa: BLE001 - the boundary at which a defect becomes an answer in our form
            _log.error("request.defect", request_id=request_id, trace=trace(error))
            result = _refused(Refusal(problems.DEFECT, request_id=request_id), asker)
        codes = _codes(result) if isinstance(result, Response) else frozenset()
        meter.request(_OK, codes, asker.caller.application.code, clock.monotonic() - started)
        return result

    async def _tell(self, operation_id: str, response: Response, told: "_Told") -> None:
        told.responses += 1
        told.refused = response.fate is Fate.REFUSED
        told.codes |= _codes(response)
        await self._send(Next(operation_id, response.body, refused=told.refused))


class _Told:
    """What an operation's asker was told so far; ``refused`` is of the last response."""

    def __init__(self) -> None:
        self.responses = 0
        self.refused = False
        self.codes: frozenset[str] = frozenset()


def _codes(response: Response) -> frozenset[str]:
    return frozenset(error["extensions"]["code"] for error in response.body.get("errors", ()))


def _refused(refusal: Refusal, asker: Asker) -> Response:
    return Response(Fate.REFUSED, {"errors": [render_refusal(refusal, asker.language)]})
