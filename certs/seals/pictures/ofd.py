"""An OFD drawn that is a seal's picture: its first page with paths, images, texts and composites.

What is not drawn (patterns and gradients, clips by text, dashes …) is named in the drawing's ``left_out``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from PIL import Image

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.canvas import TOO_COMPLEX, Canvas, Colour
from certs.seals.pictures.drawing import Drawing, drawing, pixels
from certs.seals.pictures.fonts import Face, FontUnusable, pick, read_face, system_faces
from certs.seals.pictures.geometry import (
    IDENTITY,
    Contour,
    Matrix,
    PathInvalid,
    Point,
    applied,
    checked,
    magnification,
    moved,
    outlines,
    product,
    scaled,
    turned,
)
from certs.seals.pictures.markup import Element
from certs.seals.pictures.ofd_package import DAMAGED, Files, PicturePackage, resolved
from certs.seals.pictures.ofd_values import MOST_CHARACTERS, box, characters, level, matrix, number, rgb
from certs.seals.pictures.paths import ofd_contours
from certs.seals.pictures.raster import open_raster
from gateway.core.text import Text

SHADES: Final = Text("底纹和渐变色", "patterns and gradients")
DASHES: Final = Text("虚线（按实线绘制）", "dashes, drawn as whole lines")
TEXT_CLIPS: Final = Text("以文字作裁剪区", "clips made of text")
GLYPHS: Final = Text("按字形编号指定的字形（按文字绘制）", "glyphs given by number, drawn by their characters")
CHARACTERS: Final = Text("没有可用字体的文字", "characters for which there is no font")
IMAGES: Final = Text("无法打开的图像", "images that cannot be opened")
RESOURCES: Final = Text("找不到的资源", "resources that are missing")
OBJECTS: Final = Text("未知类型的图元", "objects of unknown kinds")
PAGES: Final = Text("第一页以外的页面", "pages after the first")
ANNOTATIONS: Final = Text("注释", "annotations")
PATHS: Final = Text("无法读取的路径", "paths that cannot be read")

_MOST_OBJECTS = 20_000
_DEEPEST = 8
_LINE = 0.353  # millimetres: the standard's default
_BLACK: Colour = (0, 0, 0, 255)
_SHADES = ("Pattern", "AxialShd", "RadialShd", "GouraudShd", "LaGourandShd", "LaGouraudShd")
_CAPS = {"Round": "Round", "Square": "Square"}
_JOINS = {"Round": "Round", "Bevel": "Bevel"}
_SLANT = 0.21
_SLACK = 0.1  # millimetres that nobody sees


@dataclass(frozen=True, slots=True)
class _Place:
    """Where objects stand.

    Attributes:
        matrix: the way to pixels.
        outer: the same from before the object's own matrix; its boundary is measured there.
        clip: the mask of what shows.
        alpha: how opaque, to 255.
        style: whose style holds, the innermost first.
        depth: composites inside one another.
    """

    matrix: Matrix
    outer: Matrix = IDENTITY
    clip: Image.Image | None = None
    alpha: int = 255
    style: tuple[Element, ...] = ()
    depth: int = 0


@dataclass(slots=True)
class _Resources:
    """What objects refer to by number, each with the file that declares it."""

    items: dict[str, tuple[Element, str]] = field(default_factory=dict)
    fonts: dict[str, tuple[Face, ...]] = field(default_factory=dict)


def draw_ofd(data: bytes, width: float, height: float, dots_per_inch: int) -> Drawing:
    """Draw the first page on so many millimetres.

    Raises:
        PictureUnusable: it is no OFD, is damaged, too large or too complex.
    """
    package = PicturePackage(data)
    painter = _Painter(package, pixels(width, height, dots_per_inch))
    if painter.draw() > 1:
        painter.left_out.insert(0, PAGES)
    return drawing(painter.canvas.finish(), painter.left_out)


def draw_files(
    files: Files, index: int, width: float, height: float, dots_per_inch: int
) -> tuple[Image.Image, Sequence[Text]]:
    """A page of a document's first body, of so many millimetres, and what could not be drawn of it.

    Args:
        files: the document.
        index: of the page, from 0; there is one.
        width: of the page.
        height: likewise.
        dots_per_inch: how fine, within LARGEST_DRAWN.

    Raises:
        PictureUnusable: it is damaged or too complex.
    """
    painter = _Painter(files, pixels(width, height, dots_per_inch))
    painter.draw(index, (0.0, 0.0, width, height))
    return painter.canvas.finish(), tuple(dict.fromkeys(painter.left_out))


class _Painter:
    """Draws one document."""

    def __init__(self, package: Files, size: tuple[int, int]) -> None:
        self._package = package
        self._size = size
        self._resources = _Resources()
        self._objects = _MOST_OBJECTS
        self._characters = MOST_CHARACTERS
        self.canvas: Final = Canvas(*size)
        self.left_out: Final[list[Text]] = []

    def draw(self, index: int = 0, area: tuple[float, float, float, float] | None = None) -> int:
        """Draw a page, on its own area or this one; how many pages there are."""
        body = self._package.tree("OFD.xml").child("DocBody")
        root = body.child("DocRoot") if body else None
        path = resolved("", root.text.strip()) if root else ""
        document = self._package.tree(path)
        common, pages = document.child("CommonData"), document.child("Pages")
        if common is None or pages is None or not pages.children:
            raise PictureUnusable(DAMAGED)
        if document.child("Annotations"):
            self.left_out.append(ANNOTATIONS)
        self._declare(common, path)
        page_path = resolved(path, pages.children[index].get("BaseLoc"))
        page = self._package.tree(page_path)
        self._declare(page, page_path)
        left, top, width, height = area or _area(
            page.child("Area", "PhysicalBox") or common.child("PageArea", "PhysicalBox")
        )
        to_pixels = product(moved(-left, -top), scaled(self._size[0] / width, self._size[1] / height))
        place = _Place(to_pixels)
        templates = {template.get("ID"): template for template in common.all("TemplatePage")}
        used = list(page.all("Template"))
        for template in (each for each in used if each.get("ZOrder") != "Foreground"):
            self._template(templates.get(template.get("TemplateID")), path, place)
        self._content(page, place)
        for template in (each for each in used if each.get("ZOrder") == "Foreground"):
            self._template(templates.get(template.get("TemplateID")), path, place)
        return len(pages.children)

    def _template(self, template: Element | None, base: str, place: _Place) -> None:
        if template is None:
            self.left_out.append(RESOURCES)
            return
        path = resolved(base, template.get("BaseLoc"))
        page = self._package.tree(path)
        self._declare(page, path)
        self._content(page, place)

    def _declare(self, owner: Element, base: str) -> None:
        """Take in the resource files that this element names."""
        for name in ("PublicRes", "DocumentRes", "PageRes"):
            for reference in owner.all(name):
                path = resolved(base, reference.text.strip())
                try:
                    self._package.read(path)
                except PictureUnusable:  # some makers name a file that they leave out
                    self.left_out.append(RESOURCES)
                    continue
                tree = self._package.tree(path)
                folder = resolved(path, tree.get("BaseLoc") + "/")
                for group in tree.children:
                    for item in group.children:
                        self._resources.items[item.get("ID")] = (item, folder + "/" if folder else "")

    def _content(self, page: Element, place: _Place) -> None:
        content = page.child("Content")
        for layer in content.children if content else ():
            self._group(layer, replace(place, style=self._params(layer)))

    def _group(self, group: Element, place: _Place) -> None:
        for element in group.children:
            self._object(element, place)

    def _object(self, element: Element, place: _Place) -> None:
        self._objects -= 1
        if self._objects < 0:
            raise PictureUnusable(TOO_COMPLEX)
        self.canvas.spend(len(element.children))
        if element.get("Visible") == "false":
            return
        if element.name == "PageBlock":
            self._group(element, place)
            return
        draw = {
            "PathObject": self._path,
            "TextObject": self._text,
            "ImageObject": self._image,
            "CompositeObject": self._composite,
        }.get(element.name)
        if draw is None:
            self.left_out.append(OBJECTS)
            return
        try:
            draw(element, self._placed(element, place))
        except PathInvalid:
            self.left_out.append(PATHS)

    def _placed(self, element: Element, place: _Place) -> _Place:
        """The place inside an object: after its boundary, its matrix, its clips and its style."""
        left, top, _, _ = box(element.get("Boundary"))
        outside = product(moved(left, top), place.matrix)
        inside = checked(product(matrix(element.get("CTM")), outside))
        alpha = place.alpha * level(element.get("Alpha"), 255) // 255
        clip = self._clips(element, place.clip, inside, outside)
        return replace(
            place,
            matrix=inside,
            outer=outside,
            clip=clip,
            alpha=alpha,
            style=(element, *self._params(element), *place.style),
        )

    def _clips(self, element: Element, clip: Image.Image | None, inside: Matrix, outside: Matrix) -> Image.Image | None:
        clips = element.child("Clips")
        if clips is None:
            return clip
        start = inside if clips.get("TransFlag") != "false" else outside
        self.canvas.spend(len(clips.children))
        for each in clips.all("Clip"):
            self.canvas.spend(len(each.children))
            polygons: list[list[Point]] = []
            for area in each.all("Area"):
                path = area.child("Path")
                if path is None:
                    self.left_out.append(TEXT_CLIPS)
                    continue
                left, top, _, _ = box(path.get("Boundary"))
                shape = product(product(matrix(path.get("CTM")), moved(left, top)), matrix(area.get("CTM")))
                polygons += [
                    [applied(shape, point) for point in contour.points] for contour in self._contours(path, start)
                ]
            if polygons:
                clip = self.canvas.clip(polygons, start, clip)
        return clip

    # ---- objects

    def _path(self, element: Element, place: _Place) -> None:
        contours = self._contours(element, place.matrix)
        clip = self._boundary(element, contours, place)
        if element.get("Fill") == "true" and (colour := self._colour("FillColor", place, None)):
            polygons = [contour.points for contour in contours]
            even_odd = element.get("Rule") == "Even-Odd"
            self.canvas.fill(polygons, place.matrix, colour, even_odd=even_odd, clip=clip)
        if element.get("Stroke") != "false" and (colour := self._colour("StrokeColor", place, _BLACK)):
            if self._styled(place, "DashPattern"):
                self.left_out.append(DASHES)
            cap, join = (_CAPS.get(self._styled(place, "Cap")), _JOINS.get(self._styled(place, "Join")))
            lines = outlines(contours, self._width(place), cap=cap or "Butt", join=join or "Miter")
            self.canvas.fill(lines, place.matrix, colour, clip=clip)

    def _contours(self, element: Element, way: Matrix) -> list[Contour]:
        data = element.child("AbbreviatedData")
        text = data.text if data else ""
        self.canvas.spend(len(text))
        return ofd_contours(text, magnification(way))

    def _boundary(self, element: Element, contours: Sequence[Contour], place: _Place) -> Image.Image | None:
        """The clip of an object that is larger than its boundary, as the standard cuts it there."""
        _, _, width, height = box(element.get("Boundary"))
        ctm = matrix(element.get("CTM"))
        points = [applied(ctm, point) for contour in contours for point in contour.points]
        reach = self._width(place) * magnification(ctm) / 2 if element.get("Stroke") != "false" else 0.0
        least, most_x, most_y = reach - _SLACK, width - reach + _SLACK, height - reach + _SLACK
        if all(least <= x <= most_x and least <= y <= most_y for x, y in points):
            return place.clip
        corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
        return self.canvas.clip([corners], place.outer, place.clip)

    def _image(self, element: Element, place: _Place) -> None:
        found = self._resources.items.get(element.get("ResourceID"))
        media = found[0].child("MediaFile") if found else None
        if found is None or media is None:
            self.left_out.append(RESOURCES)
            return
        try:
            picture = open_raster(self._package.read(resolved(found[1], media.text.strip())))
        except PictureUnusable:
            self.left_out.append(IMAGES)
            return
        self.canvas.picture(picture, place.matrix, place.alpha, place.clip)

    def _composite(self, element: Element, place: _Place) -> None:
        found = self._resources.items.get(element.get("ResourceID"))
        content = found[0].child("Content") if found else None
        if content is None:
            self.left_out.append(RESOURCES)
            return
        if place.depth == _DEEPEST:
            raise PictureUnusable(TOO_COMPLEX)
        self._group(content, replace(place, depth=place.depth + 1))

    def _text(self, element: Element, place: _Place) -> None:
        colour = self._colour("FillColor", place, _BLACK) if element.get("Fill") != "false" else None
        if element.child("CGTransform"):
            self.left_out.append(GLYPHS)
        if colour is None:
            return
        size = number(element.get("Size"), 0)
        wide = number(element.get("HScale"), 1)
        turn = number(element.get("CharDirection"), 0)
        shape = product(scaled(size * wide, size), turned(turn))
        if element.get("Italic") == "true":
            shape = product((1.0, 0.0, -_SLANT, 1.0, 0.0, 0.0), shape)
        faces = self._faces(element.get("Font"))
        for character, point in characters(element, size):
            self._characters -= 1
            if self._characters < 0:
                raise PictureUnusable(TOO_COMPLEX)
            if character.isspace():
                continue
            face = pick(faces, character)
            if face is None:
                self.left_out.append(CHARACTERS)
                continue
            where = product(product(shape, moved(*point)), place.matrix)
            self.canvas.glyph(face.font, character, where, colour, place.clip)

    def _faces(self, number: str) -> tuple[Face, ...]:
        """The faces for text in this font: its own, if it comes along and can be read, and the system's."""
        if number not in self._resources.fonts:
            found = self._resources.items.get(number)
            file = found[0].child("FontFile") if found else None
            own: tuple[Face, ...] = ()
            if found and file:
                try:
                    own = (read_face(self._package.read(resolved(found[1], file.text.strip()))),)
                except (FontUnusable, PictureUnusable):
                    self.left_out.append(RESOURCES)
            self._resources.fonts[number] = own + system_faces()
        return self._resources.fonts[number]

    # ---- styles

    def _params(self, element: Element) -> tuple[Element, ...]:
        """The drawing parameters that the element names, with those that they build upon."""
        chain: list[Element] = []
        number = element.get("DrawParam")
        while number and len(chain) < _DEEPEST:
            found = self._resources.items.get(number)
            if found is None:
                self.left_out.append(RESOURCES)
                break
            chain.append(found[0])
            number = found[0].get("Relative")
        return tuple(chain)

    def _styled(self, place: _Place, name: str) -> str:
        return next((element.get(name) for element in place.style if element.get(name)), "")

    def _width(self, place: _Place) -> float:
        return abs(number(self._styled(place, "LineWidth"), _LINE))

    def _colour(self, name: str, place: _Place, default: Colour | None) -> Colour | None:
        """The colour by that name, transparent as the object is; None if there is none to draw with."""
        found = next((element.child(name) for element in place.style if element.child(name)), None)
        if found is None:
            return default and (*default[:3], place.alpha)
        if any(child.name in _SHADES for child in found.children):
            self.left_out.append(SHADES)
            return None
        red, green, blue = rgb(found.get("Value"))
        return red, green, blue, place.alpha * level(found.get("Alpha"), 255) // 255


def _area(element: Element | None) -> tuple[float, float, float, float]:
    """A page's box."""
    try:
        left, top, width, height = box(element.text if element else "")
    except PathInvalid as error:
        raise PictureUnusable(DAMAGED) from error
    if width <= 0 or height <= 0:
        raise PictureUnusable(DAMAGED)
    return left, top, width, height
