"""Seals, signatures and their parts for tests; everything in them is made up."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

from PIL import Image

from certs.seals import (
    Picture,
    Seal,
    SealDraft,
    SealSignature,
    SealVersion,
    SignerList,
    make_seal,
    make_signature,
)
from certs.signers import HeldSigner
from certs.x509 import KeyAlgorithm
from certs.x509.authority import DevelopmentAuthority
from gateway.core.clock import Clock

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DESCRIPTION = b"<Signature/>"
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"


class StillClock(Clock):
    """Always NOW."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@cache
def authority(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> DevelopmentAuthority:
    return DevelopmentAuthority.create(StillClock(), kind)


@cache
def signer(name: str, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> HeldSigner:
    issued = authority(kind).issue(name)
    return HeldSigner(issued.key, issued.certificate)


@cache
def png(width: int = 4, height: int = 3) -> bytes:
    buffer = BytesIO()
    Image.new("RGBA", (width, height), (200, 0, 0, 255)).save(buffer, "PNG")
    return buffer.getvalue()


def draft(**other: object) -> SealDraft:
    values: dict[str, object] = {
        "kind": 1,
        "identity": "SEAL0001",
        "name": "测试专用章",
        "signers": SignerList(certificates=(signer("signer").certificate.der,)),
        "picture": Picture("PNG", png(), 40, 30),
        "created_at": NOW,
        "valid_from": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=700),
    }
    return SealDraft(**(values | other))  # type: ignore[arg-type]


def seal(kind: KeyAlgorithm = KeyAlgorithm.SM2, **other: object) -> Seal:
    return asyncio.run(make_seal(draft(**other), signer("maker", kind)))


_usual: dict[SealVersion, Seal] = {}


def usual_seal(version: SealVersion = SealVersion.V4) -> Seal:
    return _usual.setdefault(version, _usual.get(version) or seal(version=version))


def signature(with_seal: Seal, by: HeldSigner | None = None, **other: object) -> SealSignature:
    holder = by or signer("signer")
    values: dict[str, object] = {
        "at": NOW,
        "data_hash": holder.algorithm.hash.digest(DESCRIPTION),
        "property_info": PATH,
    }
    return asyncio.run(make_signature(with_seal, holder, **(values | other)))  # type: ignore[arg-type]


def usual_signature(version: SealVersion = SealVersion.V4) -> SealSignature:
    return signature(usual_seal(version))
