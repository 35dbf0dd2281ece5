"""Sealing a PDF: PAdES baseline signatures B, T, LT and LTA (ETSI EN 319 142-1), each as incremental updates."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import msgspec

from certs.cms import make_signed_data
from certs.pdf.assembling import Assembly
from certs.pdf.details import Details
from certs.pdf.document import Document
from certs.pdf.errors import SignerUnusable
from certs.pdf.picture import SealPicture
from certs.pdf.placement import Placement
from certs.pdf.proofs import Proofs
from certs.pdf.revision import Revision, Wanted, prepare, prepare_timestamp
from certs.pdf.security_store import prepare_store
from certs.replacing import replacing, settle
from certs.signers import Signer
from certs.timestamps import Imprint, Token
from certs.x509 import Certificate
from gateway.core.clock import Clock
from gateway.core.text import Text

T = TypeVar("T")

INLINE: Final = 1_048_576
"""Bytes of a document up to which it is worked on at once; a larger one goes to a thread, so that others can go on."""

_IN_MEMORY: Final = 16_777_216
"""Bytes up to which a file is read whole; a longer one is read where needed."""

_FRAME: Final = 1_024
"""Bytes of a signature's value beside certificates, key's signature and timestamp, at most."""

_TOKEN: Final = 24_576
"""Bytes that are kept free for a timestamp token."""


class Level(StrEnum):
    """How long a signature can be verified."""

    B = "B"
    """As long as the signer's certificate is in force and somebody says that it is not revoked."""

    T = "T"
    """A timestamp proves when it was made."""

    LT = "LT"
    """The document also holds what proves that nothing was revoked then."""

    LTA = "LTA"
    """A timestamp over all of it proves that what it holds was there in time; it can be renewed for ever."""


class Look(msgspec.Struct, frozen=True):
    """What a signature shows and says, and whether it is the last one.

    Attributes:
        picture: the seal; needed wherever it shows, and optional in an existing field.
        details: shown by readers with the signature.
        final: whether the document is locked from then on; only its first signature can do so.
    """

    picture: SealPicture | None = None
    details: Details = Details()
    final: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was made.

    Attributes:
        field: the name of the signature's field.
        pages: the numbers of the pages on which it shows, from 1, in their order.
    """

    field: str
    pages: tuple[int, ...]


async def sign_pdf(
    source: bytes | Path,
    target: Path,
    signer: Signer,
    placement: Placement,
    clock: Clock,
    level: Level = Level.B,
    look: Look = Look(),  # noqa: B008 # frozen
    proofs: Proofs = Proofs(),  # noqa: B008 # frozen
) -> Sealed:
    """Seal a document.

    Args:
        source: the document.
        target: where the sealed one goes; it takes its place only when it is whole, and may be the source.
        signer: the key.
        placement: where the seal shows.
        clock: the time that is stated.
        level: how long the signature can be verified.
        look: what it shows and says.
        proofs: certificates above the signer's, and for the levels above B where timestamps and evidence come from.

    Raises:
        PdfUnreadable: the source is no PDF, damaged, encrypted or too large.
        PdfLocked: a signature in it forbids a further one.
        PlacementInvalid: the seal cannot be put there.
        SignerUnusable: the signer's certificate is not in force.
        ProofMissing: the level needs more than was given, or the proof cannot be had.
        TimestampUnavailable: no authority gives a timestamp.
        KeyUnusable: the key cannot sign.
        OSError: the source cannot be read, or the target not written.
    """
    wanted = Wanted(placement, look.picture, look.details, clock.now().replace(microsecond=0), look.final)
    _check_signer(signer.certificate, wanted.at)
    with replacing(target, source) as out:
        return await _Sealing(source, out, signer, wanted, proofs, clock, inline=_size(source) <= INLINE).run(level)


class _Sealing:
    """One document on its way from source to target."""

    def __init__(
        self,
        source: bytes | Path,
        out: BinaryIO,
        signer: Signer,
        wanted: Wanted,
        proofs: Proofs,
        clock: Clock,
        *,
        inline: bool,
    ) -> None:
        self._source = source
        self._assembly = Assembly(out, signer.algorithm.hash)
        self._signer = signer
        self._wanted = wanted
        self._proofs = proofs
        self._clock = clock
        self._inline = inline

    async def run(self, level: Level) -> Sealed:
        """Write the sealed document."""
        stamped = level is not Level.B
        self._proofs.check(timestamps=stamped, evidence=level in {Level.LT, Level.LTA})
        certificates = tuple(dict.fromkeys((self._signer.certificate, *self._proofs.certificates)))
        revision = await self._do(lambda: self._begin(certificates, stamped=stamped))
        digest = self._assembly.digest_with(revision.before, revision.after)
        tokens: list[Token] = []

        async def stamp(signature: bytes) -> bytes:
            tokens.append(await self._proofs.token(Imprint.of(signature, self._signer.algorithm.hash), self._clock))
            return tokens[-1].der

        cms = await make_signed_data(digest, self._signer, certificates=certificates, stamp=stamp if stamped else None)
        self._assembly.append(revision.filled(cms))
        if level in {Level.LT, Level.LTA}:
            kept, evidence = await self._proofs.evidence(self._signer.certificate, tokens[0], self._clock)
            section = await self._do(lambda: prepare_store(self._written(), kept, evidence))
            self._assembly.append(section)
        if level is Level.LTA:
            await self._timestamp()
        await self._do(lambda: settle(self._assembly.out))
        return Sealed(revision.field, revision.pages)

    async def _timestamp(self) -> None:
        """A timestamp over all that there is."""
        revision = await self._do(lambda: prepare_timestamp(self._written(), _TOKEN))
        digest = self._assembly.digest_with(revision.before, revision.after)
        token = await self._proofs.token(Imprint(self._signer.algorithm.hash.oid, digest), self._clock)
        self._assembly.append(revision.filled(token.der))

    def _begin(self, certificates: Sequence[Certificate], *, stamped: bool) -> Revision:
        bits = self._signer.certificate.public_key.bits
        reserved = _FRAME + sum(len(one.der) for one in certificates) + bits // 4 + (_TOKEN if stamped else 0)
        with _opened(self._source) as (stream, text):
            revision = prepare(Document(stream), text, self._wanted, reserved)
            self._assembly.copy(stream)
        return revision

    def _written(self) -> Document:
        """The document so far."""
        self._assembly.out.flush()
        return Document(self._assembly.out)

    async def _do(self, work: Callable[[], T]) -> T:
        return work() if self._inline else await asyncio.to_thread(work)


def _check_signer(certificate: Certificate, at: datetime) -> None:
    if not certificate.in_force(at):
        raise SignerUnusable(Text("签章人证书不在有效期内", "the signer's certificate is not in force"))


def _size(source: bytes | Path) -> int:
    return len(source) if isinstance(source, bytes) else source.stat().st_size


@contextmanager
def _opened(source: bytes | Path) -> Iterator[tuple[BinaryIO, bytes | Path]]:
    """The document to be read at any place, and what pdfium reads its text from."""
    if isinstance(source, bytes):
        yield BytesIO(source), source
        return
    with source.open("rb") as opened:
        content = opened.read(_IN_MEMORY + 1)
        if len(content) <= _IN_MEMORY:
            yield BytesIO(content), content
        else:
            yield opened, source
