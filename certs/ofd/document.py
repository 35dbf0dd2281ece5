"""What a package holds: OFD.xml, its documents, their pages and sizes (GB/T 33190)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from certs.ofd import xml
from certs.ofd.directory import Entry
from certs.ofd.errors import OfdEncrypted, OfdInvalid
from certs.ofd.geometry import Box
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import ROOT, OfdPackage, Openable, shown
from certs.ofd.paths import folder_of
from gateway.core.text import Text

_NO_BODY = Text("OFD.xml 中没有文档", "OFD.xml names no document")
_TOO_MANY = Text("OFD.xml 中的文档过多", "OFD.xml names too many documents")
_TWICE = Text(
    "包内文件 {path} 的关键元素重复，不同软件会有不同理解",
    "the file {path} has an element twice that decides, so that readers may differ",
)
_NOT_OFD = Text("OFD.xml 的根元素不是 OFD", "the root element of OFD.xml is not OFD")
_ENCRYPTED = Text("文档已加密，请先解密", "the document is encrypted: decrypt it first")
_NO_PAGES = Text("文档没有页", "the document has no pages")
_NO_SIZE = Text("第 {page} 页没有有效的页面大小", "page {page} has no usable size")
_ENCRYPTIONS: Final = "Encryptions.xml"
"""How parts of the package are encrypted (GM/T 0099)."""

_A4: Final = Box(0, 0, 210, 297)


def count_pages(source: Openable, limits: Limits = LIMITS) -> int:
    """How many pages the documents of a file have together.

    Raises:
        OfdInvalid: it cannot be read.
    """
    with OfdPackage.open(source, limits) as package:
        return sum(len(package.once(Document, body).pages) for body in package.once(Root).bodies)


class Body(msgspec.Struct, frozen=True):
    """A DocBody of OFD.xml.

    Attributes:
        node: it.
        root: the path of its Document.xml, as OFD.xml writes it.
        signatures: the path of its list of signatures, likewise; empty if it has none.
    """

    node: xml.Node
    root: str
    signatures: str


class Page(msgspec.Struct, frozen=True):
    """A page.

    Attributes:
        number: from 1.
        id: its identifier in the document.
        content: its file.
    """

    number: int
    id: str
    content: Entry


class Root:
    """OFD.xml.

    Args:
        package: the document.

    Raises:
        OfdInvalid: it cannot be read, names no document, too many or one twice, or the package is encrypted.
    """

    def __init__(self, package: OfdPackage) -> None:
        if package.get(_ENCRYPTIONS) is not None:
            raise OfdEncrypted(_ENCRYPTED)
        self.entry: Final = package.need(ROOT)
        self.text: Final = xml.XmlText(package.read(self.entry), self.entry.path)
        self.node: Final = xml.tree(self.text, package.limits)
        if self.node.name != "OFD":
            raise OfdInvalid(_NOT_OFD)
        self.bodies: Final = tuple(
            Body(node, node.value("DocRoot"), node.value("Signatures")) for node in self.node.all("DocBody")
        )
        if not self.bodies or not all(body.root for body in self.bodies):
            raise OfdInvalid(_NO_BODY)
        if len(self.bodies) > package.limits.documents:
            raise OfdInvalid(_TOO_MANY)
        # Which of two a reader takes is up to the reader.
        if any(len(body.node.all(name)) > 1 for body in self.bodies for name in ("DocRoot", "Signatures")):
            raise OfdInvalid(_TWICE.format(path=ROOT))


class Document:
    """A Document.xml with its pages.

    Args:
        package: where it lies.
        body: whose it is.

    Raises:
        OfdInvalid: it cannot be read, has no pages, or one of its pages is missing.
    """

    def __init__(self, package: OfdPackage, body: Body) -> None:
        self._package = package
        self._sizes: dict[str, Box] = {}
        self.entry: Final = package.need(body.root)
        self.folder: Final = folder_of(self.entry.path)
        self.node: Final = xml.read_tree(package.read(self.entry), self.entry.path, package.limits)
        pages = self.node.all("Pages")
        if len(pages) > 1:
            raise OfdInvalid(_TWICE.format(path=shown(self.entry.path)))
        found = pages[0].all("Page") if pages else []
        if not found:
            raise OfdInvalid(_NO_PAGES)
        self.pages: Final[Sequence[Page]] = tuple(
            Page(number, page.attributes.get("ID", ""), package.need(page.attributes.get("BaseLoc", ""), self.folder))
            for number, page in enumerate(found, 1)
        )

    @property
    def may_be_signed(self) -> bool:
        """Whether its own permissions let further signatures in."""
        permissions = self.node.first("Permissions")
        return permissions is None or permissions.value("Signature").lower() not in {"false", "0"}

    def templates(self) -> dict[str, Entry]:
        """The files of its page templates by their identifiers."""
        common = self.node.first("CommonData")
        found = {}
        for node in [] if common is None else common.all("TemplatePage"):
            entry = self._package.find(node.attributes.get("BaseLoc", ""), self.folder)
            if entry is not None:
                found[node.attributes.get("ID", "")] = entry
        return found

    def size(self, page: Page) -> Box:
        """How large a page is; its corner is the origin.

        Raises:
            OfdInvalid: it cannot be read, or its size is none.
        """
        path = page.content.path
        if path not in self._sizes:
            self._sizes[path] = self._read_size(page)
        return self._sizes[path]

    def _read_size(self, page: Page) -> Box:
        box = self._own_size(page) or self._usual_size()
        if box.width <= 0 or box.height <= 0:
            raise OfdInvalid(_NO_SIZE.format(page=page.number))
        return Box(0, 0, box.width, box.height)

    def _own_size(self, page: Page) -> Box | None:
        """The PhysicalBox of the page's own area, which stands before its content."""
        open_names: list[str] = []
        found: list[str] = []

        def start(name: str, _attributes: dict[str, str]) -> None:
            if name == "Content":
                raise xml.Stop
            open_names.append(name)

        def end(_name: str) -> None:
            open_names.pop()

        def characters(text: str) -> None:
            if open_names == ["Page", "Area", "PhysicalBox"]:
                found.append(text)

        content = self._package.read(page.content)
        xml.scan(xml.XmlText(content, page.content.path), start, end, characters)
        return Box.read("".join(found))

    def _usual_size(self) -> Box:
        """What the document says of all its pages; A4 if it says nothing."""
        common = self.node.first("CommonData")
        area = None if common is None else common.first("PageArea")
        return _A4 if area is None else Box.read(area.value("PhysicalBox")) or _A4
