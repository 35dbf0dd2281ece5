"""Pictures of seals as PDF objects: prepared once, then put into any number of documents."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, Self

from PIL import Image, UnidentifiedImageError

from certs.pdf.copying import Part, copied_page
from certs.pdf.document import Document, translated
from certs.pdf.errors import PdfUnreadable, SealPictureUnusable
from certs.pdf.update import Update
from gateway.core.text import Text

LONGEST_PICTURE: Final = 4_194_304
"""Bytes of a picture at most."""

MOST_PIXELS: Final = 4_000_000
LARGEST_SIDE: Final = 300.0
"""Millimetres of a seal's side at most; the largest seals in use are below 60."""

_TYPES: Final = ("PNG", "JPEG", "GIF", "BMP")


@dataclass(frozen=True, slots=True)
class SealPicture:
    """A picture that fills a box of ``width`` by ``height`` mm.

    Attributes:
        width, height: millimetres.
        opaque: whether it hides what is below it; then it is multiplied with the page, so that text shows through.
        objects: what it consists of; the first fills the unit square.
    """

    width: float
    height: float
    opaque: bool
    objects: Sequence[Sequence[Part]] = field(repr=False)

    @classmethod
    def read(cls, data: bytes, width: float, height: float) -> Self:
        """A picture of PNG, JPEG, GIF or BMP; its pixels are kept as they are.

        Raises:
            SealPictureUnusable: it is of another type, damaged or too large.
        """
        _check(data, width, height)
        try:
            with Image.open(BytesIO(data), formats=_TYPES) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise SealPictureUnusable(Text("印章图片像素过多", "the seal's picture has too many pixels"))
                picture = opened.convert("RGBA")
        except UnidentifiedImageError:
            raise _unusable() from None
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise _unusable() from error
        alpha = picture.getchannel("A")
        head, pixels = _image(picture.convert("RGB"), b"/DeviceRGB")
        if alpha.getextrema() == (255, 255):
            return cls(width, height, opaque=True, objects=[[head, pixels]])
        mask = _image(alpha, b"/DeviceGray")
        return cls(width, height, opaque=False, objects=[[head, b"/SMask ", 1, pixels], mask])

    @classmethod
    def read_pdf(cls, data: bytes, width: float, height: float) -> Self:
        """A picture of lines and curves: the first page of a PDF.

        Raises:
            SealPictureUnusable: it is no PDF, damaged, or of too many parts.
        """
        _check(data, width, height)
        try:
            document = Document(BytesIO(data))
            with translated():
                page = document.pages()[0]
                return cls(width, height, opaque=False, objects=copied_page(page))
        except PdfUnreadable as error:
            raise _unusable() from error

    def add_to(self, update: Update) -> int:
        """Put it into a document; the number of the object that fills the unit square."""
        numbered = [update.reserve() for _ in self.objects]
        for number, parts in zip(numbered, self.objects, strict=True):
            update.put(
                number, b"".join(b"%d 0 R" % numbered[part] if isinstance(part, int) else part for part in parts)
            )
        return numbered[0]


def _check(data: bytes, width: float, height: float) -> None:
    if len(data) > LONGEST_PICTURE:
        raise SealPictureUnusable(Text("印章图片超过 4 MB", "the seal's picture is larger than 4 MB"))
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise SealPictureUnusable(Text("印章尺寸须在 0 到 300 毫米之间", "a seal's sides are up to 300 mm long"))


def _unusable() -> SealPictureUnusable:
    return SealPictureUnusable(
        Text("印章图片已损坏或类型不受支持", "the seal's picture is damaged or of an unknown type")
    )


def _image(picture: Image.Image, space: bytes) -> tuple[bytes, bytes]:
    """The object of an image, in two parts between which further entries may stand."""
    head = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%s/BitsPerComponent 8"
    pixels = zlib.compress(picture.tobytes(), 9)
    rest = b"/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream"
    return head % (picture.width, picture.height, space), rest % (len(pixels), pixels)
