"""One process that works on documents, as the gateway sees it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from certs.documents.processes.messages import (
    HEAD,
    LONGEST,
    Answer,
    Believe,
    Broken,
    Done,
    FromProcess,
    Order,
    Ready,
    Sign,
    Signed,
    Spent,
    Stop,
    ToProcess,
    Unread,
    packed,
    read_answer,
)
from certs.documents.trust import Trust
from gateway.core.errors import KeyUnusable

SignWith = Callable[[bytes], Awaitable[bytes]]
"""Signs a digest for the document in hand; raises KeyUnusable, or ProcessDied if there is nothing to be signed."""

_CODE: Final = (
    "import sys; memory = int(sys.argv[1]); sys.path[:] = sys.argv[2:]; "
    "from certs.documents.processes.hand import main; main(memory)"
)
_KEPT: Final = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ"})
"""What of the environment a process is given: the gateway's own has passwords in it."""

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_END_SECONDS: Final = 1.0


class ProcessUnusable(OSError):
    """No process for documents can be started."""


class ProcessDied(Exception):
    """It ended, or told what it cannot have to tell, while it had an order."""


class ProcessSpent(ProcessDied):
    """The document in hand took more time or memory than there is for one."""


class ProcessBroke(Exception):
    """A defect in a process; where, in the words of ``gateway.core.defects``."""


class Limits(msgspec.Struct, frozen=True):
    """What a process may take.

    Attributes:
        seconds: for one document; what is waited for a signature of it does not count.
        memory: bytes of its own, whatever it works on.
    """

    seconds: float = 120.0
    memory: int = 1 << 30


NO_MORE: Final = Limits()
"""What is more than enough for any document that people make."""


class WorkProcess:
    """A process that has started; made by ``start``.

    Args:
        running: what was started.
        reader: what it tells.
        writer: what it is told; it ends when that is closed.
        seconds: that it may take until it tells something.
    """

    def __init__(
        self,
        running: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        seconds: float,
    ) -> None:
        self._running = running
        self._reader = reader
        self._writer = writer
        self._seconds = seconds
        self._trust: Trust | None = None
        self.is_idle = True
        """Whether its last order ended in order; otherwise nobody knows what it does, and it is to be killed."""
        self.given = 0
        """Documents that it was given to count; those that it holds have these numbers."""

    @classmethod
    async def start(cls, command: Sequence[str] | None = None, limits: Limits = NO_MORE) -> "WorkProcess":
        """A process that is ready.

        Raises:
            ProcessUnusable: there is none to be had.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LONGEST)
            try:
                running = _spawn(theirs, command or _command(limits.memory))
                made = cls(running, reader, writer, limits.seconds)
            except OSError as error:
                writer.close()
                raise ProcessUnusable(error.errno, "no process for documents can be started") from error
        try:
            async with asyncio.timeout(_START_SECONDS):
                is_ready = isinstance(await made._read(), Ready)  # its own
        except (ProcessDied, TimeoutError):
            is_ready = False
        except BaseException:
            await made.kill()
            raise
        if not is_ready:
            await made.kill()
            raise ProcessUnusable("a process for documents does not start")
        return made

    async def follow(self, order: Order, trust: Trust | None, give: Callable[[Answer], None], sign: SignWith) -> None:
        """Have an order done, under this trust if it needs any; each answer is given as it comes.

        ``give`` and ``sign`` raise ProcessDied where nothing is to be told or asked. Where the caller is cancelled, the
        document in hand is finished and no further one begun before this ends.

        Raises:
            ProcessSpent: a document took more time or memory than it may.
            ProcessDied: it ended meanwhile.
            ProcessBroke: of a defect.
            OSError: a file could not be read or written.
        """
        if trust is not None and trust is not self._trust:
            self._tell(Believe.of(trust))
            self._trust = trust
        self._tell(order)
        self.is_idle = False
        answering = asyncio.create_task(self._answers(give, sign))
        try:
            await asyncio.shield(answering)
        except asyncio.CancelledError:
            self._tell(Stop())
            try:
                await asyncio.wait([answering])
            except asyncio.CancelledError:  # whoever cancels twice waits for nothing
                answering.cancel()
                raise
            answering.exception()  # nobody needs it any more
            raise

    async def aclose(self) -> int:
        """Let it end, and make it end if it does not; its status."""
        self._writer.close()
        try:
            return await asyncio.to_thread(self._running.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return await self.kill()

    async def kill(self) -> int:
        """Have it end at once, unless it has by itself; its status, negative for a signal."""
        if self._reader.at_eof():  # nothing is told any more by what is ending
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._running.wait, _END_SECONDS)
        self._running.kill()
        self._writer.close()
        return await asyncio.to_thread(self._running.wait)

    def _tell(self, message: ToProcess) -> None:
        self._writer.write(packed(message))

    async def _answers(self, give: Callable[[Answer], None], sign: SignWith) -> None:
        while not isinstance(told := await self._heard(), Done):
            if isinstance(told, Sign):
                self._tell(await _signed(told.digest, sign))
            elif isinstance(told, Unread | Broken):
                await self._ended()
                raise _error(told)
            elif isinstance(told, Spent):
                raise ProcessSpent
            elif isinstance(told, Ready):
                raise ProcessDied
            else:
                give(told)
        self.is_idle = True

    async def _ended(self) -> None:
        if not isinstance(await self._heard(), Done):
            raise ProcessDied
        self.is_idle = True

    async def _heard(self) -> FromProcess:
        """What is told next, by a process that works."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read()
        except TimeoutError as error:
            raise ProcessSpent from error

    async def _read(self) -> FromProcess:
        try:
            length = int.from_bytes(await self._reader.readexactly(HEAD), "big")
            if length > LONGEST:
                raise ProcessDied
            return read_answer(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise ProcessDied from error


async def _signed(digest: bytes, sign: SignWith) -> Signed:
    try:
        return Signed(await sign(digest))
    except KeyUnusable as error:
        return Signed(None, str(error))


def _error(told: Unread | Broken) -> Exception:
    if isinstance(told, Unread):
        return OSError(told.number, os.strerror(told.number))
    return ProcessBroke("\n".join(told.trace))


def _command(memory: int = NO_MORE.memory) -> Sequence[str]:
    """Our own interpreter and modules; where we are is not among them unless it is for us."""
    return [sys.executable, "-P", "-c", _CODE, str(memory), *sys.path]


def _spawn(line: socket.socket, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Started within milliseconds, in a group of its own: a Ctrl-C at the terminal is the gateway's to handle."""
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        env={name: value for name, value in os.environ.items() if name in _KEPT},
        stdin=line.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
