"""Authorities, seals and documents for tests of OFD; everything in them is made up."""

import asyncio
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from certs.examination import Check, Examination, Verdict
from certs.ofd import AtPoint, Placement, examine_ofd, seal_ofd, sign_ofd
from certs.seals import Picture, Seal, SealDraft, SealVersion, SignerList, make_seal
from certs.signers import HeldSigner
from certs.timestamps import Imprint, StampAuthority, TimestampRequest, make_token
from certs.x509 import DevelopmentAuthority, Evidence, Hash, Issued, KeyAlgorithm, Profile, TrustStore
from certs.x509.crl import read_crl
from certs.x509.revoking import make_crl

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)
HELLO = (FIXTURES / "unsigned-hello.ofd").read_bytes()
KEYWORDS = (FIXTURES / "keywords.ofd").read_bytes()
SIGN = "Doc_0/Signs/Sign_0"
LIST = "Doc_0/Signs/Signatures.xml"


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return 0.0


@cache
def authority() -> DevelopmentAuthority:
    return DevelopmentAuthority.create(SetClock(NOW - 30 * DAY))


@cache
def issued(name: str, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> Issued:
    return authority().issue(name, Profile.TIMESTAMP if name == "tsa" else Profile.SIGNER, key=kind)


def holder(made: Issued) -> HeldSigner:
    return HeldSigner(made.key, made.certificate)


@cache
def signer(name: str = "signer") -> HeldSigner:
    return holder(issued(name))


@cache
def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGBA", (4, 4), (200, 0, 0, 255)).save(buffer, "PNG")
    return buffer.getvalue()


def new_seal(by: HeldSigner | None = None, **other: Any) -> Seal:
    draft: dict[str, Any] = {
        "kind": 1,
        "identity": "SEAL0001",
        "name": "测试专用章",
        "signers": SignerList(certificates=(signer().certificate.der,)),
        "picture": Picture("PNG", png(), 40, 40),
        "created_at": NOW - DAY,
        "valid_from": NOW - DAY,
        "valid_until": NOW + 300 * DAY,
    }
    return asyncio.run(make_seal(SealDraft(**(draft | other)), by or signer("maker")))


@cache
def seal(version: SealVersion = SealVersion.V4) -> Seal:
    return new_seal(version=version)


@cache
def evidence() -> Evidence:
    """Fresh lists of both authorities, with nobody on them."""
    ranks = (authority().root, authority().intermediate)
    return Evidence(
        tuple(
            read_crl(make_crl(rank.certificate.subject_name, rank.key, (), NOW - DAY, NOW + 6 * DAY)) for rank in ranks
        )
    )


def trust() -> TrustStore:
    return TrustStore([authority().root.certificate])


async def stamp(value: bytes) -> bytes:
    """A timestamp at NOW by the authority for timestamps."""
    return await stamped(value, NOW)


async def stamped(value: bytes, at: datetime) -> bytes:
    tsa = StampAuthority(signer=holder(issued("tsa")), clock=SetClock(at), chain=issued("tsa").chain)
    return await make_token(TimestampRequest(imprint=Imprint.of(value, Hash.SM3), nonce=None), tsa)


def sealed(
    data: bytes | Path = HELLO,
    placement: Placement | None = None,
    *,
    with_seal: Seal | None = None,
    by: HeldSigner | None = None,
    at: datetime = NOW,
    **other: Any,
) -> bytes:
    out = BytesIO()
    where = placement or AtPoint(1, 50, 50)
    asyncio.run(seal_ofd(data, out, with_seal or seal(), by or signer(), where, SetClock(at), **other))
    return out.getvalue()


def signed(data: bytes = HELLO, by: HeldSigner | None = None) -> bytes:
    out = BytesIO()
    asyncio.run(sign_ofd(data, out, by or signer(), SetClock()))
    return out.getvalue()


@cache
def usual() -> bytes:
    """A document of one page with one seal."""
    return sealed()


def examined(data: bytes | Path, at: datetime = NOW, **other: Any) -> Examination:
    """The examination with everything at hand that it needs."""
    given: dict[str, Any] = {"evidence": evidence(), "intermediates": authority().intermediate.chain}
    return examine_ofd(data, trust(), at, **(given | other))


def failing(examination: Examination) -> dict[str, Verdict]:
    """The steps that are not VALID."""
    return {step.name: step.verdict for step in examination.steps if step.verdict is not Verdict.VALID}


def only(check: Check, verdict: Verdict = Verdict.INVALID) -> dict[str, Verdict]:
    return {check.word: verdict}


def files(data: bytes) -> dict[str, bytes]:
    """The files of a package."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {one.filename: package.read(one) for one in package.infolist() if not one.is_dir()}


def packed(contents: Mapping[str, bytes | None]) -> bytes:
    """A package of these files; None leaves one out."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in contents.items():
            if content is not None:
                package.writestr(name, content)
    return out.getvalue()


def changed(data: bytes, contents: Mapping[str, bytes | None]) -> bytes:
    """A package with files changed, added or (None) left out."""
    return packed({**files(data), **contents})


def replaced(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A package with a piece of one file replaced, which must be there."""
    content = files(data)[name]
    assert old in content
    return packed(files(data) | {name: content.replace(old, new)})


def document(*pages: str, head: str = "", tail: str = "", body: str = "") -> dict[str, bytes]:
    """A document of pages with this content, of 210 by 297 mm."""
    names = "".join(f'<ofd:Page ID="{number}" BaseLoc="Pages/P{number}.xml"/>' for number in range(1, len(pages) + 1))
    namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    return {
        "OFD.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {namespace} Version="1.0" DocType="OFD"><ofd:DocBody>'
            f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{body}</ofd:DocBody></ofd:OFD>"
        ).encode(),
        "Doc_0/Document.xml": (
            f"<ofd:Document {namespace}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
            f"</ofd:PageArea>{head}</ofd:CommonData><ofd:Pages>{names}</ofd:Pages>{tail}</ofd:Document>"
        ).encode(),
        **{
            f"Doc_0/Pages/P{number}.xml": f"<ofd:Page {namespace}>{page}</ofd:Page>".encode()
            for number, page in enumerate(pages, 1)
        },
    }


def text(words: str, x: float = 20, y: float = 50, size: float = 4, extra: str = "") -> str:
    """A page's content with a line of text."""
    return (
        f'<ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="4" Boundary="{x} {y} 100 {size}" Font="3" Size="{size}"'
        f'{extra}><ofd:TextCode X="0" Y="{size}" DeltaX="g {max(1, len(words) - 1)} {size}">{words}</ofd:TextCode>'
        "</ofd:TextObject></ofd:Layer></ofd:Content>"
    )
