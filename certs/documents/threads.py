"""Work off the event loop: coroutines that compute a lot run in threads, each on a loop of its own."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local
from typing import Any, Final, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkThreads:
    """A few threads in which coroutines run.

    Args:
        most: how many run at a time; others wait.
    """

    def __init__(self, most: int) -> None:
        self._pool: Final = ThreadPoolExecutor(most, thread_name_prefix="documents")
        self._own: Final = local()
        self._runners: Final[list[asyncio.Runner]] = []

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of a coroutine that is made and run in a thread.

        Where the caller is cancelled, so is the coroutine, and it has ended before this ends.
        """
        job = Job(work)
        made = self._pool.submit(self._done, job, contextvars.copy_context())
        result = asyncio.wrap_future(made)
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            if not made.cancel():
                job.cancel()
                await asyncio.wait([result])
                result.exception()  # nobody needs it any more
            raise

    async def aclose(self) -> None:
        """Let the threads end once their work is done."""
        await asyncio.to_thread(self._pool.shutdown)
        while self._runners:
            await asyncio.to_thread(self._runners.pop().close)

    def _done(self, job: "Job[T]", context: contextvars.Context) -> T:
        """Each thread has one loop, as making one takes longer than many a document."""
        runner: asyncio.Runner | None = getattr(self._own, "runner", None)
        if runner is None:
            runner = self._own.runner = asyncio.Runner()
            self._runners.append(runner)
        return job.run(lambda work: runner.run(work, context=context))


class Job(Generic[T]):
    """A coroutine in a thread, which another thread can cancel."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._lock = Lock()
        self._cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[T]] | None = None

    def run(self, run: Callable[[Coroutine[Any, Any, T]], T] = asyncio.run) -> T:
        """Run it to its end; for the thread."""
        return run(self._main())

    async def _main(self) -> T:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._work())
        with self._lock:
            self._running = loop, task
            if self._cancelled:
                task.cancel()
        try:
            return await task
        finally:
            # the loop is about to end or to do other work: nobody is to speak of this any more
            with self._lock:
                self._running = None

    def cancel(self) -> None:
        """Have it end as soon as it waits for something; for any other thread."""
        with self._lock:
            self._cancelled = True
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)


def bridged(call: Callable[P, Awaitable[T]], loop: asyncio.AbstractEventLoop) -> Callable[P, Awaitable[T]]:
    """A function of one loop, to be called on another; what it raises comes through."""

    async def on_its_loop(*arguments: P.args, **named: P.kwargs) -> T:
        return await call(*arguments, **named)

    async def called(*arguments: P.args, **named: P.kwargs) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(on_its_loop(*arguments, **named), loop))

    return called
