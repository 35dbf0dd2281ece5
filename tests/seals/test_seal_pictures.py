"""Pictures of pixels, and what is refused before it is unpacked."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from certs.seals import Picture, PictureUnusable
from certs.seals.pictures import LARGEST_SIDE, PictureType, check_picture, draw_picture, picture_type
from certs.seals.pictures.drawing import LARGEST_DRAWN
from certs.seals.pictures.markup import DEEPEST, LARGEST, MOST_ELEMENTS, MarkupInvalid, read_markup
from certs.seals.pictures.ofd_package import MOST_FILES, PicturePackage, resolved
from tests.seals.making import png
from tests.seals.pictures import ofd, package

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><rect width="4" height="3" fill="red"/></svg>'


def raster(form: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (4, 3), (200, 0, 0)).save(buffer, form)
    return buffer.getvalue()


def picture(kind: str, data: bytes) -> Picture:
    return Picture(kind, data, 4, 3)


@pytest.mark.parametrize(
    ("kind", "data", "known"),
    [
        pytest.param("PNG", raster("PNG"), PictureType.PNG, id="PNG"),
        pytest.param("gif", raster("GIF"), PictureType.GIF, id="gif"),
        pytest.param("Bmp", raster("BMP"), PictureType.BMP, id="Bmp"),
        pytest.param("jpg", raster("JPEG"), PictureType.JPG, id="jpg"),
        pytest.param(".jpeg", raster("JPEG"), PictureType.JPG, id="jpeg with a dot"),
        pytest.param("png", raster("GIF"), PictureType.GIF, id="a GIF that says it is PNG"),
        pytest.param("svg", SVG, PictureType.SVG, id="svg"),
        pytest.param("ofd", ofd(), PictureType.OFD, id="ofd"),
    ],
)
def test_every_type_is_known_by_its_data_or_its_name_in_any_case(kind: str, data: bytes, known: PictureType) -> None:
    assert picture_type(picture(kind, data)) is known
    assert check_picture(picture(kind, data)) is known
    drawing = draw_picture(picture(kind, data), dots_per_inch=254)
    assert drawing.png.startswith(b"\x89PNG")
    with Image.open(BytesIO(drawing.png)) as image:
        assert image.size == (drawing.width, drawing.height)
    assert (drawing.width, drawing.height) == ((40, 30) if known in {PictureType.SVG, PictureType.OFD} else (4, 3))


def test_an_unknown_type_or_a_damaged_picture_is_refused() -> None:
    with pytest.raises(PictureUnusable, match="unknown type: webp"):
        check_picture(picture("webp", b"RIFF"))
    for kind, data in (("PNG", png()[:30]), ("jpg", b"\xff\xd8\xff"), ("bmp", b"BM"), ("ofd", b"PK\x03\x04"),
                       ("ofd", package({"a": b""})), ("svg", b"<svg"), ("svg", b"<html/>")):  # fmt: skip
        with pytest.raises(PictureUnusable, match="damaged"):
            check_picture(picture(kind, data))


@settings(deadline=None)
@given(st.sampled_from(["PNG", "GIF", "BMP", "JPEG"]), st.data())
def test_a_damaged_picture_is_shown_or_refused_and_nothing_else(form: str, data: st.DataObject) -> None:
    good = bytearray(raster(form))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        drawing = draw_picture(picture(form, bytes(good)))
    except PictureUnusable:
        return
    assert max(drawing.width, drawing.height) <= LARGEST_SIDE


def huge(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR" + head, b"IDAT" + zlib.compress(b""), b"IEND")
    body = b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(LARGEST_SIDE + 1, 1), (10_000, 10_000), (65_535, 65_535)])
def test_a_picture_that_claims_to_be_huge_is_not_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(PictureUnusable, match="more than 4096"):
        draw_picture(picture("PNG", huge(*size)))


def test_a_vector_picture_is_drawn_as_fine_as_the_limit_allows() -> None:
    drawing = draw_picture(Picture("svg", SVG, 1_000, 10), dots_per_inch=300)
    assert (drawing.width, drawing.height) == (LARGEST_DRAWN, 12)


# ---- XML


def test_markup_is_read_by_local_names() -> None:
    root = read_markup(b'<o:a xmlns:o="urn:o" o:x="1" y="2"><o:b>t<c/>u</o:b><b/></o:a>')
    assert (root.name, root.get("x"), root.get("y"), root.get("z", "-")) == ("a", "1", "2", "-")
    assert root.child("b", "c") is root.children[0].children[0]
    assert root.child("b", "d", "e") is None
    assert [b.text for b in root.all("b")] == ["tu", ""]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<a>", id="cut off"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="a DTD"),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', id="a DTD elsewhere"),
        pytest.param("<!DOCTYPE a><a/>".encode("utf-16"), id="a DTD in UTF-16"),
        pytest.param(b"<a>&b;</a>", id="an unknown entity"),
        pytest.param(b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), id="too deep"),
        pytest.param(b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>", id="too many"),
        pytest.param(b"<a>" + b" " * LARGEST + b"</a>", id="too large"),
    ],
)
def test_markup_with_a_dtd_or_beyond_its_bounds_is_refused(data: bytes) -> None:
    with pytest.raises(MarkupInvalid):
        read_markup(data)


# ---- packages


def test_locations_are_resolved_from_the_file_that_names_them() -> None:
    assert resolved("Doc_0/Document.xml", "Pages/P.xml") == "Doc_0/Pages/P.xml"
    assert resolved("Doc_0/Document.xml", "/Res/a.png") == "Res/a.png"
    assert resolved("Doc_0/Pages/P.xml", "..\\Res\\./a.png") == "Doc_0/Res/a.png"
    assert resolved("a", "../../b") == "b"


def refused(data: bytes, path: str = "a") -> str:
    with pytest.raises(PictureUnusable) as error:
        PicturePackage(data).read(path)
    return error.value.reason.en


def test_packages_that_are_damaged_or_ambiguous_are_refused() -> None:
    good = package({"a": b"content" * 9}, zipfile.ZIP_STORED)
    assert PicturePackage(good).read("a") == b"content" * 9
    assert "damaged" in refused(good[:-30])
    assert "damaged" in refused(good, "b")
    assert "damaged" in refused(good.replace(b"contentcontent", b"contenTcontent"))
    assert "damaged" in refused(package({"a": b"1", "./a": b"2"}))
    assert "damaged" in refused(package({"a": b"1"}, zipfile.ZIP_LZMA))
    assert "too large" in refused(package({str(number): b"" for number in range(MOST_FILES + 1)}))
    encrypted = bytearray(good)
    encrypted[6] |= 1
    encrypted[good.index(b"PK\x01\x02") + 8] |= 1
    assert "damaged" in refused(bytes(encrypted))


def test_what_unpacks_to_too_much_is_refused() -> None:
    assert "too large" in refused(package({"a": bytes(9 * 1024 * 1024)}))
    several = PicturePackage(package({str(number): bytes(8 * 1024 * 1024) for number in range(5)}))
    for number in range(4):
        several.read(str(number))
    with pytest.raises(PictureUnusable, match="too large"):
        several.read("4")
