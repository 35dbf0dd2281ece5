"""Which type a seal's picture is of, and the two things done with it: checked, and drawn."""

from enum import StrEnum
from typing import Final

from certs.examination import shown
from certs.seals.errors import PictureUnusable
from certs.seals.pictures.drawing import Drawing, drawing
from certs.seals.pictures.markup import MarkupInvalid, read_markup
from certs.seals.pictures.ofd import draw_ofd
from certs.seals.pictures.ofd_package import PicturePackage
from certs.seals.pictures.raster import check_raster, open_raster
from certs.seals.pictures.svg import draw_svg
from certs.seals.seal import Picture
from gateway.core.text import Text


class PictureType(StrEnum):
    """A type that is known here."""

    PNG = "PNG"
    GIF = "GIF"
    BMP = "BMP"
    JPG = "JPG"
    SVG = "SVG"
    OFD = "OFD"


_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", PictureType.PNG),
    (b"GIF8", PictureType.GIF),
    (b"BM", PictureType.BMP),
    (b"\xff\xd8\xff", PictureType.JPG),
    (b"PK\x03\x04", PictureType.OFD),
)
_NAMES: Final = {kind.value: kind for kind in PictureType} | {"JPEG": PictureType.JPG}
_UNKNOWN = Text("印章图片类型未知：{type}", "the seal's picture is of an unknown type: {type}")
_DAMAGED = Text("印章图片已损坏，无法打开", "the seal's picture is damaged and cannot be opened")


def picture_type(picture: Picture) -> PictureType:
    """What the picture is: as its first bytes show, else as its maker wrote, in any case of letters.

    Raises:
        PictureUnusable: neither is known here.
    """
    for beginning, kind in _BEGINNINGS:
        if picture.data.startswith(beginning):
            return kind
    named = _NAMES.get(picture.type.strip().lstrip(".").upper())
    if named is None:
        raise PictureUnusable(_UNKNOWN.format(type=shown(picture.type)))
    return named


def check_picture(picture: Picture) -> PictureType:
    """Open the picture without drawing it.

    Raises:
        PictureUnusable: it cannot be opened.
    """
    kind = picture_type(picture)
    if kind is PictureType.OFD:
        PicturePackage(picture.data).tree("OFD.xml")
    elif kind is PictureType.SVG:
        try:
            named = read_markup(picture.data).name
        except MarkupInvalid as error:
            raise PictureUnusable(_DAMAGED) from error
        if named != "svg":
            raise PictureUnusable(_DAMAGED)
    else:
        check_raster(picture.data)
    return kind


def draw_picture(picture: Picture, *, dots_per_inch: int = 300) -> Drawing:
    """The picture as PNG: pixels as they are, vectors at this fineness.

    Raises:
        PictureUnusable: as in check_picture, or it is too large or too complex to draw.
    """
    kind = picture_type(picture)
    if kind is PictureType.OFD:
        return draw_ofd(picture.data, picture.width, picture.height, dots_per_inch)
    if kind is PictureType.SVG:
        return draw_svg(picture.data, picture.width, picture.height, dots_per_inch)
    return drawing(open_raster(picture.data))
