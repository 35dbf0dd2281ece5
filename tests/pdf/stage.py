"""Keys, certificates, pictures and a short way to seal and examine; everything in them is made up."""

import asyncio
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from certs.examination import Check, Examination, Verdict
from certs.pdf import Level, Look, Placement, Proofs, SealPicture, Unseen, examine_pdf, sign_pdf
from certs.signers import HeldSigner
from certs.timestamps import Imprint, TimestampRequest, Token, make_token, read_token
from certs.x509 import Certificate, Evidence, Issued, KeyAlgorithm, TrustStore, read_crl
from certs.x509.revoking import make_crl
from gateway.core.clock import Deadline
from tests.timestamps.authorities import NOW, SteppedClock, development, stamper

KINDS = (KeyAlgorithm.RSA, KeyAlgorithm.EC, KeyAlgorithm.SM2)
SIDE = 40.0


@cache
def _office(kind: KeyAlgorithm) -> tuple[Issued, HeldSigner]:
    office = development(kind).issue("Seal Office")
    return office, HeldSigner(office.key, office.certificate)


def seal_office(kind: KeyAlgorithm = KeyAlgorithm.RSA) -> Issued:
    return _office(kind)[0]


def signer(kind: KeyAlgorithm = KeyAlgorithm.RSA) -> HeldSigner:
    return _office(kind)[1]


@cache
def evidence(kind: KeyAlgorithm = KeyAlgorithm.RSA) -> Evidence:
    """Lists of the root and the intermediate on which nobody stands."""
    authority = development(kind)
    lists = (
        make_crl(by.certificate.subject_name, by.key, [], NOW, None) for by in (authority.root, authority.intermediate)
    )
    return Evidence(tuple(read_crl(one) for one in lists))


def trusted(*kinds: KeyAlgorithm) -> TrustStore:
    return TrustStore([development(kind).root.certificate for kind in kinds or (KeyAlgorithm.RSA,)])


@cache
def picture(colour: tuple[int, int, int, int] = (220, 0, 0, 255), width: float = SIDE) -> SealPicture:
    """A square of one colour with a hole in its upper left quarter, so that turning shows."""
    drawn = Image.new("RGBA", (20, 20), colour)
    drawn.paste((0, 0, 0, 0), (0, 0, 10, 10))
    return SealPicture.read(png(drawn), width, SIDE)


def png(drawn: Image.Image, form: str = "PNG") -> bytes:
    out = BytesIO()
    drawn.save(out, form)
    return out.getvalue()


class Stamps:
    """Timestamps by the development authority of one kind, without a network."""

    def __init__(self, kind: KeyAlgorithm = KeyAlgorithm.RSA) -> None:
        self.authority = stamper(kind)

    async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
        return read_token(await make_token(TimestampRequest(imprint=imprint), self.authority))


def proofs(kind: KeyAlgorithm = KeyAlgorithm.RSA) -> Proofs:
    async def gather(path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        return evidence(kind)

    return Proofs(seal_office(kind).chain, Stamps(kind), trusted(kind), gather)


def sealed(
    document: bytes,
    placement: Placement = Unseen(),  # noqa: B008 # frozen
    kind: KeyAlgorithm = KeyAlgorithm.RSA,
    level: Level = Level.B,
    look: Look | None = None,
    source: Path | None = None,
) -> bytes:
    """The document, sealed."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "sealed.pdf"
        shown = look or Look(picture())
        making = sign_pdf(
            source or document, target, signer(kind), placement, SteppedClock(), level, shown, proofs(kind)
        )
        asyncio.run(making)
        return target.read_bytes()


def examined(document: bytes, *kinds: KeyAlgorithm) -> Examination:
    kinds = kinds or (KeyAlgorithm.RSA,)
    kept = sum((evidence(kind) for kind in kinds), Evidence())
    return examine_pdf(document, trusted(*kinds), NOW, evidence=kept)


def verdicts(examination: Examination) -> dict[str, Verdict]:
    """What is not VALID."""
    return {step.name: step.verdict for step in examination.steps if step.verdict is not Verdict.VALID}


def names(*checks: Check) -> set[str]:
    return {check.word for check in checks}
