"""Sealed documents hold, here and in the eyes of implementations that we did not write."""

import asyncio
import logging
import subprocess
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certs.examination import Verdict
from certs.pdf import (
    AcrossPages,
    AtKeyword,
    AtPoint,
    Details,
    Edge,
    Level,
    Look,
    Placement,
    SealPicture,
    Unseen,
    draw_page,
    sign_pdf,
)
from certs.x509 import KeyAlgorithm
from tests.java.checker import WITH_JAVA, check
from tests.pdf.documents import pdf
from tests.pdf.stage import KINDS, SIDE, examined, picture, proofs, sealed, signer, verdicts
from tests.timestamps.authorities import NOW, SteppedClock, development

WITH_PDFSIG = pytest.mark.group("pdfsig", needs="pdfsig of poppler-utils")
PLACEMENTS: dict[str, Placement] = {
    "unseen": Unseen(),
    "point": AtPoint(2, 20, 30),
    "last page": AtPoint(-1, 0, 0),
    "keyword": AtKeyword("approved", 2),
    "every keyword": AtKeyword("Licence"),
    "across": AcrossPages(),
    "across left": AcrossPages(10, Edge.LEFT),
}
THREE = pdf("", "", "")


def kept(folder: Path, document: bytes) -> Path:
    file = folder / "document.pdf"
    file.write_bytes(document)
    return file


def pdfsig(file: Path) -> str:
    done = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


async def pyhanko_says(document: bytes, kind: KeyAlgorithm) -> list[tuple[str, bool]]:
    """The name of each signature with whether pyHanko finds it whole, trusted and not changed in any other way."""
    root = next(iter(load_certs_from_pemder_data(development(kind).root.certificate.der)))
    found = []
    for signature in PdfFileReader(BytesIO(document)).embedded_regular_signatures:
        context = ValidationContext(trust_roots=[root], moment=NOW, allow_fetching=False)
        status = await async_validate_pdf_signature(signature, context)
        found.append((signature.field_name, status.bottom_line))
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACEMENTS)
def test_a_sealed_document_is_valid_in_every_step(place: str, kind: KeyAlgorithm) -> None:
    examination = examined(sealed(THREE, PLACEMENTS[place], kind), kind)
    assert verdicts(examination) == {}
    assert [step.number for step in examination.steps] == [1, 2, 3, 6, 7, 8, 9, 11]


@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
@pytest.mark.parametrize("place", PLACEMENTS)
async def test_pyhanko_accepts_it(place: str, kind: KeyAlgorithm, tmp_path: Path) -> None:
    target = tmp_path / "sealed.pdf"
    await sign_pdf(
        THREE, target, signer(kind), PLACEMENTS[place], SteppedClock(), Level.B, Look(picture()), proofs(kind)
    )
    assert await pyhanko_says(target.read_bytes(), kind) == [("Seal1", True)]


@WITH_PDFSIG
@pytest.mark.parametrize("kind", [KeyAlgorithm.RSA, KeyAlgorithm.EC])
@pytest.mark.parametrize("place", PLACEMENTS)
def test_pdfsig_accepts_it(place: str, kind: KeyAlgorithm, tmp_path: Path) -> None:
    said = pdfsig(kept(tmp_path, sealed(THREE, PLACEMENTS[place], kind)))
    assert said.count("Signature is Valid.") == said.count("Signature #") == said.count("Total document signed") > 0


@WITH_JAVA
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [Level.B, Level.LTA])
def test_bouncycastle_accepts_it(kind: KeyAlgorithm, level: Level, tmp_path: Path) -> None:
    file = kept(tmp_path, sealed(sealed(THREE, kind=kind), AcrossPages(), kind, level))
    assert check("pdf", file).startswith("ok ")


def test_seals_follow_each_other_and_none_breaks_another(tmp_path: Path) -> None:
    document = pdf("", "", "", stream=True)
    for kind, placement in zip((*KINDS, *KINDS), PLACEMENTS.values(), strict=False):
        document = sealed(document, placement, kind)
    examination = examined(document, *KINDS)
    assert verdicts(examination) == {}
    assert [one.label for one in examination.signatures] == [f"Seal{number}" for number in range(1, 7)]


async def test_what_the_signer_says_is_in_the_document(tmp_path: Path) -> None:
    details = Details(name="审批局", reason="licence (approved)", location="Example City")
    target = tmp_path / "sealed.pdf"
    made = await sign_pdf(
        THREE, target, signer(), AtPoint(1, 0, 0), SteppedClock(), look=Look(picture(), details), proofs=proofs()
    )
    (signature,) = PdfFileReader(BytesIO(target.read_bytes())).embedded_signatures
    said = signature.sig_object
    assert (said["/Name"], said["/Reason"], said["/Location"]) == ("审批局", "licence (approved)", "Example City")
    assert said["/M"] == "D:20260304050607+00'00'"
    assert (made.field, made.pages) == ("Seal1", (1,))


@lru_cache(maxsize=2)
def shown(document: bytes, page: int) -> Image.Image:
    """The page, five dots to a millimetre."""
    return Image.open(BytesIO(draw_page(document, page, dots_per_inch=127)))


def red(document: bytes, page: int, x: float, y: float) -> bool:
    """Whether the page as it is shown is red at a point in millimetres; frames are drawn outside of seals."""
    pixel = shown(document, page).getpixel((round(x * 5), round(y * 5)))
    assert isinstance(pixel, tuple)
    return pixel[0] > 200 and pixel[1] < 60  # nearly red


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("page", ["", "/CropBox[50 60 550 800]", "/MediaBox[100 100 -200 700]", "/UserUnit 2"])
def test_a_seal_stands_upright_where_it_was_wanted(turned: int, page: str) -> None:
    document = sealed(pdf(f"{page}/Rotate {turned}"), AtPoint(1, 20, 30))
    corners = [(x, y) for x in (21, 20 + SIDE - 1) for y in (31, 30 + SIDE - 1)]
    assert [red(document, 1, *corner) for corner in corners] == [False, True, True, True]
    assert not red(document, 1, 21, 30 + SIDE + 3)


def test_a_seal_on_a_keyword_has_its_centre_there() -> None:
    document = sealed(pdf(text=["far", "Licence"]), AtKeyword("Licence"))
    middle, baseline = (72 + 20) / 72 * 25.4, (842 - 684) / 72 * 25.4
    assert red(document, 1, middle + SIDE / 2 - 2, baseline + SIDE / 2 - 2)
    assert not red(document, 1, middle + SIDE / 2 + 2, baseline)


@pytest.mark.parametrize("edge", [Edge.RIGHT, Edge.LEFT])
def test_slices_across_pages_make_the_whole_seal(edge: Edge) -> None:
    document = sealed(pdf("", ""), AcrossPages(100, edge))
    width = 595 / 72 * 25.4
    x = width - SIDE / 4 if edge is Edge.RIGHT else SIDE / 4
    with_hole = 1 if edge is Edge.RIGHT else 2
    assert not red(document, with_hole, x, 105)
    assert red(document, 3 - with_hole, x, 105)
    assert red(document, with_hole, x, 135)


def test_a_picture_without_transparency_lets_text_show_through() -> None:
    white = Image.new("RGB", (10, 10), (255, 255, 255))
    out = BytesIO()
    white.save(out, "BMP")
    look = Look(SealPicture.read(out.getvalue(), SIDE, SIDE))
    text = pdf(text=["Licence approved"])

    def darkest(document: bytes) -> bytes:
        part = Image.open(BytesIO(draw_page(document, 1))).convert("L").crop((90, 170, 180, 200))
        return min(part.tobytes()).to_bytes()

    assert darkest(sealed(text, AtPoint(1, 20, 40), look=look)) == darkest(text)


def test_a_drawing_stays_a_drawing() -> None:
    """A seal of lines and curves is a page of a PDF, whose streams and resources come along."""
    form = "/Type/XObject/Subtype/Form/BBox[0 0 100 100]"
    drawing = pdf(
        objects={
            10: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents[102 0 R]"
            "/Resources<</XObject<</X 100 0 R/Y 101 0 R>>/Numbers[1 2.5 [true]]>>>>",
            100: f"<<{form}/Resources<</XObject<</Y 101 0 R>>>>/Length 35>>\nstream\n"
            "1 0 0 rg 0 0 100 50 re f /Y Do     \nendstream",
            101: f"<<{form}/Length 25>>\nstream\n1 0 0 rg 50 50 50 50 re f\nendstream",
            102: "<</Length 5>>\nstream\n/X Do\nendstream",
        }
    )
    look = Look(SealPicture.read_pdf(drawing, SIDE, SIDE))
    document = sealed(pdf(), AtPoint(1, 20, 30), look=look)
    assert [red(document, 1, x, y) for x in (25, 55) for y in (35, 65)] == [False, True, True, True]
    assert verdicts(examined(document)) == {}


def test_it_works_from_files_of_any_size_and_onto_the_source_itself(tmp_path: Path) -> None:
    small, large = tmp_path / "small.pdf", tmp_path / "large.pdf"
    small.write_bytes(pdf())
    large.write_bytes(pdf(padding=17_000_000))
    for file in (small, large):
        made = asyncio.run(
            sign_pdf(file, file, signer(), AtKeyword("approved"), SteppedClock(), look=Look(picture()), proofs=proofs())
        )
        assert made.pages == (1,)
        assert verdicts(examined(file.read_bytes())) == {}
    assert sorted(tmp_path.iterdir()) == [large, small]


def test_examining_from_a_file_says_the_same(tmp_path: Path) -> None:
    file = kept(tmp_path, sealed(THREE))
    assert examined(file.read_bytes()).verdict is Verdict.VALID


def test_pyhanko_is_not_heard() -> None:
    assert not logging.getLogger("pyhanko.pdf_utils.reader").isEnabledFor(logging.WARNING)
