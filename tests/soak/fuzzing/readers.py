"""The readers that are fuzzed: what each does with an input, the errors that it promises, and where fuzzing begins."""

import asyncio
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from certs.ofd import AcrossPages, AtKeyword, AtPoint, OfdError, seal_ofd, sign_ofd
from certs.pdf import Level, Look, PdfError, Unseen, draw_page, examine_pdf, sign_pdf
from certs.seals import SealError, SealVersion, examine_seal, examine_signature, read_seal, read_signature
from certs.seals.pictures import draw_picture
from tests.ofd import world
from tests.pdf import stage
from tests.pdf.documents import appended, pdf
from tests.seals import making
from tests.soak.fuzzing import mutations
from tests.timestamps.authorities import NOW, SteppedClock

SEALS = Path(__file__).parents[2] / "seals" / "fixtures"
DRAWN_AT = 20
"""Dots per inch: drawing is to fail here, not to look well."""


@dataclass(frozen=True)
class Reader:
    """One reader.

    Attributes:
        read: does everything with an input, and whether it was taken; keeps to itself what is promised to be raised.
        seeds: inputs to begin with, by name.
        change: changes an input so that it still has the shape of its format.
        longest: bytes of an input at most.
    """

    read: Callable[[bytes, Path], bool]
    seeds: Callable[[], Iterator[tuple[str, bytes]]]
    change: mutations.Change
    longest: int = 65_536


def read_ofd(data: bytes, _folder: Path) -> bool:
    """Examine, then seal or sign."""
    taken = False
    with suppress(OfdError):
        taken = bool(world.examined(data).steps)
    place = (AtPoint(1, 50, 50), AtKeyword("OFD"), AcrossPages(), None)[zlib.crc32(data) % 4]
    with suppress(OfdError):
        if place is None:
            asyncio.run(sign_ofd(data, BytesIO(), world.signer(), world.SetClock()))
        else:
            asyncio.run(seal_ofd(data, BytesIO(), world.seal(), world.signer(), place, world.SetClock()))
    return taken


def ofd_seeds() -> Iterator[tuple[str, bytes]]:
    """The fixtures, and what is made of them."""
    for file in sorted(world.FIXTURES.glob("*.ofd")):
        yield file.stem, file.read_bytes()
    yield "sealed", world.usual()
    yield "sealed-v5", world.sealed(with_seal=world.seal(SealVersion.V5))
    yield "stamped", world.sealed(timestamps=world.stamp)
    yield "signed", world.signed()
    yield "twice", world.sealed(world.signed())
    yield "keyword", world.sealed(world.KEYWORDS, AtKeyword("OFD Reader & Writer!", 2))
    yield "made", world.packed(world.document(world.text("OFD 印章"), world.text("OFD")))


def read_seals(data: bytes, _folder: Path) -> bool:
    """Read as a seal and as a signature; examine both; draw the picture."""
    taken = False
    with suppress(SealError):
        seal = read_seal(data)
        taken = True
        draw_picture(seal.picture, dots_per_inch=DRAWN_AT)
    with suppress(SealError):
        signed = read_signature(data)
        taken = True
        draw_picture(signed.seal.picture, dots_per_inch=DRAWN_AT)
    examine_seal(data, making.NOW)
    examine_signature(data, description=making.DESCRIPTION, path=making.PATH)
    return taken


def seal_seeds() -> Iterator[tuple[str, bytes]]:
    """The fixtures, and seals and signatures of both versions."""
    for file in sorted([*SEALS.glob("*.esl"), *SEALS.glob("*.dat")]):
        yield file.stem, file.read_bytes()
    for version in (SealVersion.V4, SealVersion.V5):
        yield f"seal-{version}", making.usual_seal(version).envelope.raw
        yield f"signature-{version}", making.usual_signature(version).envelope.raw


def read_pdf(data: bytes, folder: Path) -> bool:
    """Examine, then seal or draw."""
    taken = False
    with suppress(PdfError):
        taken = bool(examine_pdf(data, stage.trusted(), NOW, evidence=stage.evidence()).steps)
    turn = zlib.crc32(data) % 5
    with suppress(PdfError):
        if turn == 0:
            draw_page(data, 1, dots_per_inch=DRAWN_AT)
        else:
            place = (Unseen(), AtPoint(1, 20, 30), AtKeyword("Licence"), AcrossPages())[turn - 1]
            making_it = sign_pdf(
                data, folder / "sealed.pdf", stage.signer(), place, SteppedClock(), Level.B, Look(stage.picture())
            )
            asyncio.run(making_it)
    return taken


def pdf_seeds() -> Iterator[tuple[str, bytes]]:
    """Documents with and without seals, of every key, and with all that a level may bring."""
    yield "plain", pdf()
    yield "stream", pdf(stream=True)
    yield "pages", pdf("", "/Rotate 90", "/UserUnit 2")
    sealed = stage.sealed(pdf())
    yield "sealed", sealed
    yield "shown", stage.sealed(pdf("", ""), AtPoint(1, 20, 30))
    yield "across", stage.sealed(pdf("", "", stream=True), AcrossPages())
    yield "keyword", stage.sealed(pdf(), AtKeyword("Licence"))
    yield "twice", stage.sealed(sealed)
    yield "changed", appended(sealed, {100: "<</Type/Annot>>"})
    for kind in stage.KINDS:
        yield f"kind-{kind}", stage.sealed(pdf(), kind=kind)
    yield "archived", stage.sealed(pdf(), level=Level.LTA)


READERS = {
    "ofd": Reader(read_ofd, ofd_seeds, mutations.change_ofd),
    "seals": Reader(read_seals, seal_seeds, mutations.change_der),
    "pdf": Reader(read_pdf, pdf_seeds, mutations.change_pdf, 131_072),
}
