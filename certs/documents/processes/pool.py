"""A few processes for documents; they start when they are first needed, and are replaced when they die."""

import asyncio
import signal
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from certs.documents.processes.messages import (
    Answer,
    Count,
    Examine,
    Found,
    OneSheet,
    Order,
    Pages,
    Refused,
    SealThem,
    Unusable,
    WithStamp,
)
from certs.documents.processes.process import NO_MORE, Limits, ProcessDied, ProcessSpent, SignWith, WorkProcess
from certs.documents.trust import Trust
from certs.signers import Signer
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.problems import documents as problems
from gateway.core.problems import find_problem
from gateway.core.seals.verification import Verification
from gateway.core.seals.workshop import Counted, Sheet, Stamp
from gateway.core.text import Text

T = TypeVar("T")
W_contra = TypeVar("W_contra", contravariant=True)

_MOST_DEATHS: Final = 2
"""Of processes in a row by the same document, which is then refused."""

_ABORTED: Final = -signal.SIGABRT
"""How a process ends whose libraries in C++ are given no more memory, which no code of ours gets to say."""

_BREAKS: Final = Text("处理该文档的进程一再中止", "processes that work on it end, again and again")
_FATAL: Final = Refused(problems.DOCUMENT_UNREADABLE.number, _BREAKS)
_TOO_MUCH: Final = Refused(problems.DOCUMENT_TOO_MUCH.number, None)


async def _no_key(_work: object, _digest: bytes) -> bytes:
    raise ProcessDied


class _Held(msgspec.Struct, frozen=True):
    """A document that a process holds, under a number of its own."""

    process: WorkProcess
    number: int


class _OrderFor(Protocol[W_contra]):
    def __call__(self, process: WorkProcess, /, left: Sequence[W_contra]) -> Order: ...


class _Place:
    """Where a process is, or will be when it is needed."""

    def __init__(self) -> None:
        self.process: WorkProcess | None = None
        self.turn: Final = asyncio.Lock()
        self.wanted = 0


class _Bounded(Generic[T]):
    """What a process may tell and ask while it works: an answer and at most one signature for each piece of work."""

    def __init__(self, work: Sequence[T], found: list[Answer], sign: Callable[[T, bytes], Awaitable[bytes]]) -> None:
        self._work = work
        self._found = found
        self._sign = sign
        self._signed = -1

    def give(self, answer: Answer) -> None:
        """Take the next answer."""
        self._in_hand()
        self._found.append(answer)

    async def sign(self, digest: bytes) -> bytes:
        """Sign for what is in hand; a second time is no request of ours."""
        number = self._in_hand()
        if number == self._signed:
            raise ProcessDied
        self._signed = number
        return await self._sign(self._work[number], digest)

    def _in_hand(self) -> int:
        number = len(self._found)
        if number == len(self._work):
            raise ProcessDied
        return number


class WorkProcesses:
    """Work on documents in processes, each of which does one order after the other.

    What is done is done in the caller's words: its trust, its time, and its keys, which stay where they are.

    Args:
        most: how many processes.
        died: told the status of a process that ended by itself.
        start: makes a process; usually one with these ``limits``.
        spent: told of a process that is ended as a document took more of it than it may.
    """

    def __init__(
        self,
        most: int,
        died: Callable[[int], None] = lambda _: None,
        start: Callable[[], Awaitable[WorkProcess]] | None = None,
        limits: Limits = NO_MORE,
        spent: Callable[[], None] = lambda: None,
    ) -> None:
        self._places: Final = [_Place() for _ in range(most)]
        self._died = died
        self._spent = spent
        self._start = start or partial(WorkProcess.start, limits=limits)

    async def pages_of(self, documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
        """How many pages each has, or why it is refused.

        Raises:
            OSError: a document cannot be read, or no process be had.
        """
        size = -(-len(documents) // len(self._places)) or 1
        parts = [documents[begin : begin + size] for begin in range(0, len(documents), size)]
        places = sorted(self._places, key=_wanted)
        found = await _together([self._count(part, place) for part, place in zip(parts, places, strict=False)])
        return [one for part in found for one in part]

    async def seal_all(
        self, sheets: Sequence[Sheet], signers: Mapping[Stamp, Signer], trust: Trust, now: datetime
    ) -> Sequence[Verification | Refusal | KeyUnusable]:
        """Seal documents and compare each with what it was. Each stamp has its signer.

        Raises:
            OSError: a file cannot be read or written, or no process be had.
        """
        stamps = list(signers)

        async def sign(sheet: Sheet, digest: bytes) -> bytes:
            return await signers[sheet.stamp].sign_digest(digest)

        def order(process: WorkProcess, left: Sequence[Sheet]) -> Order:
            made = [WithStamp(one.seal, one.certificates, one.at, signer.algorithm) for one, signer in signers.items()]
            return SealThem(now, made, [_sheet(one, stamps.index(one.stamp), process) for one in left])

        place = self._holder(sheets) or self._free()
        ended = await self._ends(sheets, order, trust, place, sign)
        return [_end(one) for one in ended]

    async def examine(self, document: Path, trust: Trust, now: datetime) -> Verification:
        """What is found in a document.

        Raises:
            Refusal: it cannot be read.
            OSError: likewise, or no process is to be had.
        """

        def order(_process: WorkProcess, left: Sequence[Path]) -> Order:
            return Examine(now, _path(left[0]))

        (ended,) = await self._ends([document], order, trust, self._free())
        found = _end(ended)
        if isinstance(found, Verification):
            return found
        raise found

    async def aclose(self) -> None:
        """Wait for what is under way, and let the processes end."""
        await asyncio.gather(*map(_closed, self._places))

    async def _count(self, documents: Sequence[Path], place: _Place) -> Sequence[Counted | Refusal]:
        held: list[_Held] = []

        def order(process: WorkProcess, left: Sequence[Path]) -> Order:
            first = process.given
            process.given += len(left)
            held[len(documents) - len(left) :] = [_Held(process, first + number) for number in range(len(left))]
            return Count([_path(one) for one in left], first)

        ended = await self._ends(documents, order, None, place)
        return [_counted(one, mine) for one, mine in zip(ended, held, strict=True)]

    async def _ends(
        self,
        work: Sequence[T],
        order: _OrderFor[T],
        trust: Trust | None,
        place: _Place,
        sign: Callable[[T, bytes], Awaitable[bytes]] = _no_key,
    ) -> Sequence[Answer]:
        """An answer for each, whatever becomes of processes; what one died of is done once more, and then refused."""
        found: list[Answer] = []
        deaths = 0
        while len(found) < len(work):
            before, left = len(found), partial(order, left=work[len(found) :])
            one = _Bounded(work, found, sign)
            end: ProcessDied | None = None
            try:
                await self._follow(place, left, trust, one.give, one.sign)
            except ProcessDied as error:
                end = error
            if end is None and len(found) == len(work):
                break
            deaths = deaths + 1 if len(found) == before else 1
            if deaths == _MOST_DEATHS:
                found.append(_TOO_MUCH if isinstance(end, ProcessSpent) else _FATAL)
                deaths = 0
        return found

    async def _follow(
        self,
        place: _Place,
        order: Callable[[WorkProcess], Order],
        trust: Trust | None,
        give: Callable[[Answer], None],
        sign: SignWith,
    ) -> None:
        place.wanted += 1
        try:
            async with place.turn:
                if place.process is None:
                    place.process = await self._start()
                process = place.process
                try:
                    await process.follow(order(process), trust, give, sign)
                except ProcessSpent:
                    place.process = None
                    self._spent()
                    await process.kill()
                    raise
                except ProcessDied as error:
                    place.process = None
                    status = await process.kill()
                    self._died(status)
                    if status == _ABORTED:
                        raise ProcessSpent from error
                    raise
                finally:
                    if place.process is process and not process.is_idle:
                        place.process = None
                        self._died(await process.kill())
        finally:
            place.wanted -= 1

    def _holder(self, sheets: Sequence[Sheet]) -> _Place | None:
        """The place of the process that holds most of them."""
        holders = Tally(id(one.held.process) for one in sheets if isinstance(one.held, _Held))
        known = [one for one in self._places if id(one.process) in holders]
        return max(known, key=lambda one: holders[id(one.process)], default=None)

    def _free(self) -> _Place:
        """The place where least is waited for; one that has a process before one that has none."""
        return min(self._places, key=lambda one: (one.wanted, one.process is None))


async def _together(work: Sequence[Coroutine[Any, Any, T]]) -> Sequence[T]:
    """Side by side; the first error is told when all have ended."""
    found = await asyncio.gather(*work, return_exceptions=True)
    done: list[T] = []
    for one in found:
        if isinstance(one, BaseException):
            raise one
        done.append(one)
    return done


async def _closed(place: _Place) -> None:
    async with place.turn:
        process, place.process = place.process, None
    if process is not None:
        await process.aclose()


def _wanted(place: _Place) -> int:
    return place.wanted


def _sheet(sheet: Sheet, stamp: int, process: WorkProcess) -> OneSheet:
    held = sheet.held.number if isinstance(sheet.held, _Held) and sheet.held.process is process else None
    return OneSheet(_path(sheet.source), _path(sheet.target), stamp, sheet.place, held)


def _path(file: Path) -> str:
    return str(file.absolute())


def _counted(answer: Answer, held: _Held) -> Counted | Refusal:
    if isinstance(answer, Pages):
        return Counted(answer.pages, answer.form.media_type, held if answer.is_held else None)
    return _refusal(answer)


def _end(answer: Answer) -> Verification | Refusal | KeyUnusable:
    if isinstance(answer, Found):
        return answer.verification
    return KeyUnusable(answer.reason) if isinstance(answer, Unusable) else _refusal(answer)


def _refusal(answer: Answer) -> Refusal:
    """What was refused; an answer to another question is no better than none."""
    if isinstance(answer, Refused):
        return Refusal(find_problem(answer.number), reason=answer.reason)
    return Refusal(problems.DOCUMENT_UNREADABLE, reason=_BREAKS)
