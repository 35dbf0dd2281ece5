"""A picture of a page with its signatures marked, for people."""

from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from types import MappingProxyType
from typing import Final

import pypdfium2
from PIL import Image
from pyhanko.pdf_utils import generic

from certs.examination import Verdict
from certs.marking import mark
from certs.pdf.document import Document, translated
from certs.pdf.errors import PdfUnreadable, PlacementInvalid
from certs.pdf.geometry import Page
from certs.pdf.keyword import LOCK
from certs.pdf.widgets import signed_widgets, widgets_of
from gateway.core.text import Text

MOST_PIXELS: Final = 40_000_000
_MM_PER_INCH: Final = 25.4


def draw_page(
    source: bytes,
    number: int,
    verdicts: Mapping[str, Verdict] = MappingProxyType({}),
    *,
    dots_per_inch: int = 96,
) -> bytes:
    """A page as PNG, with a frame around each place where a signature shows on it.

    Args:
        source: the document.
        number: of the page, from 1.
        verdicts: what was found of its signatures, by their labels; of others nothing is decided.
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
        widgets = signed_widgets(pages[number - 1])
        labels = _labels(document) if widgets else {}
        marks = [(shown.seen(*box[:2]), shown.seen(*box[2:]), labels.get(one, "")) for one, box in widgets]
    scale = dots_per_inch / _MM_PER_INCH
    if shown.width * shown.height * scale**2 > MOST_PIXELS:
        raise PdfUnreadable(Text("页面过大，无法绘制", "the page is too large to be drawn"))
    # pdfium draws units, whatever their length
    picture = _drawn(source, number - 1, scale / shown.scale)
    for one, other, label in marks:
        (left, right), (top, bottom) = (sorted((one[axis] * scale, other[axis] * scale)) for axis in (0, 1))
        mark(picture, (left, top, right, bottom), label, verdicts.get(label, Verdict.UNDECIDED))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _labels(document: Document) -> Mapping[generic.Reference | None, str]:
    return {widget: field.name for field in document.fields() for widget in widgets_of(field)}


def _drawn(source: bytes, index: int, scale: float) -> Image.Image:
    try:
        with LOCK, closing(pypdfium2.PdfDocument(source)) as document:
            document.init_forms()
            drawn: Image.Image = document[index].render(scale=scale).to_pil()
            return drawn.convert("RGB")
    except pypdfium2.PdfiumError as error:  # the file, or this page of it
        raise PdfUnreadable(Text("页面无法绘制", "the page cannot be drawn")) from error
