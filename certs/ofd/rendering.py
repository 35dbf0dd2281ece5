"""A picture of a page with its seals at their places, marked, for people.

What is drawn is what ``certs.seals.pictures`` draws of an OFD: paths, images, texts and composites. What is not, is
told.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from PIL import Image

from certs.examination import Verdict
from certs.examination import shown as shown_text
from certs.marking import mark
from certs.ofd.description import read_description
from certs.ofd.document import Document, Page, Root
from certs.ofd.errors import OfdError, OfdInvalid, PlacementInvalid
from certs.ofd.geometry import Box
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import OfdPackage
from certs.ofd.paths import folder_of
from certs.ofd.signature_list import SignatureList
from certs.seals import LARGEST_SIGNATURE, PictureUnusable, SealError, read_signature
from certs.seals.pictures import Element, MarkupInvalid, draw_files, draw_picture, read_markup
from gateway.core.text import Text

LARGEST_FILE: Final = 64 << 20
"""Bytes of a file that is drawn."""

_NO_PAGE: Final = Text("文件没有该页", "the document has no such page")
_UNDRAWN: Final = Text(
    "页面无法绘制：已损坏、缺少文件或过于复杂", "the page cannot be drawn: it is damaged, lacks files or is too complex"
)
_SEAL: Final = Text("印章图形（仅标出位置）", "the picture of a seal: only its place is marked")
_OTHERS: Final = Text("文件中的其他文档及其印章", "the other documents of the file, and the seals on them")


class PageDrawing(msgspec.Struct, frozen=True):
    """A page.

    Attributes:
        png: the picture.
        left_out: what the page, or the file beside its first document, has and the picture has not.
    """

    png: bytes
    left_out: tuple[Text, ...] = ()


class _Mark(msgspec.Struct, frozen=True):
    """Where a seal shows, and what is seen of it there; None if it cannot be drawn."""

    label: str
    shown: Box
    picture: bytes | None
    boundary: Box


def draw_page(
    source: bytes | Path,
    number: int,
    verdicts: Mapping[str, Verdict] = MappingProxyType({}),
    *,
    dots_per_inch: int = 96,
    limits: Limits = LIMITS,
) -> PageDrawing:
    """A page of the file's first document as PNG, with a frame around each place where a seal shows on it.

    Args:
        source: the document.
        number: of the page, from 1.
        verdicts: what was found of its signatures, by their labels; of others nothing is decided.
        dots_per_inch: how fine; large pages are drawn less fine.
        limits: what is refused as too large.

    Raises:
        PlacementInvalid: there is no such page.
        OfdInvalid: the document cannot be read, or the page not be drawn.
    """
    with OfdPackage.open(source, limits) as package:
        root = Root(package)
        document = Document(package, root.bodies[0])
        if not 1 <= number <= len(document.pages):
            raise PlacementInvalid(_NO_PAGE)
        page = document.pages[number - 1]
        size = document.size(page)
        try:
            drawn, left_out = draw_files(_Files(package), number - 1, size.width, size.height, dots_per_inch)
        except PictureUnusable as error:
            raise OfdInvalid(_UNDRAWN) from error
        listed = SignatureList.of(package, root.bodies[0])
        marks = [] if listed is None else list(_marks(package, listed, page))
    paper = Image.new("RGBA", drawn.size, (255, 255, 255, 255))
    paper.alpha_composite(drawn)
    for one in marks:
        _put(paper, one, drawn.width / size.width, verdicts.get(one.label, Verdict.UNDECIDED))
    out = BytesIO()
    paper.convert("RGB").save(out, "PNG")
    undrawn = [_SEAL] if any(one.picture is None for one in marks) else []
    if len(root.bodies) > 1:
        undrawn.append(_OTHERS)
    return PageDrawing(out.getvalue(), (*left_out, *undrawn))


class _Files:
    """The files of a document for whoever draws them."""

    def __init__(self, package: OfdPackage) -> None:
        self._package = package

    def read(self, path: str) -> bytes:
        """A file's content; a PictureUnusable if it cannot be had."""
        try:
            return self._package.read(self._package.need(path), LARGEST_FILE)
        except OfdInvalid as error:
            raise PictureUnusable(error.reason) from error

    def tree(self, path: str) -> Element:
        """An XML file's root; errors as in read."""
        try:
            return read_markup(self.read(path))
        except MarkupInvalid as error:
            raise PictureUnusable(_UNDRAWN) from error


def _marks(package: OfdPackage, among: SignatureList, page: Page) -> Iterator[_Mark]:
    """The places of seals on a page; a signature that cannot be read has none."""
    for one in among.listed:
        try:
            entry = package.need(one.reference, among.folder)
            data = package.read(entry, package.limits.description)
            description = read_description(data, entry.path, package.limits)
            stamps = [stamp for stamp in description.stamps if stamp.page == page.id]
            value = package.need(description.value, folder_of(entry.path))
            picture = _picture(package.read(value, LARGEST_SIGNATURE)) if stamps else None
        except OfdError:
            continue
        for stamp in stamps:
            whole, part = stamp.boundary, stamp.clip or Box(0, 0, stamp.boundary.width, stamp.boundary.height)
            shown = Box(whole.x + part.x, whole.y + part.y, part.width, part.height)
            yield _Mark(shown_text(one.id), shown, picture, whole)


def _picture(value: bytes) -> bytes | None:
    try:
        return draw_picture(read_signature(value).seal.picture).png
    except (SealError, PictureUnusable):
        return None


def _put(paper: Image.Image, one: _Mark, scale: float, verdict: Verdict) -> None:
    """Draw the seal, or what is seen of it, and a frame around that."""
    left, top, right, bottom = (round(side * scale) for side in _corners(one.shown))
    whole = tuple(round(side * scale) for side in _corners(one.boundary))
    width, height = whole[2] - whole[0], whole[3] - whole[1]
    fits = 0 < width <= 2 * paper.width and 0 < height <= 2 * paper.height and left < right and top < bottom
    if one.picture is not None and fits:
        with Image.open(BytesIO(one.picture)) as opened:
            seal = opened.convert("RGBA").resize((width, height))
        piece = seal.crop((left - whole[0], top - whole[1], right - whole[0], bottom - whole[1]))
        layer = Image.new("RGBA", paper.size)
        layer.paste(piece, (left, top))
        paper.alpha_composite(layer)
    mark(paper, (left, top, right, bottom), one.label, verdict)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.right, box.bottom
