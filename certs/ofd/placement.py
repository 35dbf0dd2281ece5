"""Where a seal goes in an OFD. Lengths are in millimetres, from the page's top left corner to the seal's."""

from collections.abc import Sequence

import msgspec

from certs.ofd.document import Document, Page
from certs.ofd.errors import PlacementInvalid
from certs.ofd.geometry import Box
from certs.ofd.keywords import find_keyword
from certs.ofd.package import OfdPackage
from certs.placement import AcrossPages, AtKeyword, AtPoint, Edge, LowerRight
from gateway.core.text import Text

NARROWEST_SLICE = 1.0
"""Millimetres of the seal on each page at least, where it goes across pages."""

_TOLERANCE = 0.05
_NO_PAGE = Text("文档只有 {pages} 页，没有第 {page} 页", "the document has {pages} pages, there is no page {page}")
_OFF_PAGE = Text(
    "印章（{width}×{height} 毫米）放在该位置会超出第 {page} 页（{page_width}×{page_height} 毫米）",
    "the seal of {width} by {height} mm would lie off page {page}, which is {page_width} by {page_height} mm",
)
_TOO_FEW = Text("骑缝章至少需要两页", "a seal across pages needs two pages at least")
_NO_OCCURRENCE = Text(
    "关键字只出现 {found} 次，没有第 {wanted} 处", "the keyword is there {found} times, there is no place {wanted}"
)


Placement = AtPoint | LowerRight | AtKeyword | AcrossPages


class Stamp(msgspec.Struct, frozen=True):
    """A seal, or a slice of it, on a page.

    Attributes:
        page: the page's identifier.
        boundary: where the whole seal lies on the page.
        clip: the part of it that is shown, from the seal's own corner; None for all of it.
    """

    page: str
    boundary: Box
    clip: Box | None = None


def place(
    package: OfdPackage, document: Document, placement: Placement, width: float, height: float
) -> Sequence[Stamp]:
    """Where a seal of ``width`` by ``height`` goes.

    Raises:
        PlacementInvalid: there is no such page, keyword or room.
        OfdInvalid: a page cannot be read.
    """
    if isinstance(placement, AtPoint | LowerRight):
        return [_at_point(document, placement, width, height)]
    if isinstance(placement, AtKeyword):
        return _at_keyword(package, document, placement, width, height)
    return _across(document, placement, width, height)


def _at_point(document: Document, placement: AtPoint | LowerRight, width: float, height: float) -> Stamp:
    count = len(document.pages)
    index = placement.page - 1 if placement.page > 0 else count + placement.page
    if not placement.page or not 0 <= index < count:
        raise PlacementInvalid(_NO_PAGE.format(pages=count, page=placement.page))
    page = document.pages[index]
    if isinstance(placement, AtPoint):
        x, y = placement.x, placement.y
    else:
        size = document.size(page)
        x, y = placement.corner((size.width, size.height), (width, height))
    box = Box(x, y, width, height)
    return Stamp(page.id, _inside(document, page, box))


def _at_keyword(
    package: OfdPackage, document: Document, placement: AtKeyword, width: float, height: float
) -> Sequence[Stamp]:
    places = find_keyword(package, document, placement.text)
    if (wanted := placement.occurrence) is not None:
        index = wanted - 1 if wanted > 0 else len(places) + wanted
        if not wanted or not 0 <= index < len(places):
            raise PlacementInvalid(_NO_OCCURRENCE.format(found=len(places), wanted=wanted))
        places = [places[index]]
    found = []
    for number, box in places:
        page = document.pages[number - 1]
        size = document.size(page)
        x = min(max(0.0, box.x + (box.width - width) / 2), size.width - width)
        y = min(max(0.0, box.y + (box.height - height) / 2), size.height - height)
        found.append(Stamp(page.id, _inside(document, page, Box(x, y, width, height))))
    return found


def _across(document: Document, placement: AcrossPages, width: float, height: float) -> Sequence[Stamp]:
    pages = document.pages
    if len(pages) < 2:  # noqa: PLR2004 # nothing to go across
        raise PlacementInvalid(_TOO_FEW)
    slices = max(2, int(width / NARROWEST_SLICE))
    groups = -(-len(pages) // slices)
    found, start = [], 0
    for group in range(groups):
        end = len(pages) * (group + 1) // groups
        members, start = pages[start:end], end
        part = width / len(members)
        for place_in_group, page in enumerate(members):
            size = document.size(page)
            y = (size.height - height) / 2 if placement.y is None else placement.y
            if placement.edge is Edge.RIGHT:
                piece, x = place_in_group, size.width - part * (place_in_group + 1)
            else:
                # Fanned out to the left, the last page of the group shows outermost.
                piece = len(members) - 1 - place_in_group
                x = -part * piece
            shown = Box(size.width - part if placement.edge is Edge.RIGHT else 0.0, y, part, height)
            _inside(document, page, shown)
            found.append(Stamp(page.id, Box(x, y, width, height), Box(piece * part, 0, part, height)))
    return found


def _inside(document: Document, page: Page, box: Box) -> Box:
    """The box, if it lies on the page."""
    size = document.size(page)
    # False as well for what is not a number.
    if not (
        box.x >= -_TOLERANCE
        and box.y >= -_TOLERANCE
        and box.right <= size.width + _TOLERANCE
        and box.bottom <= size.height + _TOLERANCE
    ):
        raise PlacementInvalid(
            _OFF_PAGE.format(
                width=f"{box.width:g}",
                height=f"{box.height:g}",
                page=page.number,
                page_width=f"{size.width:g}",
                page_height=f"{size.height:g}",
            )
        )
    return box
