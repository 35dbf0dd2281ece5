"""Where on its pages a document bears a keyword.

Text lies on a page as objects with a box and a matrix, each with runs of characters and the steps between them; one
word may be spread over many objects. Characters are compared in the document's order and, as they are not always
written in it, in the order of the lines that a reader sees. Spaces do not count.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from certs.ofd import xml
from certs.ofd.directory import Entry
from certs.ofd.document import Document
from certs.ofd.errors import KeywordNowhere, KeywordTooOften, PlacementInvalid
from certs.ofd.geometry import Box, Matrix, number
from certs.ofd.package import OfdPackage
from gateway.core.text import Text

MOST_PLACES = 100
LONGEST_KEYWORD = 200

_NOWHERE = Text("文档中找不到关键字", "the keyword is nowhere in the document")
_EVERYWHERE = Text(
    "关键字在文档中出现超过 {most} 次，请换用更具体的关键字",
    "the keyword is in the document more than {most} times; take a more specific one",
)
_NO_KEYWORD = Text("关键字为空或过长", "the keyword is empty or too long")
_TOO_MUCH = Text("文档文字过多，无法按关键字定位", "the document holds too much text to look for a keyword in it")
_GAP = 2.5
_LINE = 0.5
_WIDE = frozenset("WFA")


class Glyph(NamedTuple):
    """A character on a page: where its baseline begins, its size and its width."""

    text: str
    x: float
    y: float
    size: float
    width: float


class Place(NamedTuple):
    """Where a keyword is."""

    page: int
    box: Box


def find_keyword(package: OfdPackage, document: Document, keyword: str) -> Sequence[Place]:
    """The places of a keyword, page by page, from top to bottom and left to right.

    Raises:
        KeywordNowhere: it is nowhere.
        KeywordTooOften: it is there more than 100 times.
        PlacementInvalid: it is empty or too long; or there is too much text.
        OfdInvalid: a page cannot be read.
    """
    wanted = _plain(keyword)
    if not wanted or len(wanted) > LONGEST_KEYWORD:
        raise PlacementInvalid(_NO_KEYWORD)
    templates, left = document.templates(), package.limits.text
    found: list[Place] = []
    for page in document.pages:
        read = _PageText(package, page.content, templates, left)
        glyphs, left = read.glyphs, read.left
        boxes: list[Box] = []
        for box in _matches(glyphs, wanted):
            # Heavy type is often written twice, a little beside itself.
            if not any(abs(box.x - one.x) < 1 and abs(box.y - one.y) < 1 for one in boxes):
                boxes.append(box)
                if len(found) + len(boxes) > MOST_PLACES:
                    raise KeywordTooOften(_EVERYWHERE.format(most=MOST_PLACES))
        found += (Place(page.number, box) for box in sorted(boxes, key=lambda box: (box.y, box.x)))
    if not found:
        raise KeywordNowhere(_NOWHERE)
    return found


class _PageText:
    """The characters of a page and its templates, in the order of the files."""

    def __init__(self, package: OfdPackage, content: Entry, templates: dict[str, Entry], left: int) -> None:
        self.glyphs: list[Glyph] = []
        self.left = left
        """Bytes that may still be read: many pages may name one large file."""
        self._most = package.limits.glyphs
        self._box = Box(0, 0, 0, 0)
        self._matrix = Matrix()
        self._size = 0.0
        self._from = (0.0, 0.0)
        self._run: dict[str, str] | None = None
        self._text: list[str] = []
        self._templates: list[str] = []
        self._scan(package, content)
        for name in dict.fromkeys(self._templates):
            if (template := templates.get(name)) is not None:
                self._scan(package, template)

    def _scan(self, package: OfdPackage, entry: Entry) -> None:
        self.left -= entry.size
        if self.left < 0:
            raise PlacementInvalid(_TOO_MUCH)
        text = xml.XmlText(package.read(entry), entry.path)
        xml.scan(text, self._start, self._end, self._characters)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "TextObject":
            self._box = Box.read(attributes.get("Boundary")) or Box(0, 0, 0, 0)
            self._matrix = Matrix.read(attributes.get("CTM"))
            self._size = abs(number(attributes.get("Size"), 0))
            self._from = (0.0, 0.0)
        elif name == "TextCode":
            self._run, self._text = attributes, []
        elif name == "Template":
            self._templates.append(attributes.get("TemplateID", ""))

    def _end(self, name: str) -> None:
        if name != "TextCode" or self._run is None:
            return
        run, self._run = self._run, None
        text = "".join(self._text)
        x, y = number(run.get("X"), self._from[0]), number(run.get("Y"), self._from[1])
        self._from = x, y
        if len(self.glyphs) + len(text) > self._most:
            raise PlacementInvalid(_TOO_MUCH)
        across, down = _steps(run.get("DeltaX"), len(text)), _steps(run.get("DeltaY"), len(text))
        stays = not across and not down
        for place, one in enumerate(text):
            width = self._size * _width(one)
            step = across[place] if place < len(across) else 0.0
            if not one.isspace():
                at = self._matrix.apply(x, y)
                self.glyphs += (
                    Glyph(plain, self._box.x + at[0], self._box.y + at[1], self._size, width) for plain in _plain(one)
                )
            x += width if stays else step
            y += down[place] if place < len(down) else 0.0

    def _characters(self, text: str) -> None:
        if self._run is not None:
            self._text.append(text)


def _plain(text: str) -> str:
    """Text as it is compared: without spaces, wide forms as the usual ones."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _width(one: str) -> float:
    """The usual width of a character, in its size."""
    return 1.0 if unicodedata.east_asian_width(one) in _WIDE else 0.5


def _steps(text: str | None, most: int) -> Sequence[float]:
    """The steps of a DeltaX or DeltaY: numbers, and ``g count number`` for one that repeats."""
    words, steps = iter((text or "").split(maxsplit=3 * most + 3)), list[float]()
    for word in words:
        if len(steps) >= most:
            break
        if word == "g":
            count, step = number(next(words, None), 0), number(next(words, None), 0)
            steps += [step] * max(0, min(int(count), most - len(steps)))
        else:
            steps.append(number(word, 0))
    return steps


def _matches(glyphs: Sequence[Glyph], wanted: str) -> Iterator[Box]:
    yield from _in_order(glyphs, wanted)
    yield from _in_order(_lines(glyphs), wanted)


def _in_order(glyphs: Sequence[Glyph], wanted: str) -> Iterator[Box]:
    """Where the characters follow one another, each near the one before."""
    text, length = "".join(glyph.text for glyph in glyphs), len(wanted)
    at = text.find(wanted)
    while at >= 0:
        run = glyphs[at : at + length]
        if all(_near(one, other) for one, other in pairwise(run)):
            yield _around(run)
            at = text.find(wanted, at + length)
        else:
            at = text.find(wanted, at + 1)


def _near(one: Glyph, other: Glyph) -> bool:
    reach = _GAP * max(one.size, other.size, one.width)
    return abs(other.x - one.x) <= reach and abs(other.y - one.y) <= reach


def _lines(glyphs: Sequence[Glyph]) -> Sequence[Glyph]:
    """The characters from top to bottom, and from left to right within each line."""
    found: list[Glyph] = []
    line: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y):
        if line and glyph.y - line[0].y > _LINE * line[0].size:
            found += sorted(line, key=lambda glyph: glyph.x)
            line = []
        line.append(glyph)
    return found + sorted(line, key=lambda glyph: glyph.x)


def _around(run: Sequence[Glyph]) -> Box:
    left, top = min(glyph.x for glyph in run), min(glyph.y - glyph.size for glyph in run)
    right, bottom = max(glyph.x + glyph.width for glyph in run), max(glyph.y for glyph in run)
    return Box(left, top, right - left, bottom - top)
