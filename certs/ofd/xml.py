"""XML of a package, read with the standard library's expat. Document type definitions are refused, so nothing expands.

Elements are told by their local names: documents bear three namespaces of the standard and some none. What was read
keeps its places in the text, so that a change leaves every other byte as it was.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat  # a DTD, the way in of every attack on expat, stops it here

from certs.ofd.errors import OfdInvalid
from certs.ofd.limits import Limits
from certs.ofd.package import shown
from gateway.core.text import Text

_BROKEN = Text("包内文件 {path} 不是格式正确的 XML", "the file {path} in the package is not well-formed XML")
_DTD = Text("包内文件 {path} 含有 DTD，已拒绝", "the file {path} in the package has a DTD, which is refused")
_TOO_COMPLEX = Text("包内文件 {path} 元素过多或嵌套过深", "the file {path} has too many or too deeply nested elements")
_ENCODING = Text("包内文件 {path} 的编码不受支持", "the encoding of the file {path} is not supported")

_NO_MEMORY: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_SEPARATOR = " "
_DECLARATION = re.compile(rb"^<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_PARSED_AS_THEY_ARE = {"utf-8", "utf8"}
_RECODED: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Stop(Exception):  # no error: the reader has seen enough
    """Raised by a handler that needs nothing more."""


class Node:
    """An element.

    Attributes:
        name: its local name.
        prefix: the prefix of its name with the colon, or nothing.
        attributes: by local name.
        children: the elements in it.
        text: the characters directly in it.
        start: where it begins in the text (UTF-8).
        closing: where its end tag begins; the same as ``start`` if it has none.
    """

    __slots__ = ("attributes", "children", "closing", "name", "prefix", "start", "text")

    def __init__(self, name: str, prefix: str, attributes: dict[str, str], start: int) -> None:
        self.name = name
        self.prefix = prefix
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""
        self.start = start
        self.closing = start

    def all(self, name: str) -> list["Node"]:
        """The children of this name."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> "Node | None":
        """The first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def value(self, name: str) -> str:
        """The text of the first child of this name without the space around it; empty if there is none."""
        child = self.first(name)
        return "" if child is None else child.text.strip()

    def walk(self) -> Iterator["Node"]:
        """It and everything in it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


class XmlText:
    """The text of an XML file, in UTF-8, and how to write it back.

    Args:
        data: the file.
        path: where it lies, for messages.

    Raises:
        OfdInvalid: it is in an encoding that is not supported.
    """

    def __init__(self, data: bytes, path: str) -> None:
        self.path: Final = path
        self._encoding = _encoding(data, path)
        if self._encoding is None:
            self.utf8 = data
            return
        try:
            self.utf8 = data.decode(self._encoding).encode()
        except UnicodeError:
            raise OfdInvalid(_BROKEN.format(path=shown(path))) from None

    def spliced(self, *changes: tuple[int, int, str]) -> bytes:
        """The file with pieces of its text (from, to, instead) replaced, in its own encoding."""
        text = self.utf8
        for start, end, instead in sorted(changes, reverse=True):
            text = text[:start] + instead.encode() + text[end:]
        return text if self._encoding is None else text.decode().encode(self._encoding)


def read_tree(data: bytes, path: str, limits: Limits) -> Node:
    """The root element of a file.

    Raises:
        OfdInvalid: it is not well-formed, has a DTD, is too large or in an unknown encoding.
    """
    return tree(XmlText(data, path), limits)


def tree(text: XmlText, limits: Limits) -> Node:
    """As read_tree, of a text."""
    document = Node("", "", {}, 0)
    open_nodes = [document]
    open_texts: list[list[str]] = [[]]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > limits.elements or len(open_nodes) > limits.depth:
            raise OfdInvalid(_TOO_COMPLEX.format(path=shown(text.path)))
        local, prefix = _split(name)
        plain = {_split(key)[0]: value for key, value in attributes.items()} if attributes else attributes
        node = Node(local, prefix, plain, parser.CurrentByteIndex)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
        open_texts.append([])

    def end(_name: str) -> None:
        node, at = open_nodes.pop(), parser.CurrentByteIndex
        node.text = "".join(open_texts.pop())
        # Of a tag that closes itself expat gives the place behind it.
        is_empty = not node.children and not node.text and text.utf8[at - 2 : at] == b"/>"
        node.closing = node.start if is_empty else at

    def characters(found: str) -> None:
        open_texts[-1].append(found)

    parser = _parser(text.path)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    _parse(parser, text)
    return document.children[0]


def scan(
    text: XmlText,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    """Give the elements of a file to handlers, by their local names, without keeping any.

    Attributes keep the namespace that they may have in front of their names. A handler may raise Stop.

    Raises:
        OfdInvalid: as read_tree.
    """
    parser = _parser(text.path)
    parser.StartElementHandler = lambda name, attributes: start(_split(name)[0], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_split(name)[0])
    if characters is not None:
        parser.CharacterDataHandler = characters
    try:
        _parse(parser, text)
    except Stop:
        return


def escaped(text: str) -> str:
    """Text as it stands in an attribute or element."""
    for one, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(one, written)
    return text


def _split(name: str) -> tuple[str, str]:
    """The local name, and the prefix with its colon."""
    if _SEPARATOR not in name:
        return name, ""
    parts = name.split(_SEPARATOR)
    return parts[1], f"{parts[2]}:" if len(parts) > 2 else ""  # noqa: PLR2004 # namespace, name, prefix


def _parser(path: str) -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise OfdInvalid(_DTD.format(path=shown(path)))

    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parse(parser: expat.XMLParserType, text: XmlText) -> None:
    try:
        parser.Parse(text.utf8, True)  # noqa: FBT003 # expat's own signature
    except (expat.ExpatError, UnicodeError) as error:
        if getattr(error, "code", None) == _NO_MEMORY:
            raise MemoryError from error
        raise OfdInvalid(_BROKEN.format(path=shown(text.path))) from None


def _encoding(data: bytes, path: str) -> str | None:
    """How to decode the file; None if it is UTF-8."""
    if (found := _BOMS.get(data[:2])) is not None:
        return found
    match = _DECLARATION.match(data.removeprefix(b"\xef\xbb\xbf"))
    if match is None or (name := match[1].decode().lower()) in _PARSED_AS_THEY_ARE:
        return None
    if (found := _RECODED.get(name)) is None:
        raise OfdInvalid(_ENCODING.format(path=shown(path)))
    return found
