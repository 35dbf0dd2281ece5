"""Sealing and examining: SM2 against the openssl command, OFD, PDF."""

import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.frame import Subject
from certs.examination import Verdict
from certs.ofd import AtPoint, examine_ofd, seal_ofd
from certs.pdf import Level, Look, Placement, Unseen, sign_pdf
from tests.ofd import world
from tests.pdf import stage
from tests.pdf.documents import pdf
from tests.timestamps.authorities import SteppedClock

LARGE = 231_000
"""Bytes of the larger OFD document."""
_MESSAGE = bytes(20)  # as long as what openssl's own measurement signs
_SPEED = re.compile(r"^\s*256 bits SM2.*?\s([\d.]+)\s+[\d.]+\s*$", re.MULTILINE)
_PATIENCE = 60


class NotWhatItSeems(Exception):
    """What is to be measured does not do what it should: no figure of it is worth anything."""


@contextmanager
def seals() -> Iterator[Sequence[Subject]]:
    """The subjects. Sealed PDF documents go to files: in memory, where the system has such, and to the disk.

    A file that takes its place is made durable first, and how long a disk takes for that has nothing to do with a core.
    """
    with TemporaryDirectory(prefix="yiwang-bench-") as disk, TemporaryDirectory(dir=_in_memory()) as memory:
        small, large = world.HELLO, large_document()
        sealed = world.usual()
        _require_valid(examine_ofd_once(sealed), "examination of OFD")
        _require_valid(examine_ofd_once(world.sealed(large)), "examination of the larger OFD")
        target = Path(memory) / "sealed.pdf"
        for placement in (Unseen(), AtPoint(1, 20, 30)):
            _require_valid(stage.examined(stage.sealed(pdf(), placement)).verdict, "sealing of PDF")
        yield [
            Subject(
                name="sm2-sign",
                chinese="SM2 签名，相对 openssl speed sm2",
                english="SM2 signatures, against openssl speed sm2",
                goal=0.9,
                work=lambda: world.signer().sign_raw(_MESSAGE),
                rival=openssl_signatures,
            ),
            Subject(
                name="ofd-seal",
                chinese=f"小 OFD 盖章（{_kilobytes(small)} KB）",
                english=f"small OFD sealed ({_kilobytes(small)} KB)",
                goal=500,
                work=_sealing(small),
            ),
            Subject(
                name="ofd-seal-231k",
                chinese=f"OFD 盖章（{_kilobytes(large)} KB）",
                english=f"OFD sealed ({_kilobytes(large)} KB)",
                goal=80,
                work=_sealing(large),
            ),
            Subject(
                name="pdf-sign",
                chinese="PDF 签名（PAdES-B，RSA-2048）",
                english="PDF signed (PAdES-B, RSA-2048), unseen",
                goal=200,
                work=_signing(target, Unseen()),
            ),
            Subject(
                name="pdf-seal",
                chinese="PDF 盖章（PAdES-B，RSA-2048，可见）",
                english="PDF sealed (PAdES-B, RSA-2048), visible",
                goal=200,
                work=_signing(target, AtPoint(1, 20, 30)),
            ),
            Subject(
                name="pdf-seal-disk",
                chinese="同上，写入磁盘",
                english="the same, written to the disk",
                work=_signing(Path(disk) / "sealed.pdf", AtPoint(1, 20, 30)),
            ),
            Subject(
                name="ofd-examine",
                chinese="小 OFD 验章",
                english="small sealed OFD examined, all steps",
                goal=300,
                work=_examining(sealed),
            ),
        ]


def large_document() -> bytes:
    """An OFD document of LARGE bytes or a little more: pages of text, and what pictures are, bytes that do not pack."""
    dice = Random(5)  # noqa: S311 - always the same document
    pages = [world.text(" ".join(str(dice.random()) for _ in range(60))) for _ in range(20)]
    contents: dict[str, bytes | None] = {**world.document(*pages)}
    least = len(world.packed(contents))
    for number in range(4):
        contents[f"Doc_0/Res/image_{number}.jpg"] = dice.randbytes((LARGE - least) // 4)
    return world.packed(contents)


def openssl_signatures() -> float | None:
    """SM2 signatures that ``openssl speed sm2`` makes in a second of the processor; None without one that can."""
    command = shutil.which("openssl")
    if command is None:
        return None
    words = [command, "speed", "-seconds", "1", "sm2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 - constants
    found = _SPEED.search(done.stdout)
    return float(found[1]) if found else None


def examine_ofd_once(document: bytes) -> Verdict:
    """The whole examination, with lists of revoked certificates and trust at hand."""
    return examine_ofd(
        document,
        world.trust(),
        world.NOW,
        evidence=world.evidence(),
        intermediates=world.authority().intermediate.chain,
    ).verdict


def _require_valid(verdict: Verdict, what: str) -> None:
    if verdict is not Verdict.VALID:
        raise NotWhatItSeems(f"{what} gives {verdict}")


def _sealing(document: bytes) -> Callable[[], Awaitable[object]]:
    seal, signer, clock = world.seal(), world.signer(), world.SetClock()

    async def work() -> None:
        await seal_ofd(document, BytesIO(), seal, signer, AtPoint(1, 50, 50), clock)

    return work


def _examining(document: bytes) -> Callable[[], Awaitable[object]]:
    async def work() -> Verdict:
        return examine_ofd_once(document)

    return work


def _signing(target: Path, placement: Placement) -> Callable[[], Awaitable[object]]:
    document, signer, clock, look = pdf(), stage.signer(), SteppedClock(), Look(stage.picture())
    return lambda: sign_pdf(document, target, signer, placement, clock, Level.B, look)


def _in_memory(place: str = "/dev/shm") -> str | None:  # noqa: S108 - for a folder that only we can read
    return place if os.access(place, os.W_OK) else None


def _kilobytes(document: bytes) -> str:
    return f"{len(document) / 1000:.0f}"
