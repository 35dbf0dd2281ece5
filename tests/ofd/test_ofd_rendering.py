"""A page of an OFD is drawn for people, with its seals at their places; what is not drawn is told."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from certs.documents import draw_page as draw_any
from certs.documents import examining
from certs.examination import Verdict
from certs.marking import COLOURS
from certs.ofd import AcrossPages, AtPoint, OfdInvalid, PlacementInvalid, draw_page, examine_ofd
from certs.pdf import PdfUnreadable
from certs.x509 import TrustStore
from tests.ofd import world
from tests.ofd.world import FIXTURES, HELLO, changed, document, packed, replaced, sealed, signed
from tests.pdf.documents import pdf

RED, WHITE, BLACK = (200, 0, 0), (255, 255, 255), (0, 0, 0)
FRAME = COLOURS[Verdict.UNDECIDED]
BLOCK = (
    '<ofd:Content><ofd:Layer ID="2"><ofd:PathObject ID="3" Boundary="20 20 40 40" Fill="true" Stroke="false">'
    "<ofd:FillColor Value='0 0 0'/><ofd:AbbreviatedData>M 0 0 L 40 0 L 40 40 L 0 40 C</ofd:AbbreviatedData>"
    "</ofd:PathObject></ofd:Layer></ofd:Content>"
)
DARK = packed(document(BLOCK, BLOCK))


def drawn(data: bytes, number: int = 1) -> tuple[Image.Image, tuple[str, ...]]:
    found = draw_page(data, number)
    with Image.open(BytesIO(found.png)) as opened:
        return opened.convert("RGB"), tuple(text.en for text in found.left_out)


def at(picture: Image.Image, x: float, y: float) -> object:
    """The colour at a point, in millimetres of a page that is 210 wide."""
    scale = picture.width / 210
    return picture.getpixel((round(x * scale), round(y * scale)))


def test_a_page_is_drawn_on_white() -> None:
    picture, left_out = drawn(DARK)
    assert left_out == ()
    assert (picture.width, picture.height) == (794, 1123)
    assert (at(picture, 40, 40), at(picture, 100, 100)) == (BLACK, WHITE)


def test_a_seal_shows_at_its_place_with_a_frame() -> None:
    picture, left_out = drawn(sealed(DARK, AtPoint(1, 100, 100)))
    assert left_out == ()
    assert (at(picture, 120, 120), at(picture, 40, 40), at(picture, 150, 150)) == (RED, BLACK, WHITE)
    assert picture.getpixel((round(100 / 25.4 * 96) - 2, round(120 / 25.4 * 96))) == FRAME
    assert at(drawn(sealed(DARK, AtPoint(1, 100, 100)), 2)[0], 120, 120) == WHITE


def test_a_slice_of_a_seal_across_pages_shows_what_is_on_the_page() -> None:
    picture, _ = drawn(sealed(DARK, AcrossPages()), 2)
    assert (at(picture, 200, 148), at(picture, 180, 148)) == (RED, WHITE)


def test_a_signature_without_a_seal_shows_nothing() -> None:
    assert drawn(signed(DARK))[0].tobytes() == drawn(DARK)[0].tobytes()


def test_of_a_seal_that_cannot_be_drawn_the_place_is_marked() -> None:
    data = sealed(DARK, AtPoint(1, 100, 100))
    value = f"{world.SIGN}/SignedValue.dat"
    for other in (changed(data, {value: b"0"}), replaced(data, value, world.png(), b"\0" * len(world.png()))):
        picture, left_out = drawn(other)
        assert left_out == ("the picture of a seal: only its place is marked",)
        assert at(picture, 120, 120) == WHITE
        assert picture.getpixel((round(100 / 25.4 * 96) - 2, round(120 / 25.4 * 96))) == FRAME


@pytest.mark.parametrize("boundary", [b"0 0 -5 40", b"0 0 90000 90000", b"0 0 0 0", b"100 100 40 -40", b"nowhere"])
def test_a_place_that_is_none_draws_no_seal(boundary: bytes) -> None:
    data = replaced(sealed(DARK, AtPoint(1, 100, 100)), f"{world.SIGN}/Signature.xml", b"100 100 40 40", boundary)
    assert at(drawn(data)[0], 120, 90) == WHITE


def test_a_signature_that_cannot_be_read_has_no_place() -> None:
    data = changed(sealed(DARK, AtPoint(1, 100, 100)), {f"{world.SIGN}/Signature.xml": b"<x/>"})
    assert at(drawn(data)[0], 120, 120) == WHITE


def test_a_file_of_resources_that_is_named_and_not_there_is_left_out_and_told() -> None:
    missing = packed(document(BLOCK, head="<ofd:DocumentRes>none.xml</ofd:DocumentRes>"))
    picture, left_out = drawn(missing)
    assert (len(left_out), at(picture, 40, 40)) == (1, BLACK)
    assert len(drawn((FIXTURES / "unsigned-7-pages.ofd").read_bytes())[1]) >= 1


def test_of_a_file_with_several_documents_it_is_told_that_one_is_drawn() -> None:
    data = sealed(DARK, AtPoint(1, 100, 100))
    body = re.search(rb"<ofd:DocBody>.*</ofd:DocBody>", world.files(data)["OFD.xml"])
    assert body is not None
    picture, left_out = drawn(replaced(data, "OFD.xml", body[0], body[0] * 2))
    assert left_out == ("the other documents of the file, and the seals on them",)
    assert picture.tobytes() == drawn(data)[0].tobytes()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_frame_of_a_seal_has_the_colour_of_its_verdict_and_its_name(verdict: Verdict) -> None:
    data = sealed(DARK, AtPoint(1, 100, 100))
    label = examine_ofd(data, TrustStore(), world.NOW).signatures[0].label
    left, top = (round(100 / 25.4 * 96),) * 2
    with Image.open(BytesIO(draw_page(data, 1, {label: verdict}).png)) as opened:
        picture = opened.convert("RGB")
    assert picture.getpixel((left - 2, top + 20)) == COLOURS[verdict]
    tag = picture.crop((left - 3, top - 25, left + 12, top - 3))
    colours = {colour for _, colour in tag.getcolors(10_000) or ()}
    assert {COLOURS[verdict], WHITE} <= colours


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, 2):
        with pytest.raises(PlacementInvalid, match="no such page"):
            draw_page(HELLO, number)
    broken = packed(document(BLOCK, head="<ofd:DocumentRes>res.xml</ofd:DocumentRes>") | {"Doc_0/res.xml": b"<x"})
    with pytest.raises(OfdInvalid, match="cannot be drawn"):
        draw_page(broken, 1)
    (tmp_path / "in.pdf").write_bytes(pdf())
    assert draw_any(tmp_path / "in.pdf", 1).left_out == ()
    monkeypatch.setattr(examining, "LARGEST_DRAWN", 10)
    with pytest.raises(PdfUnreadable, match="too large"):
        draw_any(tmp_path / "in.pdf", 1)
