"""Pictures for tests: small OFD and SVG files, and a look at single points of what was drawn from them."""

import zipfile
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageFont

from certs.seals.pictures import Drawing
from certs.seals.pictures.ofd import draw_ofd
from certs.seals.pictures.svg import draw_svg

PER_MM = 10
DPI = 254
RED, GREEN, BLUE, NOTHING = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
Look = Callable[[float, float], tuple[int, ...]]


def latin() -> bytes:
    """A font that comes with Pillow."""
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert isinstance(font.path, BytesIO)
    return font.path.getvalue()


def package(files: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def ofd(
    objects: str = "",
    *,
    resources: str = "",
    layer: str = "",
    page: str = "",
    common: str = "",
    document: str = "",
    files: dict[str, str | bytes] | None = None,
) -> bytes:
    """An OFD of one page of 20 by 10 mm."""
    usual: dict[str, str | bytes] = {
        "OFD.xml": "<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
        "Doc_0/Document.xml": (
            "<Document><CommonData><PageArea><PhysicalBox>0 0 20 10</PhysicalBox></PageArea>"
            f"<PublicRes>PublicRes.xml</PublicRes>{common}</CommonData>"
            f'<Pages><Page ID="1" BaseLoc="Pages/P.xml"/></Pages>{document}</Document>'
        ),
        "Doc_0/PublicRes.xml": f'<Res BaseLoc="Res">{resources}</Res>',
        "Doc_0/Pages/P.xml": f"<Page>{page}<Content><Layer {layer}>{objects}</Layer></Content></Page>",
    }
    return package(usual | (files or {}))


def look(drawing: Drawing) -> Look:
    """Tells the colour at a point in millimetres."""
    image = Image.open(BytesIO(drawing.png)).convert("RGBA")

    def at(x: float, y: float) -> tuple[int, ...]:
        found = image.getpixel((int(x * PER_MM), int(y * PER_MM)))
        assert isinstance(found, tuple)
        return found

    return at


def drawn(objects: str, **other: object) -> tuple[Look, list[str]]:
    """What these objects look like, and what was left out."""
    drawing = draw_ofd(ofd(objects, **other), 20, 10, DPI)  # type: ignore[arg-type]
    return look(drawing), [text.en for text in drawing.left_out]


def svg(inside: str, attributes: str = 'viewBox="0 0 20 10"') -> tuple[Look, list[str]]:
    drawing = draw_svg(f"<svg {attributes}>{inside}</svg>".encode(), 20, 10, DPI)
    return look(drawing), [text.en for text in drawing.left_out]
