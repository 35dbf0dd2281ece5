"""Sealing documents of either format with one seal, signer and level of proof."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from certs.documents.errors import LevelUnsupported
from certs.documents.opening import Opened, opened
from certs.documents.passing import passing
from certs.documents.trust import Trust
from certs.ofd import OfdPackage, SealUnusable, seal_ofd, sign_ofd
from certs.ofd.errors import CertificateOut
from certs.pdf import Details, Level, Look, Proofs, SealPicture, Unseen, sign_pdf
from certs.placement import AcrossPages, AtKeyword, AtPoint, LowerRight
from certs.replacing import replacing
from certs.seals import Seal, flaw_in_use, read_seal
from certs.seals.pictures import draw_picture
from certs.signers import Signer
from certs.timestamps import Imprint
from certs.x509 import Certificate, Hash, read_certificate
from gateway.core.clock import Clock
from gateway.core.text import Text

Placement = AtPoint | LowerRight | AtKeyword | AcrossPages

_NOT_IN_FORCE: Final = Text("签章人证书不在有效期内", "the signer's certificate is not in force yet or not any more")
_NO_EVIDENCE: Final = Text(
    "OFD 签章不含吊销信息，没有 LT、LTA 级别", "a seal on OFD holds no evidence on revocation: it has no LT and no LTA"
)


class Desk:
    """Seals, or without a seal signs, one document after the other.

    Args:
        clock: the time that is stated.
        signer: the key.
        proofs: what makes signatures last; the certificates in it go into PDFs.
        level: how long they can be verified. OFD knows B and T.
        seal: what is put under documents; without one they are signed, and nothing shows.
        lasting: whether an OFD document is waited for until the disk has it; not needed by who keeps it elsewhere.
    """

    def __init__(
        self,
        clock: Clock,
        signer: Signer,
        proofs: Proofs = Proofs(),  # noqa: B008 # frozen
        level: Level = Level.B,
        seal: Seal | None = None,
        *,
        lasting: bool = True,
    ) -> None:
        self._lasting = lasting
        self._clock = clock
        self._signer = signer
        self._proofs = proofs
        self._level = level
        self._seal = seal

    async def work(self, source: Path | Opened, target: Path, place: Placement) -> None:
        """Seal ``source`` into ``target``, which is there when it is whole.

        Raises:
            FormatUnknown: it is neither OFD nor PDF.
            LevelUnsupported: its format knows no such level.
            OfdError, PdfError, SealError, TimestampError, KeyUnusable, OSError: as ``seal_ofd`` and ``sign_pdf``.
        """
        with opened(source) as document:
            if document.package is None:
                await self._pdf(document.file, target, place)
            else:
                await self._ofd(document, document.package, target, place)

    async def _ofd(self, source: Opened, package: OfdPackage, target: Path, place: Placement) -> None:
        if self._level in {Level.LT, Level.LTA}:
            raise LevelUnsupported(_NO_EVIDENCE)
        # what is lasting may be read by nobody who may not read the source
        with replacing(target, source.file) if self._lasting else passing(target) as out:
            await self._to(package, out, place)

    async def _to(self, source: OfdPackage, target: BinaryIO, place: Placement) -> None:
        stamp = self._stamp if self._level is Level.T else None
        if self._seal is None:
            await sign_ofd(source, target, self._signer, self._clock, stamp)
            return
        await seal_ofd(source, target, self._seal, self._signer, place, self._clock, stamp)

    async def _stamp(self, signature: bytes) -> bytes:
        return (await self._proofs.token(Imprint.of(signature, Hash.SM3), self._clock)).der

    async def _pdf(self, source: Path, target: Path, place: Placement) -> None:
        look = Look() if self._seal is None else _look(self._seal.envelope.raw)
        where = Unseen() if self._seal is None else place
        await sign_pdf(source, target, self._signer, where, self._clock, self._level, look, self._proofs)


@lru_cache(maxsize=16)
def _look(seal: bytes) -> Look:
    """A PDF holds no more of a seal than its picture and its name."""
    read = read_seal(seal)
    drawn = draw_picture(read.picture)
    picture = SealPicture.read(drawn.png, read.picture.width, read.picture.height)
    return Look(picture, Details(name=read.name))


def check_usable(seal: Seal | None, certificate: Certificate, at: datetime) -> None:
    """That the seal and the certificate can be used at that time, and are of each other; alike for OFD and PDF.

    Raises:
        SealUnusable: they cannot.
    """
    if not certificate.in_force(at):
        raise CertificateOut(_NOT_IN_FORCE)
    if seal is not None and (flaw := flaw_in_use(seal, certificate.der, at)) is not None:
        raise SealUnusable(flaw)


def check_trusted(
    seal: Seal | None, certificate: Certificate, brought: Sequence[Certificate], trust: Trust, now: datetime
) -> None:
    """That nothing speaks against the chains of signer, now, and maker, when the seal was made.

    Raises:
        ChainRefused: something does.
        CertificateInvalid: the maker's certificate cannot be read.
    """
    trust.check(certificate, brought, now, now)
    if seal is not None:
        trust.check(read_certificate(seal.envelope.maker), brought, seal.created_at, now)
