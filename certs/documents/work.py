"""What is done with the documents of a workshop, in whichever thread or process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.documents.desk import Desk, Placement, check_trusted, check_usable
from certs.documents.examining import compare_documents
from certs.documents.opening import Opened, count_pages, in_memory, opened
from certs.documents.refusals import refused
from certs.documents.trust import Trust
from certs.examination import Check, Examination
from certs.pdf import Level, Proofs
from certs.placement import AcrossPages, AtKeyword, AtPoint
from certs.seals import read_seal
from certs.signers import Signer
from certs.timestamps import TimestampError
from gateway.core.clock import Clock
from gateway.core.errors import KeyUnusable
from gateway.core.seals.place import Keyword, Place, Point
from gateway.core.seals.verification import Verdict, Verification, VerificationStep
from gateway.core.seals.workshop import Counted

_HELD_XML: Final = 128 * 1024
"""Bytes of XML, read to count a document's pages, up to which it is held until it is sealed."""


class Outfit:
    """What documents are sealed with by one stamp.

    Args:
        seal: DER.
        at: the time that signatures state.
        signer: the key.
        proofs: what makes signatures last.
    """

    def __init__(self, seal: bytes, at: datetime, signer: Signer, proofs: Proofs) -> None:
        self.seal: Final = seal
        self._at = at
        self._signer = signer
        self._proofs = proofs
        self._trusted: Trust | None = None
        """By which nothing speaks against its chains."""

    async def work(self, source: Path | Opened, target: Path, place: Place, trust: Trust, clock: Clock) -> None:
        """Seal ``source`` into ``target``; raises as ``desk`` and ``Desk.work`` do."""
        await self.desk(trust, clock).work(source, target, _placed(place))

    def desk(self, trust: Trust, clock: Clock) -> Desk:
        """Where they are sealed; the chains are built once, unless another trust has come.

        Raises:
            SealUnusable: seal and certificate cannot be used, or are not of each other.
            ChainRefused: something speaks against the chains.
        """
        seal, certificate = read_seal(self.seal), self._signer.certificate
        check_usable(seal, certificate, self._at)
        if self._trusted is not trust:
            check_trusted(seal, certificate, self._proofs.certificates, trust, clock.now())
            self._trusted = trust
        level = Level.B if self._proofs.timestamps is None else Level.T
        return Desk(_Standing(self._at, clock), self._signer, self._proofs, level, seal, lasting=False)


class _Standing:
    """A clock that states one time, so that the same request states it again."""

    def __init__(self, at: datetime, clock: Clock) -> None:
        self._at = at
        self.monotonic: Final = clock.monotonic

    def now(self) -> datetime:
        """The time that is stated."""
        return self._at


async def seal_and_compare(
    source: Path | Opened, target: Path, outfit: Outfit, place: Place, trust: Trust, clock: Clock
) -> Verification:
    """Seal a document, which is read and taken apart once, and compare what became of it with what it was.

    Raises:
        Refusal: the document, the place or the seal cannot be used.
        KeyUnusable: the key cannot be used, or not now; or there is no timestamp to be had.
        OSError: a file cannot be read or written.
    """
    with answered(), opened(source) as document:
        await outfit.work(document, target, place, trust, clock)
        return said(compare_documents(document, target, outfit.seal, trust, clock.now()))


def counted(document: Path) -> Counted:
    """What it is and how many pages it has, with the document itself if it is small.

    Raises:
        Refusal: it is neither OFD nor PDF, or cannot be read.
        OSError: likewise.
    """
    with refused():
        small = in_memory(document)
        with opened(small or document) as found:
            pages = count_pages(found)
            return Counted(pages, found.form.media_type, small if small is not None and _is_light(small) else None)


@contextmanager
def answered() -> Iterator[None]:
    """What goes wrong in sealing is a Refusal or KeyUnusable."""
    with refused():
        try:
            yield
        except TimestampError as error:
            raise KeyUnusable(f"no timestamp is to be had: {error}") from error


def said(examination: Examination) -> Verification:
    """What was found, as the core has it."""
    steps = (
        VerificationStep(step.number, Check(step.number).title, Verdict(step.verdict.value), step.message)
        for step in examination.steps
    )
    return Verification(Verdict(examination.verdict.value), tuple(steps))


def _is_light(document: Opened) -> bool:
    """Whether it can be held beside all others of its group: what was made of XML takes many times its bytes."""
    return document.package is not None and document.package.has_read <= _HELD_XML


def _placed(place: Place) -> Placement:
    if isinstance(place, Point):
        return AtPoint(place.page, place.x, place.y)
    return AtKeyword(place.text) if isinstance(place, Keyword) else AcrossPages()
