"""The far end: what runs in a process of its own, as it is told through a socket.

A thread reads, so that the process ends at once when the gateway that started it is gone, however that happened, and
whatever a document keeps it busy with.
"""

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import BinaryIO, Final

from certs.documents.examining import examine_document
from certs.documents.formats import DocumentFormat
from certs.documents.opening import Opened
from certs.documents.processes.messages import (
    HEAD,
    Believe,
    Broken,
    Count,
    Done,
    Examine,
    Found,
    FromProcess,
    OneSheet,
    Order,
    Pages,
    Ready,
    Refused,
    SealThem,
    Sign,
    Signed,
    Spent,
    Stop,
    Unread,
    Unusable,
    WithStamp,
    packed,
    read_order,
)
from certs.documents.refusals import refused
from certs.documents.trust import Trust
from certs.documents.work import Outfit, counted, said, seal_and_compare
from certs.pdf import Proofs
from certs.x509 import Certificate, SignatureAlgorithm, TrustStore, read_certificate
from gateway.core.defects import trace
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.text import Text

_FORMS: Final = {form.media_type: form for form in DocumentFormat}
_MOST_HELD: Final = 64
"""Small documents between counting and sealing; the oldest is let go, and read again."""


def main(memory: int) -> None:
    """Work over the socket that stands in for the input, until it is closed.

    Args:
        memory: bytes that this process may have, beside its code and what it maps of files.
    """
    _limit(resource.RLIMIT_DATA, memory)
    _limit(resource.RLIMIT_CORE, 0)  # a picture of the memory would have documents in it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are the gateway's, which ends this when its own work is done
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as line:
        Hand(line, lambda: os._exit(0)).serve()


def _limit(kind: int, wanted: int) -> None:
    _, most = resource.getrlimit(kind)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(kind, (limit, limit))


class Hand:
    """Works on documents.

    Args:
        line: to whoever tells.
        gone: what to do when nobody is there any more; called in another thread.
    """

    def __init__(self, line: socket.socket, gone: Callable[[], None]) -> None:
        self._line = line
        self._gone = gone
        self._told: Final[SimpleQueue[Believe | Order | Signed | None]] = SimpleQueue()
        self._stopped: Final = Event()
        self._trust = Trust(TrustStore())
        self._held: Final[OrderedDict[int, Opened]] = OrderedDict()

    def serve(self) -> None:
        """Do what is told until nobody is there any more."""
        reading = Thread(target=self._read, name="line", daemon=True)
        reading.start()
        self._tell(Ready())
        with asyncio.Runner() as runner, suppress(_Gone):
            while (told := self._told.get()) is not None:
                runner.run(self._follow(told))
        reading.join()

    def _read(self) -> None:
        try:
            with suppress(OSError), self._line.makefile("rb") as stream:  # who is killed resets the line
                self._listen(stream)
        finally:
            self._told.put(None)
            self._gone()

    def _listen(self, stream: BinaryIO) -> None:
        while len(head := stream.read(HEAD)) == HEAD:
            length = int.from_bytes(head, "big")
            content = stream.read(length)
            if len(content) < length:
                break
            told = read_order(content)
            if isinstance(told, Stop):
                self._stopped.set()
            else:
                self._told.put(told)

    def _tell(self, message: FromProcess) -> None:
        self._line.sendall(packed(message))

    async def _follow(self, told: Believe | Order | Signed) -> None:
        if isinstance(told, Believe):
            self._trust = told.trust()
            return
        is_spent = False
        self._stopped.clear()  # what came before the order was for the one before it
        try:
            if isinstance(told, Count):
                self._count(told)
            elif isinstance(told, SealThem):
                await self._seal(told)
            else:
                assert isinstance(told, Examine)
                self._examine(told)
        except (MemoryError, SystemError):  # the latter is what parsers in C may raise when they are given none
            is_spent = True
        except OSError as error:
            self._tell(Unread(error.errno or 0))
        except Exception as error:  # noqa: BLE001 - whoever told it is told
            self._tell(Broken(trace(error)))
        self._tell(Spent() if is_spent else Done())  # here nothing holds any more what took the memory

    def _count(self, order: Count) -> None:
        for number, document in enumerate(order.documents, order.first):
            if self._stopped.is_set():
                return
            with self._answered():
                found = counted(Path(document))
                if isinstance(found.held, Opened):
                    self._held[number] = found.held
                    if len(self._held) > _MOST_HELD:
                        self._held.popitem(last=False)
                self._tell(Pages(found.pages, _FORMS[found.media_type], found.held is not None))

    async def _seal(self, order: SealThem) -> None:
        outfits = [self._outfit(stamp) for stamp in order.stamps]
        clock = _Told(order.now)
        for sheet in order.sheets:
            if self._stopped.is_set():
                return
            source = self._source(sheet)
            with self._answered():
                found = await seal_and_compare(
                    source, Path(sheet.target), outfits[sheet.stamp](), sheet.place, self._trust, clock
                )
                self._tell(Found(found))

    def _examine(self, order: Examine) -> None:
        with self._answered(), refused():
            self._tell(Found(said(examine_document(Path(order.document), self._trust, order.now))))

    def _source(self, sheet: OneSheet) -> Path | Opened:
        held = None if sheet.held is None else self._held.pop(sheet.held, None)
        return Path(sheet.source) if held is None else held

    def _outfit(self, stamp: WithStamp) -> Callable[[], Outfit]:
        made: list[Outfit] = []

        def outfit() -> Outfit:
            if not made:
                with refused():
                    certificates = [read_certificate(one) for one in stamp.certificates]
                signer = _Asking(certificates[0], stamp.algorithm, self._signed)
                made.append(Outfit(stamp.seal, stamp.at, signer, Proofs(tuple(certificates[1:]))))
            return made[0]

        return outfit

    def _signed(self, digest: bytes) -> bytes:
        self._tell(Sign(digest))
        answer = self._told.get()
        if answer is None:
            raise _Gone
        assert isinstance(answer, Signed)
        if answer.signature is None:
            raise KeyUnusable(answer.reason)
        return answer.signature

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            reason = refusal.values.get("reason")
            self._tell(Refused(refusal.problem.number, reason if isinstance(reason, Text) else None))
        except KeyUnusable as error:
            self._tell(Unusable(str(error)))


class _Gone(BaseException):
    """Nobody is there any more: whatever is under way ends, and tells nobody."""


class _Asking:
    """A Signer over a key that the gateway has, which has seen to it that the signature is the key's."""

    def __init__(self, certificate: Certificate, algorithm: SignatureAlgorithm, sign: Callable[[bytes], bytes]) -> None:
        self.certificate: Final = certificate
        self.algorithm: Final = algorithm
        self._sign = sign

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of the digest."""
        return self._sign(digest)

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of the message."""
        return await self.sign_digest(self.certificate.public_key.message_digest(message, self.algorithm.hash))

    async def aclose(self) -> None:
        """Nothing is held here."""


class _Told:
    """The time as it was told."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.monotonic: Final = time.monotonic

    def now(self) -> datetime:
        """When the order was given."""
        return self._now
