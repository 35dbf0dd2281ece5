"""Pictures of pixels, opened by Pillow; nothing larger than LARGEST_SIDE is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from PIL import Image

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.drawing import LARGEST_SIDE, TOO_LARGE
from gateway.core.text import Text

FORMATS: Final = ("PNG", "GIF", "BMP", "JPEG")

_DAMAGED = Text("印章图片已损坏，无法打开", "the seal's picture is damaged and cannot be opened")


def open_raster(data: bytes) -> Image.Image:
    """The picture in RGBA, of an animation the first.

    Raises:
        PictureUnusable: it is damaged, too large, or of none of the FORMATS.
    """
    with _opened(data) as image:
        return image.convert("RGBA")


def check_raster(data: bytes) -> None:
    """Read the picture's head, and its checksums if it is PNG, without unpacking it; raises as open_raster."""
    with _opened(data) as image:
        image.verify()


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if max(image.size) > LARGEST_SIDE:
                raise PictureUnusable(TOO_LARGE.format(limit=LARGEST_SIDE))
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureUnusable(TOO_LARGE.format(limit=LARGEST_SIDE)) from error
    # Pillow's readers raise whatever their parts do, and warn besides where warnings are errors: no common base.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, Warning) as error:
        raise PictureUnusable(_DAMAGED) from error
