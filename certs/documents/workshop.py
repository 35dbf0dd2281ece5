"""The workshop of the seal service: documents in files, sealed, examined and compared in threads."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.documents.desk import Desk, Placement, check_trusted, check_usable
from certs.documents.examining import compare_documents, examine_document
from certs.documents.opening import Opened, count_pages, in_memory, opened
from certs.documents.refusals import refused
from certs.documents.threads import WorkThreads, bridged
from certs.documents.trust import Trust
from certs.examination import Check, Examination
from certs.pdf import Level, Proofs, Timestamps
from certs.placement import AcrossPages, AtKeyword, AtPoint
from certs.seals import read_seal
from certs.signers import ElsewhereSigner, HeldSigner, Signer, open_signer
from certs.timestamps import Imprint, TimestampError, Token
from certs.x509 import Certificate, read_certificate
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import KeyUnusable, Refusal
from gateway.core.seals.place import Keyword, Place, Point
from gateway.core.seals.verification import Verdict, Verification, VerificationStep
from gateway.core.seals.workshop import Counted, Sheet, Stamp

_HELD_XML: Final = 128 * 1024
"""Bytes of XML, read to count a document's pages, up to which it is held until it is sealed."""


def _no_pin(_reference: str) -> None:
    """Keys that open by themselves."""


class DocumentWorkshop:
    """A Workshop over the keys that this gateway can open. Keys are opened once and let go when it is closed.

    Args:
        clock: the present time, for which documents are judged.
        trust: what is believed at the moment; asked with every document.
        files: whether keys in files are let pass; production says no.
        pin: the PIN or passphrase of a key, by its reference.
        threads: in how many documents are worked on at a time.
        timestamps: prove when seals were put under documents; without, it is what the seals state.
    """

    def __init__(
        self,
        clock: Clock,
        trust: Callable[[], Trust],
        *,
        files: bool = False,
        pin: Callable[[str], str | None] = _no_pin,
        threads: int = 2,
        timestamps: Timestamps | None = None,
    ) -> None:
        self._clock = clock
        self._trust = trust
        self._threads: Final = WorkThreads(threads)
        self._timestamps = timestamps
        self._keys: Final = _Keys(files=files, pin=pin)

    async def seal(self, source: Path, target: Path, stamp: Stamp, place: Place) -> None:
        """Seal ``source`` into ``target``, which is whole or not there.

        What ``stamp.sign`` raises comes through as it is.

        Raises:
            Refusal: the document, the place or the seal cannot be used, with the problem to tell the caller.
            KeyUnusable: the key cannot be used, or not now; or there is no timestamp to be had.
            OSError: the source cannot be read, or the target not written.
        """
        with _answered():
            outfit = await self._outfit(stamp)
            await self._threads.run(lambda: self._seal(source, target, outfit, place, self._trust()))

    async def seal_all(self, sheets: Sequence[Sheet]) -> Sequence[Verification | Refusal | KeyUnusable]:
        """Seal documents one after the other and compare each with what it was, all in one trip to a thread.

        Each is read and taken apart once, and what they are sealed with is looked at once. For keys of this gateway.

        Returns:
            in their order what ``compare`` gives; or what ``seal`` or ``compare`` raises, but an OSError.

        Raises:
            OSError: a source cannot be read, or a target not written.
        """
        outfits: dict[Stamp, _Outfit | Refusal | KeyUnusable] = {}
        for stamp in dict.fromkeys(sheet.stamp for sheet in sheets):
            try:
                with _answered():
                    outfits[stamp] = await self._outfit(stamp)
            except (Refusal, KeyUnusable) as error:
                outfits[stamp] = error
        return await self._threads.run(lambda: self._seal_all([(sheet, outfits[sheet.stamp]) for sheet in sheets]))

    async def examine(self, document: Path) -> Verification:
        """Every step of the examination against this gateway's trust.

        Raises:
            Refusal: it is neither OFD nor PDF, or cannot be read.
            OSError: likewise.
        """
        with refused():
            return await self._threads.run(lambda: self._examine(document))

    async def compare(self, original: Path, sealed: Path, seal: bytes) -> Verification:
        """Whether ``sealed`` is ``original`` with one more seal, this one, and nothing else changed; and is valid.

        That is judged by the new signature's steps, and a step of its own for what was added. Whatever is wrong with
        ``sealed``, that it is missing or no document included, is a verdict.

        Raises:
            Refusal: the original or the seal cannot be read.
            OSError: a file cannot be read.
        """
        with refused():
            return await self._threads.run(lambda: self._compare(original, sealed, seal, self._trust()))

    async def pages(self, document: Path) -> int:
        """How many pages a document has.

        Raises:
            Refusal: it is neither OFD nor PDF, or cannot be read.
            OSError: likewise.
        """
        with refused():
            return await self._threads.run(lambda: _pages(document))

    async def pages_of(self, documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
        """The same of many, in one trip to a thread; each refusal in its place.

        Raises:
            OSError: as above.
        """
        return await self._threads.run(lambda: _pages_of(documents))

    async def aclose(self) -> None:
        """Wait for what is under way, and let go of keys and threads."""
        await self._threads.aclose()
        await self._keys.aclose()

    async def _outfit(self, stamp: Stamp) -> "_Outfit":
        certificates = [read_certificate(one) for one in stamp.certificates]
        signer = await self._signer(stamp, certificates[0])
        given = self._timestamps
        stamps = None if given is None else _Stamps(given, asyncio.get_running_loop())
        return _Outfit(stamp, signer, Proofs(tuple(certificates[1:]), stamps))

    async def _signer(self, stamp: Stamp, certificate: Certificate) -> Signer:
        """A signer that can be used in a thread; devices and whoever signs elsewhere stay on this loop."""
        loop = asyncio.get_running_loop()
        if stamp.sign is not None:
            return ElsewhereSigner(certificate, bridged(stamp.sign, loop))
        if stamp.key is None:
            raise KeyUnusable("there is neither a key nor anybody else who signs")
        key = await self._keys.open(stamp.key, certificate)
        if isinstance(key, HeldSigner):  # it waits for nothing, and threads may share it
            return key
        return ElsewhereSigner(certificate, bridged(key.sign_digest, loop), key.algorithm)

    async def _seal(self, source: Path | Opened, target: Path, outfit: "_Outfit", place: Place, trust: Trust) -> None:
        await outfit.desk(trust, self._clock).work(source, target, _placed(place))

    async def _seal_all(
        self, work: Iterable[tuple[Sheet, "_Outfit | Refusal | KeyUnusable"]]
    ) -> Sequence[Verification | Refusal | KeyUnusable]:
        return [await self._sealed(sheet, outfit) if isinstance(outfit, _Outfit) else outfit for sheet, outfit in work]

    async def _sealed(self, sheet: Sheet, outfit: "_Outfit") -> Verification | Refusal | KeyUnusable:
        await asyncio.sleep(0)  # whoever is cancelled begins no further one
        try:
            with _answered(), opened(sheet.held if isinstance(sheet.held, Opened) else sheet.source) as document:
                trust = self._trust()
                await self._seal(document, sheet.target, outfit, sheet.place, trust)
                return await self._compare(document, sheet.target, sheet.stamp.seal, trust)
        except (Refusal, KeyUnusable) as error:
            return error

    async def _examine(self, document: Path) -> Verification:
        return _said(examine_document(document, self._trust(), self._clock.now()))

    async def _compare(self, original: Path | Opened, sealed: Path, seal: bytes, trust: Trust) -> Verification:
        return _said(compare_documents(original, sealed, seal, trust, self._clock.now()))


class _Outfit:
    """What documents are sealed with by one stamp."""

    def __init__(self, stamp: Stamp, signer: Signer, proofs: Proofs) -> None:
        self._stamp = stamp
        self._signer = signer
        self._proofs = proofs
        self._trusted: Trust | None = None
        """By which nothing speaks against its chains."""

    def desk(self, trust: Trust, clock: Clock) -> Desk:
        """Where they are sealed; the chains are built once, unless another trust has come.

        Raises:
            SealUnusable: seal and certificate cannot be used, or are not of each other.
            ChainRefused: something speaks against the chains.
        """
        seal, at, certificate = read_seal(self._stamp.seal), self._stamp.at, self._signer.certificate
        check_usable(seal, certificate, at)
        if self._trusted is not trust:
            check_trusted(seal, certificate, self._proofs.certificates, trust, clock.now())
            self._trusted = trust
        level = Level.B if self._proofs.timestamps is None else Level.T
        return Desk(_Standing(at, clock), self._signer, self._proofs, level, seal, lasting=False)


class _Keys:
    """Keys that were opened, by reference and certificate."""

    def __init__(self, *, files: bool, pin: Callable[[str], str | None]) -> None:
        self._files = files
        self._pin = pin
        self._opened: dict[tuple[str, bytes], Signer] = {}
        self._opening: Final = asyncio.Lock()

    async def open(self, reference: str, certificate: Certificate) -> Signer:
        """The signer of a key.

        Raises:
            KeyUnusable: it cannot be used.
        """
        name = reference, certificate.der
        async with self._opening:
            if name not in self._opened:
                pin = self._pin(reference)
                self._opened[name] = await open_signer(reference, certificate, pin=pin, files=self._files)
            return self._opened[name]

    async def aclose(self) -> None:
        """Let go of all of them."""
        while self._opened:
            _, signer = self._opened.popitem()
            await signer.aclose()


class _Stamps:
    """Timestamps that are asked for in a thread; whoever gives them stays on this loop."""

    def __init__(self, given: Timestamps, loop: asyncio.AbstractEventLoop) -> None:
        self._get_token = bridged(given.get_token, loop)

    async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
        """A token for this imprint."""
        return await self._get_token(imprint, deadline)


class _Standing:
    """A clock that states one time, so that the same request states it again."""

    def __init__(self, at: datetime, clock: Clock) -> None:
        self._at = at
        self.monotonic: Final = clock.monotonic

    def now(self) -> datetime:
        """The time that is stated."""
        return self._at


@contextmanager
def _answered() -> Iterator[None]:
    """What goes wrong in sealing is a Refusal or KeyUnusable."""
    with refused():
        try:
            yield
        except TimestampError as error:
            raise KeyUnusable(f"no timestamp is to be had: {error}") from error


async def _pages(document: Path) -> int:
    return count_pages(document)


def _counted(document: Path) -> Counted:
    small = in_memory(document)
    return Counted(count_pages(small or document), small if small is not None and _is_light(small) else None)


def _is_light(document: Opened) -> bool:
    """Whether it can be held beside all others of its group: what was made of XML takes many times its bytes."""
    return document.package is not None and document.package.has_read <= _HELD_XML


async def _pages_of(documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
    found: list[Counted | Refusal] = []
    for document in documents:
        await asyncio.sleep(0)  # whoever is cancelled begins no further one
        try:
            with refused():
                found.append(_counted(document))
        except Refusal as refusal:
            found.append(refusal)
    return found


def _placed(place: Place) -> Placement:
    if isinstance(place, Point):
        return AtPoint(place.page, place.x, place.y)
    return AtKeyword(place.text) if isinstance(place, Keyword) else AcrossPages()


def _said(examination: Examination) -> Verification:
    steps = (
        VerificationStep(step.number, Check(step.number).title, Verdict(step.verdict.value), step.message)
        for step in examination.steps
    )
    return Verification(Verdict(examination.verdict.value), tuple(steps))
