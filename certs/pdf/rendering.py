"""A picture of a page with its signatures marked, for people."""

from contextlib import closing
from io import BytesIO
from typing import Final

import pypdfium2
from PIL import Image, ImageDraw

from certs.pdf.document import Document, translated
from certs.pdf.errors import PdfUnreadable, PlacementInvalid
from certs.pdf.geometry import Page
from certs.pdf.keyword import LOCK
from certs.pdf.widgets import signed_widgets
from gateway.core.text import Text

MOST_PIXELS: Final = 40_000_000
_MARK: Final = (214, 40, 40)
_LINE: Final = 3
_MM_PER_INCH: Final = 25.4


def draw_page(source: bytes, number: int, *, dots_per_inch: int = 96) -> bytes:
    """A page as PNG, with a frame around each place where a signature shows on it.

    Args:
        source: the document.
        number: of the page, from 1.
        dots_per_inch: how fine.

    Raises:
        PlacementInvalid: there is no such page.
        PdfUnreadable: the document cannot be read, or the page is too large to be drawn.
    """
    document = Document(BytesIO(source))
    with translated():
        pages = document.pages()
        if not 1 <= number <= len(pages):
            raise PlacementInvalid(Text("文件没有该页", "the document has no such page"))
        shown = Page.of(pages[number - 1])
        corners = [(shown.seen(*box[:2]), shown.seen(*box[2:])) for _, box in signed_widgets(pages[number - 1])]
    scale = dots_per_inch / _MM_PER_INCH
    if shown.width * shown.height * scale**2 > MOST_PIXELS:
        raise PdfUnreadable(Text("页面过大，无法绘制", "the page is too large to be drawn"))
    # pdfium draws units, whatever their length
    picture = _drawn(source, number - 1, scale / shown.scale)
    pen = ImageDraw.Draw(picture)
    for one, other in corners:
        (left, right), (top, bottom) = (sorted((one[axis] * scale, other[axis] * scale)) for axis in (0, 1))
        pen.rectangle((left - _LINE, top - _LINE, right + _LINE, bottom + _LINE), outline=_MARK, width=_LINE)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _drawn(source: bytes, index: int, scale: float) -> Image.Image:
    try:
        with LOCK, closing(pypdfium2.PdfDocument(source)) as document:
            document.init_forms()
            drawn: Image.Image = document[index].render(scale=scale).to_pil()
            return drawn.convert("RGB")
    except pypdfium2.PdfiumError as error:  # the file, or this page of it
        raise PdfUnreadable(Text("页面无法绘制", "the page cannot be drawn")) from error
