"""The workshop of the seal service: documents in files, sealed, examined and compared in threads or processes."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from certs.documents.examining import compare_documents, examine_document
from certs.documents.opening import Opened
from certs.documents.processes import WorkProcesses
from certs.documents.refusals import refused
from certs.documents.threads import WorkThreads, bridged
from certs.documents.trust import Trust
from certs.documents.work import Outfit, answered, counted, said, seal_and_compare
from certs.pdf import Proofs, Timestamps
from certs.signers import ElsewhereSigner, HeldSigner, Signer, open_signer
from certs.signers.device import DeviceSigner
from certs.timestamps import Imprint, Token
from certs.x509 import Certificate, read_certificate
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import KeyUnusable, PinRefused, Refusal
from gateway.core.seals.place import Place
from gateway.core.seals.verification import Verification
from gateway.core.seals.workshop import Counted, Sheet, Stamp


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
        processes: do what groups of documents need, and examine; without, threads do. Timestamps are for threads.
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
        processes: WorkProcesses | None = None,
    ) -> None:
        self._clock = clock
        self._trust = trust
        self._threads: Final = WorkThreads(threads)
        self._timestamps = timestamps
        self._processes = processes if timestamps is None else None
        self._keys: Final = _Keys(files=files, pin=pin)

    async def seal(self, source: Path, target: Path, stamp: Stamp, place: Place) -> None:
        """Seal ``source`` into ``target``, which is whole or not there.

        What ``stamp.sign`` raises comes through as it is.

        Raises:
            Refusal: the document, the place or the seal cannot be used, with the problem to tell the caller.
            KeyUnusable: the key cannot be used, or not now; or there is no timestamp to be had.
            OSError: the source cannot be read, or the target not written.
        """
        with answered():
            outfit = await self._outfit(stamp)
            await self._threads.run(lambda: outfit.work(source, target, place, self._trust(), self._clock))

    async def seal_all(self, sheets: Sequence[Sheet]) -> Sequence[Verification | Refusal | KeyUnusable]:
        """Seal documents one after the other and compare each with what it was, in one trip to a thread or process.

        Each is read and taken apart once, and what they are sealed with is looked at once. For keys of this gateway,
        which stay with it wherever documents are worked on.

        Returns:
            in their order what ``compare`` gives; or what ``seal`` or ``compare`` raises, but an OSError.

        Raises:
            OSError: a source cannot be read, or a target not written; or there is no process to be had.
        """
        signers: dict[Stamp, Signer | Refusal | KeyUnusable] = {}
        for stamp in dict.fromkeys(sheet.stamp for sheet in sheets):
            try:
                with answered():
                    signers[stamp] = await self._signer(stamp, read_certificate(stamp.certificates[0]))
            except (Refusal, KeyUnusable) as error:
                signers[stamp] = error
        usable = {stamp: signer for stamp, signer in signers.items() if not isinstance(signer, Refusal | KeyUnusable)}
        ready = [sheet for sheet in sheets if sheet.stamp in usable]
        ended = iter(await self._ended(ready, usable))
        return [
            found if isinstance(found := signers[sheet.stamp], Refusal | KeyUnusable) else next(ended)
            for sheet in sheets
        ]

    async def examine(self, document: Path) -> Verification:
        """Every step of the examination against this gateway's trust.

        Raises:
            Refusal: it is neither OFD nor PDF, or cannot be read.
            OSError: likewise.
        """
        if self._processes is not None:
            return await self._processes.examine(document, await self._believed(), self._clock.now())
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

    async def pages_of(self, documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
        """What documents are and how many pages they have, in one trip to a thread or process.

        Those that are neither OFD nor PDF, or cannot be read, have their refusals in their places.

        Raises:
            OSError: a file cannot be read; or there is no process to be had.
        """
        if self._processes is not None:
            return await self._processes.pages_of(documents)
        return await self._threads.run(lambda: _pages_of(documents))

    async def aclose(self) -> None:
        """Wait for what is under way, and let go of keys, threads and processes."""
        await self._threads.aclose()
        if self._processes is not None:
            await self._processes.aclose()
        await self._keys.aclose()

    async def _ended(
        self, sheets: Sequence[Sheet], signers: Mapping[Stamp, Signer]
    ) -> Sequence[Verification | Refusal | KeyUnusable]:
        if self._processes is not None:
            return await self._processes.seal_all(sheets, signers, await self._believed(), self._clock.now())
        outfits = {stamp: self._outfit_of(stamp, signer) for stamp, signer in signers.items()}
        return await self._threads.run(lambda: self._seal_all([(sheet, outfits[sheet.stamp]) for sheet in sheets]))

    async def _believed(self) -> Trust:
        """The trust of the moment; files may be read for it."""
        return await asyncio.to_thread(self._trust)

    async def _outfit(self, stamp: Stamp) -> Outfit:
        return self._outfit_of(stamp, await self._signer(stamp, read_certificate(stamp.certificates[0])))

    def _outfit_of(self, stamp: Stamp, signer: Signer) -> Outfit:
        given = self._timestamps
        stamps = None if given is None else _Stamps(given, asyncio.get_running_loop())
        between = tuple(read_certificate(one) for one in stamp.certificates[1:])
        return Outfit(stamp.seal, stamp.at, signer, Proofs(between, stamps))

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

    async def _seal_all(self, work: Iterable[tuple[Sheet, Outfit]]) -> Sequence[Verification | Refusal | KeyUnusable]:
        return [await self._sealed(sheet, outfit) for sheet, outfit in work]

    async def _sealed(self, sheet: Sheet, outfit: Outfit) -> Verification | Refusal | KeyUnusable:
        await asyncio.sleep(0)  # whoever is cancelled begins no further one
        source = sheet.held if isinstance(sheet.held, Opened) else sheet.source
        try:
            return await seal_and_compare(source, sheet.target, outfit, sheet.place, self._trust(), self._clock)
        except (Refusal, KeyUnusable) as error:
            return error

    async def _examine(self, document: Path) -> Verification:
        return said(examine_document(document, self._trust(), self._clock.now()))

    async def _compare(self, original: Path, sealed: Path, seal: bytes, trust: Trust) -> Verification:
        return said(compare_documents(original, sealed, seal, trust, self._clock.now()))


class _Keys:
    """Keys that were opened, by reference and certificate."""

    def __init__(self, *, files: bool, pin: Callable[[str], str | None]) -> None:
        self._files = files
        self._pin = pin
        self._opened: dict[tuple[str, bytes], Signer] = {}
        self._refused: dict[str, str] = {}
        self._opening: Final = asyncio.Lock()

    async def open(self, reference: str, certificate: Certificate) -> Signer:
        """The signer of a key.

        Raises:
            PinRefused: its device does not take its PIN, which is tried once.
            KeyUnusable: it cannot be used.
        """
        name = reference, certificate.der
        async with self._opening:
            if name not in self._opened:
                self._opened[name] = await self._open(reference, certificate)
            signer = self._opened[name]
            if isinstance(signer, DeviceSigner):
                signer.check()
            return signer

    async def _open(self, reference: str, certificate: Certificate) -> Signer:
        if reference in self._refused:
            raise PinRefused(self._refused[reference])
        try:
            return await open_signer(reference, certificate, pin=self._pin(reference), files=self._files)
        except PinRefused as error:
            self._refused[reference] = str(error)
            raise

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


async def _pages_of(documents: Sequence[Path]) -> Sequence[Counted | Refusal]:
    found: list[Counted | Refusal] = []
    for document in documents:
        await asyncio.sleep(0)  # whoever is cancelled begins no further one
        try:
            found.append(counted(document))
        except Refusal as refusal:
            found.append(refusal)
    return found
