"""A workshop with its seal, keys and documents of both formats; everything in it is made up."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from certs.documents import DocumentWorkshop, Trust
from certs.seals import SignerList
from certs.signers import HeldSigner
from certs.x509 import Issued, KeyAlgorithm, TrustStore
from certs.x509.crl import Revoked, read_crl
from certs.x509.private_key import key_to_pem
from certs.x509.revocation import Evidence
from certs.x509.revoking import make_crl
from gateway.core.seals.place import Across, Keyword, Place, Point
from gateway.core.seals.verification import Verdict, Verification
from gateway.core.seals.workshop import Stamp
from tests.ofd import world
from tests.ofd.world import DAY, NOW, SetClock
from tests.pdf.documents import pdf

T = TypeVar("T")
KINDS = (KeyAlgorithm.SM2, KeyAlgorithm.RSA, KeyAlgorithm.EC)
PLACES = (Point(1, 20, 30), Point(-1, 20, 30), Keyword("Seal here"), Across())
TWO_PAGES = pdf("", "", text=("Licence 1 approved", "Seal here"))


def office(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> Issued:
    return world.issued("Seal Office", kind)


@cache
def _seal(kind: KeyAlgorithm) -> bytes:
    return world.new_seal(signers=SignerList(certificates=(office(kind).certificate.der,))).envelope.raw


@cache
def other_seal() -> bytes:
    """Another one that the office may use."""
    listed = SignerList(certificates=(office().certificate.der,))
    return world.new_seal(signers=listed, identity="SEAL0002").envelope.raw


def seal(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> bytes:
    """A seal that the office may use."""
    return _seal(kind)


@cache
def trust() -> Trust:
    """The authority, what is between, and fresh lists on which nobody stands."""
    return Trust(world.trust(), world.authority().intermediate.chain, world.evidence())


def trust_without(*revoked: Issued) -> Trust:
    """The same, but these are on the list."""
    rank = world.authority().intermediate
    entries = [Revoked(one.certificate.serial, NOW - DAY) for one in revoked]
    mine = read_crl(make_crl(rank.certificate.subject_name, rank.key, entries, NOW - DAY, NOW + 6 * DAY))
    return Trust(TrustStore(trust().anchors.anchors), trust().between, Evidence((world.evidence().lists[0], mine)))


def key_file(folder: Path, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> str:
    """The reference of the office's key in a file."""
    file = folder / f"{kind.value}.key"
    file.touch(0o600)
    file.write_text(key_to_pem(office(kind).key))
    return f"file:{file}"


def stamp(kind: KeyAlgorithm = KeyAlgorithm.SM2, **other: Any) -> Stamp:
    """A stamp by the office's key, which signs elsewhere unless a key is named."""
    given: dict[str, Any] = {
        "seal": seal(kind),
        "certificates": tuple(one.der for one in (office(kind).certificate, *office(kind).chain)),
        "at": NOW,
    }
    if "key" not in other:
        given["sign"] = HeldSigner(office(kind).key, office(kind).certificate).sign_digest
    return Stamp(**(given | other))


def run(work: Callable[[DocumentWorkshop], Awaitable[T]], **other: Any) -> T:
    """What becomes of work with a workshop that is closed afterwards."""

    async def main() -> T:
        workshop = DocumentWorkshop(SetClock(), other.pop("trust", trust), **{"files": True, **other})
        try:
            return await work(workshop)
        finally:
            await workshop.aclose()

    return asyncio.run(main())


def documents(folder: Path) -> tuple[Path, Path]:
    """An OFD and a PDF of several pages with the words ``Seal here``."""
    ofd, made = folder / "in.ofd", folder / "in.pdf"
    pages = [world.text("Licence 1 approved"), world.text("Seal here", y=80)]
    ofd.write_bytes(world.packed(world.document(*pages)))
    made.write_bytes(TWO_PAGES)
    return ofd, made


def failing(found: Verification) -> dict[int, Verdict]:
    return {step.number: step.verdict for step in found.steps if step.verdict is not Verdict.VALID}


def messages(found: Verification) -> str:
    return " | ".join(step.message.en for step in found.steps)


def sealed(source: Path, target: Path, place: Place = PLACES[0], with_stamp: Stamp | None = None, **other: Any) -> Path:
    """A document, sealed."""
    made = with_stamp or stamp()
    run(lambda workshop: workshop.seal(source, target, made, place), **other)
    return target


def compared(original: Path, back: Path, kind: KeyAlgorithm = KeyAlgorithm.SM2, **other: Any) -> Verification:
    wanted = seal(kind)
    return run(lambda workshop: workshop.compare(original, back, wanted), **other)
