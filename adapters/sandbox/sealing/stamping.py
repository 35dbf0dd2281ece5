"""What platforms do with documents and digests: seal them truly, or as a fault has it."""

import io
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from adapters.sandbox.sealing.cabinet import KeptSeal
from adapters.sandbox.sealing.papers import changed_page, is_ofd, other_document
from certs.ofd import OfdError, seal_ofd
from certs.pdf import Details, Look, PdfError, Proofs, SealPicture, sign_pdf
from certs.placement import AcrossPages, AtKeyword, AtPoint
from gateway.core.clock import Clock
from gateway.core.errors import YiwangError

Placing = AtPoint | AtKeyword | AcrossPages
USUAL: Final = AtPoint(-1, 140.0, 225.0)
DIGEST_BYTES: Final = 32


class Fate(StrEnum):
    """What goes wrong with a request to seal: see ``FaultKind``."""

    OTHER_DOCUMENT = "other-document"
    CHANGED_PAGE = "changed-page"
    UNSIGNED = "unsigned"
    NOTHING = "nothing"
    FORGET = "forget"


class Unsealable(YiwangError):
    """A document or digest that this platform cannot seal."""


async def stamp_document(document: bytes, seal: KeptSeal, placing: Placing, clock: Clock, fate: Fate | None) -> bytes:
    """The sealed document; raises Unsealable."""
    if fate is Fate.NOTHING:
        return b""
    if fate is Fate.UNSIGNED:
        return document
    if fate is Fate.OTHER_DOCUMENT:
        document, placing = other_document(document), AtPoint(1, 10.0, 10.0)
    elif fate is Fate.CHANGED_PAGE:
        document = changed_page(document)
    try:
        return await (_ofd if is_ofd(document) else _pdf)(document, seal, placing, clock)
    except (OfdError, PdfError) as error:
        raise Unsealable(str(error)) from error


async def sign_digest(digest: bytes, seal: KeptSeal, fate: Fate | None) -> bytes:
    """A signature of a digest by the seal's SM2 key; raises Unsealable."""
    if len(digest) != DIGEST_BYTES:
        raise Unsealable(f"a digest has {DIGEST_BYTES} bytes")
    if fate in {Fate.NOTHING, Fate.UNSIGNED}:
        return b""
    if fate is not None:  # another digest than the one that was given
        digest = digest[::-1]
    return await seal.signers["sm2"].sign_digest(digest)


async def _ofd(document: bytes, seal: KeptSeal, placing: Placing, clock: Clock) -> bytes:
    out = io.BytesIO()
    await seal_ofd(document, out, seal.seal, seal.signers["sm2"], placing, clock)
    return out.getvalue()


async def _pdf(document: bytes, seal: KeptSeal, placing: Placing, clock: Clock) -> bytes:
    picture = seal.seal.picture
    look = Look(SealPicture.read(picture.data, picture.width, picture.height), Details(name=seal.seal.name))
    with tempfile.TemporaryDirectory(prefix="sandbox-seal-") as folder:
        target = Path(folder) / "sealed.pdf"
        chain = tuple(seal.chains["rsa"][1:])
        await sign_pdf(document, target, seal.signers["rsa"], placing, clock, look=look, proofs=Proofs(chain))
        return target.read_bytes()


class _Point(msgspec.Struct, frozen=True, tag="point"):
    page: int
    x: float
    y: float


class _Keyword(msgspec.Struct, frozen=True, tag="keyword"):
    text: str


class _Across(msgspec.Struct, frozen=True, tag="across"):
    pass


def write_placing(placing: Placing) -> str:
    """A placing as the ledger keeps it."""
    kept: _Point | _Keyword | _Across = _Across()
    if isinstance(placing, AtPoint):
        kept = _Point(placing.page, placing.x, placing.y)
    elif isinstance(placing, AtKeyword):
        kept = _Keyword(placing.text)
    return msgspec.json.encode(kept).decode()


def read_placing(text: str) -> Placing:
    """A placing that the ledger has kept."""
    kept = msgspec.json.decode(text, type=_Point | _Keyword | _Across)
    if isinstance(kept, _Point):
        return AtPoint(kept.page, kept.x, kept.y)
    return AtKeyword(kept.text) if isinstance(kept, _Keyword) else AcrossPages()
