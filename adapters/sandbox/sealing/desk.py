"""What all seal platforms do behind their interfaces: take requests, seal, keep the ledger, tell what became."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from adapters.sandbox.sealing.cabinet import Cabinet, SealSpec
from adapters.sandbox.sealing.calling import call_back
from adapters.sandbox.sealing.ledger import Accepted, Entry, Failed, Ledger, Sealed
from adapters.sandbox.sealing.stamping import (
    Fate,
    Placing,
    Unsealable,
    read_placing,
    sign_digest,
    stamp_document,
    write_placing,
)
from gateway.core.clock import CHINA, Clock
from gateway.core.errors import YiwangError

Manner = Literal["at-once", "polling", "callback"]
FATE: Final = "sandbox.fate"
"""Key in a scope's ``extensions``: the fate that a request to seal meets."""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How requests are answered.

    Attributes:
        answer: at-once, polling or callback for all seals; None leaves it to each seal.
        ms: milliseconds that work takes where it is not answered at once.
        hold: whether such work is not even begun until this is over.
    """

    answer: Manner | None = None
    ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 200
    hold: bool = False


class SealUnknown(YiwangError):
    """The platform has no such seal."""


class KeyTaken(YiwangError):
    """The key came before, with another request."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A request as its interface read it; ``mode`` is document or digest."""

    key: str
    seal: str
    mode: Literal["document", "digest"]
    content: bytes
    placing: Placing
    media_type: str | None = None
    callback: str | None = None
    fate: Fate | None = None


class Desk:
    """The inside of one platform.

    Args:
        folder: its own, where keys, seals, ledger and papers are kept.
        specs: its seals.
        clock: the time that it states.
        idempotent: whether a key that came before is answered with what became of it, and not sealed again.
        prefix: how its numbers begin.

    Attributes:
        answers: how it answers; may be changed while it runs.
    """

    def __init__(self, folder: Path, specs: Sequence[SealSpec], clock: Clock, *, idempotent: bool, prefix: str) -> None:
        self.cabinet = Cabinet(folder, specs, clock)
        self.answers = Answers()
        self._specs = {spec.number: spec for spec in specs}
        self._folder = folder
        self._clock = clock
        self._idempotent = idempotent
        self._prefix = prefix
        self._opened: Ledger | None = None
        self._resumed = False
        self._working: dict[str, asyncio.Task[None]] = {}
        self._free = asyncio.Event()
        self._free.set()
        self._opening = asyncio.Lock()

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        if self._opened is None:
            self._opened = Ledger(self._folder)
        return self._opened

    def set_answers(self, answers: Answers) -> None:
        """Answer otherwise from now on."""
        self.answers = answers
        if answers.hold:
            self._free.clear()
        else:
            self._free.set()

    async def take(self, order: Order) -> Entry:
        """What became of a request so far, which for an answer at once is its end.

        Raises:
            SealUnknown: there is no such seal.
            KeyTaken: the key came before with another request, where that matters.
        """
        self.resume()
        spec = self._specs.get(order.seal)
        if spec is None:
            raise SealUnknown("there is no such seal")
        before = hashlib.sha256(order.content).hexdigest() if order.mode == "document" else order.content.hex()
        known = self.ledger.of_key(order.key) if self._idempotent else ()
        if known:
            entry = known[0]
            first = entry.accepted
            if (first.seal, first.mode, first.before) != (order.seal, order.mode, before):
                raise KeyTaken("the key came before with another request")
        else:
            entry = self._accept(order, before, self.answers.answer or spec.answers)
        return await self._come_to(entry)

    async def _come_to(self, entry: Entry) -> Entry:
        """The entry, at its end if it is answered at once."""
        work = self._working.get(entry.number)
        if work is not None and entry.accepted.answer == "at-once":
            await asyncio.shield(work)
        return self.ledger.find(entry.number) or entry

    def find(self, key: str | None, number: str | None) -> Entry | None:
        """What became of a request: of its number, or the last with this key."""
        self.resume()
        if number:
            found = self.ledger.find(number)
            return found if found is None or not key or found.accepted.key == key else None
        of_key = self.ledger.of_key(key) if key else ()
        return of_key[-1] if of_key else None

    def day(self, day: date) -> Sequence[Entry]:
        """What was sealed on a day in China, in order."""
        return [
            entry
            for entry in self.ledger.entries
            if entry.sealed is not None and entry.sealed.at.astimezone(CHINA).date() == day
        ]

    def result(self, entry: Entry) -> bytes:
        """What came of a request that is sealed: a document or a signature."""
        return self.ledger.paper(entry.number, "out")

    def shown(self) -> dict[str, object]:
        """The ledger for whoever proves what happened: every sealing, and how many each key and each document had."""
        sealed = [entry for entry in self.ledger.entries if entry.sealed is not None]
        by_key: dict[str, int] = {}
        by_document: dict[str, int] = {}
        for entry in sealed:
            by_key[entry.accepted.key] = by_key.get(entry.accepted.key, 0) + 1
            by_document[entry.accepted.before] = by_document.get(entry.accepted.before, 0) + 1
        lines = [
            {
                "number": entry.number,
                "key": entry.accepted.key,
                "seal": entry.accepted.seal,
                "mode": entry.accepted.mode,
                "before": entry.accepted.before,
                "after": entry.sealed.after,
                "at": entry.sealed.at,
                "fate": entry.accepted.fate,
            }
            for entry in sealed
            if entry.sealed is not None
        ]
        return {
            "accepted": len(self.ledger.entries),
            "sealings": lines,
            "byKey": by_key,
            "byDocument": by_document,
        }

    def resume(self) -> None:
        """Go on with what an earlier process of this platform left undone."""
        if self._resumed:
            return
        self._resumed = True
        for entry in self.ledger.entries:
            if entry.sealed is None and entry.failed is None:
                self._begin(entry)

    async def aclose(self) -> None:
        """Stop working; what is undone is gone on with by whoever opens the folder next."""
        for work in self._working.values():
            work.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)
        if self._opened is not None:
            self._opened.close()

    def _accept(self, order: Order, before: str, manner: str) -> Entry:
        number = f"{self._prefix}{len(self.ledger.entries) + 1:08d}"
        self.ledger.keep(number, "in", order.content)
        self.ledger.write(
            Accepted(
                number=number,
                key=order.key,
                seal=order.seal,
                mode=order.mode,
                before=before,
                at=self._clock.now(),
                media_type=order.media_type,
                placing=write_placing(order.placing),
                answer="polling" if order.fate is Fate.FORGET else manner,
                callback=order.callback,
                fate=None if order.fate is None else order.fate.value,
            )
        )
        entry = self.ledger.find(number)
        assert entry is not None, "it was just written"
        self._begin(entry)
        return entry

    def _begin(self, entry: Entry) -> None:
        if entry.accepted.fate == Fate.FORGET:
            return
        self._working[entry.number] = asyncio.create_task(self._work(entry.accepted), name=f"seal {entry.number}")

    async def _work(self, accepted: Accepted) -> None:
        try:
            if accepted.answer != "at-once":
                await asyncio.sleep(self.answers.ms / 1000)
                await self._free.wait()
            try:
                result = await self._seal(accepted)
            except Unsealable:
                self.ledger.write(Failed(number=accepted.number, at=self._clock.now()))
            else:
                after = self.ledger.keep(accepted.number, "out", result)
                self.ledger.write(Sealed(number=accepted.number, after=after, at=self._clock.now()))
            if accepted.answer == "callback" and accepted.callback is not None:
                await call_back(accepted.callback, msgspec.json.encode({"number": accepted.number}))
        finally:
            self._working.pop(accepted.number, None)

    async def _seal(self, accepted: Accepted) -> bytes:
        async with self._opening:
            seals = await self.cabinet.open()
        seal, fate = seals[accepted.seal], None if accepted.fate is None else Fate(accepted.fate)
        content = self.ledger.paper(accepted.number, "in")
        if accepted.mode == "digest":
            return await sign_digest(content, seal, fate)
        placing = read_placing(accepted.placing or "")
        return await stamp_document(content, seal, placing, self._clock, fate)
