"""Annotated copies (加注件) of certificates: small OFD files of one page that carry their cause as a watermark."""

import io
import zipfile
from datetime import datetime

import msgspec
from lxml import etree

from adapters.sandbox.world.model import Licence
from gateway.core.clock import CHINA

OFD_TYPE = "application/ofd"

_OFD = "http://www.ofdspec.org/2016"
_PAGE = "0 0 210 297"
_LEFT, _WIDTH, _LINE = 25, 160, 12


class Annotation(msgspec.Struct, frozen=True):
    """What a copy says of itself: why, by whom and when it was made, and until when it may be used."""

    cause: str
    maker: str
    made_at: datetime
    until: datetime


def ofd_copy(licence: Licence, annotation: Annotation) -> bytes:
    """A copy of the licence; the same arguments give the same bytes."""
    lines = [
        licence.name,
        licence.number,
        *(field.value for field in licence.face),
        f"仅用于:{annotation.cause}",
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, root in (
            ("OFD.xml", _entry(annotation)),
            ("Doc_0/Document.xml", _document()),
            ("Doc_0/PublicRes.xml", _fonts()),
            ("Doc_0/Pages/Page_0/Content.xml", _page(lines)),
        ):
            # a fixed date: a zip would otherwise hold the machine's time
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            package.writestr(info, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return packed.getvalue()


def _element(name: str, parent: etree._Element | None = None, text: str = "", **attributes: str) -> etree._Element:
    tag = f"{{{_OFD}}}{name}"
    if parent is None:
        return etree.Element(tag, attributes, nsmap={"ofd": _OFD})
    element = etree.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def _entry(annotation: Annotation) -> etree._Element:
    root = _element("OFD", Version="1.0", DocType="OFD")
    body = _element("DocBody", root)
    info = _element("DocInfo", body)
    _element("DocID", info, "0" * 32)
    own = _element("CustomDatas", info)
    for name, value in (
        ("JZJZZSY", annotation.cause),
        ("JZJZZZ", annotation.maker),
        ("JZJZZSJ", _moment(annotation.made_at)),
        ("JZJYXQJZSJ", _moment(annotation.until)),
    ):
        _element("CustomData", own, value, Name=name)
    _element("DocRoot", body, "Doc_0/Document.xml")
    return root


def _document() -> etree._Element:
    root = _element("Document")
    common = _element("CommonData", root)
    _element("MaxUnitID", common, "1000")
    _element("PageArea", common).append(_box())
    _element("PublicRes", common, "PublicRes.xml")
    _element("Page", _element("Pages", root), ID="1", BaseLoc="Pages/Page_0/Content.xml")
    return root


def _fonts() -> etree._Element:
    root = _element("Res", BaseLoc=".")
    _element("Font", _element("Fonts", root), ID="2", FontName="宋体", FamilyName="宋体")
    return root


def _page(lines: list[str]) -> etree._Element:
    root = _element("Page")
    _element("Area", root).append(_box())
    layer = _element("Layer", _element("Content", root), ID="3")
    for place, line in enumerate(lines, start=1):
        shown = {"ID": str(place + 10), "Font": "2", "Size": "5"}
        text = _element("TextObject", layer, Boundary=f"{_LEFT} {place * _LINE} {_WIDTH} {_LINE}", **shown)
        _element("TextCode", text, line, X="0", Y="6")
    return root


def _box() -> etree._Element:
    box = _element("PhysicalBox")
    box.text = _PAGE
    return box


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
