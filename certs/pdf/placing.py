"""From where a seal is wanted to the boxes on pages that it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from certs.pdf.document import Document, FieldObject, PageObject
from certs.pdf.errors import PlacementInvalid
from certs.pdf.form import find_field
from certs.pdf.geometry import Box, Page
from certs.pdf.keyword import find_keyword
from certs.pdf.placement import AcrossPages, AtField, AtKeyword, AtPoint, Edge, LowerRight, Placement
from gateway.core.text import Text

NARROWEST_SLICE = 1.0
"""Millimetres of a slice of a seal across pages, at least."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the seal on a page.

    Attributes:
        page: the page.
        shown: as it is shown.
        number: from 1.
        box: what the part fills, in the page's units.
        left, width: which part of the seal it is, in mm from the seal's left side.
    """

    page: PageObject
    shown: Page
    number: int
    box: Box
    left: float
    width: float


def places(document: Document, source: bytes | Path, placement: Placement, size: tuple[float, float]) -> list[Place]:
    """Where the parts of a seal of this size (mm) go; none for a signature that is not seen or has its field.

    Raises:
        PlacementInvalid: there is no such place.
        PdfUnreadable: the pages or their text cannot be read.
    """
    if isinstance(placement, AtPoint):
        pages = document.pages()
        index = _index(placement.page, len(pages))
        return [_whole(pages[index], index, placement.x, placement.y, size)]
    if isinstance(placement, LowerRight):
        pages = document.pages()
        index = _index(placement.page, len(pages))
        shown = Page.of(pages[index])
        return [_whole(pages[index], index, *placement.corner((shown.width, shown.height), size), size)]
    if isinstance(placement, AtKeyword):
        hits, pages = find_keyword(source, placement), document.pages()
        return [_around(pages[index], index, box, size) for index, box in hits]
    if isinstance(placement, AcrossPages):
        return _slices(document.pages(), placement, size)
    return []


def field_of(fields: Sequence[FieldObject], placement: Placement) -> FieldObject | None:
    """The field that is there for it, if that is what is wanted."""
    return find_field(fields, placement.name) if isinstance(placement, AtField) else None


def _index(number: int, count: int) -> int:
    if not (1 <= number <= count or -count <= number <= -1):
        raise PlacementInvalid(
            Text(f"文件只有 {count} 页，没有该页", f"the document has {count} pages, and not this one")
        )
    return number - 1 if number > 0 else count + number


def _whole(page: PageObject, index: int, x: float, y: float, size: tuple[float, float]) -> Place:
    shown = Page.of(page)
    return Place(page, shown, index + 1, shown.place(x, y, *size), 0.0, size[0])


def _around(page: PageObject, index: int, box: Box, size: tuple[float, float]) -> Place:
    """With its centre on the box's, or as near as the page lets it be: keywords stand near edges."""
    shown = Page.of(page)
    x, y = shown.seen((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left = max(0.0, min(x - size[0] / 2, shown.width - size[0]))
    return _whole(page, index, left, max(0.0, min(y - size[1] / 2, shown.height - size[1])), size)


def _slices(pages: Sequence[PageObject], wanted: AcrossPages, size: tuple[float, float]) -> list[Place]:
    if len(pages) == 1:
        raise PlacementInvalid(
            Text("文件只有一页，不能加盖骑缝章", "a document of one page cannot be sealed across its pages")
        )
    groups = ceil(len(pages) / max(2, int(size[0] / NARROWEST_SLICE)))
    found = []
    for group in range(groups):
        begin, end = (len(pages) * at // groups for at in (group, group + 1))
        width = size[0] / (end - begin)
        for place, page in enumerate(pages[begin:end]):
            shown = Page.of(page)
            y = (shown.height - size[1]) / 2 if wanted.y is None else wanted.y
            x = 0.0 if wanted.edge is Edge.LEFT else shown.width - width
            # Fanned out, the pages' right edges show from left to right, their left edges from right to left.
            left = width * (place if wanted.edge is Edge.RIGHT else end - begin - 1 - place)
            found.append(Place(page, shown, begin + place + 1, shown.place(x, y, width, size[1]), left, width))
    return found
