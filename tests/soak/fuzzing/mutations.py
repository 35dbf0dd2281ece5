"""Changes that leave an input in the shape of its format, so that what lies deeper is reached.

Each takes the input, the most bytes that it may become, dice, and the engine's own change of mere bytes.
"""

import random
import re
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO

Bytes = Callable[[bytes, int], bytes]
"""The engine's change of bytes: what of, and how long the result may be."""
Change = Callable[[bytes, int, random.Random, Bytes], bytes]

_BARE = 0.15
"""How often mere bytes are changed all the same."""
_UNPACKED = 1 << 20
_DEEPEST = 24
_TEXTS = (
    "|0|-1|1|1e999|NaN|0x10|4294967296|99999999999999999999|..|../../a|/|//|%00|\0|印|Doc_0|/OFD.xml|Seal|Sign|SM3|"
    "2026-02-30 25:61:61|20260304050607Z|1.2.156.10197.1.401|0 0 0 0|-1 -1 1e9 nan|g 9999 1"
)
_WORDS = (*(text.encode() for text in _TEXTS.split("|")), b"\xff\xfe", "印".encode("gbk"))
_XML = re.compile(rb'"[^"<>]*"|>[^<>]+<|<[^<>]*>')
_PDF = re.compile(
    rb"/[A-Za-z0-9]+|-?\d+(?:\.\d+)?|\([^()]*\)|<<|>>|\[|\]|\b(?:obj|endobj|stream|endstream|R|null|true)\b"
)
_PDF_TEXTS = (
    "0|-1|1|65536|2147483648|99999999999999999999|null|true|<<>>|[]|()|<feff5370>|/Type|/Sig|/Kids|/Parent|1 0 R|2 0 R|"
    "10 0 R|/Prev 0|/FT/Sig|/Annots|[0 0 0 0]|[1 0 R 1 0 R]|/DocTimeStamp|/Filter/FlateDecode|/Encrypt 1 0 R|/DocMDP"
)
_PDF_WORDS = tuple(text.encode() for text in _PDF_TEXTS.split("|"))
_VALUE = re.compile(rb"/Contents\s*<([0-9a-fA-F]{64,})>")


def change_ofd(data: bytes, most: int, dice: random.Random, engine: Bytes) -> bytes:
    """Change one file of a package, take it out, or put it elsewhere."""
    contents = {} if dice.random() < _BARE else _files(data)
    if not contents:
        return engine(data, most)
    name = dice.choice([*contents])
    match dice.randrange(12):
        case 0:
            del contents[name]
        case 1:
            contents[dice.choice([*contents]) + dice.choice(["", "/", "/x", " ", "."])] = contents[name]
        case 2:
            other = dice.choice([*contents])
            contents[name], contents[other] = contents[other], contents[name]
        case _:
            contents[name] = _changed_file(name, contents[name], most, dice, engine)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as package:
        for path, content in contents.items():
            package.writestr(path, content)
    packed = out.getvalue()
    return packed if len(packed) <= most else engine(data, most)


def _files(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            if sum(one.file_size for one in package.infolist()) > _UNPACKED:
                return {}
            return {one.filename: package.read(one) for one in package.infolist() if not one.is_dir()}
    except Exception:  # noqa: BLE001 - of broken packages mere bytes are changed
        return {}


def _changed_file(name: str, content: bytes, most: int, dice: random.Random, engine: Bytes) -> bytes:
    if name.endswith((".dat", ".esl")):
        return change_der(content, most, dice, engine)
    return _words_changed(content, _XML, _WORDS, dice) if dice.random() > _BARE else engine(content, most)


def _words_changed(content: bytes, shape: re.Pattern[bytes], words: Sequence[bytes], dice: random.Random) -> bytes:
    """A few of the pieces of this shape replaced by words or other pieces, doubled or left out."""
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        pieces = list(shape.finditer(content))
        if not pieces:
            return content
        start, end = dice.choice(pieces).span()
        piece = content[start:end]
        match dice.randrange(5):
            case 0:
                new = piece * dice.choice([2, 2, 50])
            case 1:
                new = b""
            case 2:
                other = dice.choice(pieces)
                new = content[other.start() : other.end()]
            case _:
                word = dice.choice(words)
                inside = shape is _XML and piece[:1] in b'">'
                new = piece[:1] + word + piece[-1:] if inside else word
        content = content[:start] + new + content[end:]
    return content


class _Node:
    """An element of DER: a tag with either content or elements."""

    def __init__(self, tag: int, content: bytes, inside: "list[_Node]", prefix: bytes = b"") -> None:
        self.tag = tag
        self.content = content
        self.inside = inside
        self.prefix = prefix

    def encoded(self) -> bytes:
        body = self.prefix + b"".join(one.encoded() for one in self.inside) if self.inside else self.content
        size = len(body)
        if size < 0x80:
            return bytes([self.tag, size]) + body
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([self.tag, 0x80 | len(digits)]) + digits + body

    def all(self) -> "list[_Node]":
        return [self, *(deeper for one in self.inside for deeper in one.all())]


def _parsed(data: bytes, depth: int = 0) -> list[_Node]:
    """The elements that fill ``data`` entirely; none if they do not."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or depth > _DEEPEST:
            return []
        tag, size, start = data[at], data[at + 1], at + 2
        if size >= 0x80:
            count = size & 0x7F
            size, start = int.from_bytes(data[start : start + count], "big"), start + count
        at = start + size
        if at > len(data):
            return []
        content = data[start:at]
        prefix = content[:1] if tag == 0x03 and content[:1] == b"\0" else b""
        deeper = tag & 0x20 or tag in {0x03, 0x04, 0x80}
        found.append(_Node(tag, content, _parsed(content[len(prefix) :], depth + 1) if deeper else [], prefix))
    return found


def change_der(data: bytes, most: int, dice: random.Random, engine: Bytes) -> bytes:
    """Change one element, and the lengths of all that are around it."""
    roots = [] if dice.random() < _BARE else _parsed(data)
    if not roots:
        return engine(data, most)
    nodes = [node for root in roots for node in root.all()]
    node, other = dice.choice(nodes), dice.choice(nodes)
    match dice.randrange(10):
        case 0:
            node.tag = dice.choice([*(one.tag for one in nodes), dice.randrange(256)])
        case 1:
            node.content, node.inside = b"", []
        case 2 if node.inside:
            node.inside.remove(dice.choice(node.inside))
        case 3 if node.inside:
            node.inside.insert(dice.randrange(len(node.inside) + 1), _copy(other))
        case 4:
            copied = _copy(other)
            node.tag, node.content, node.inside, node.prefix = copied.tag, copied.content, copied.inside, copied.prefix
        case 5:
            node.content, node.inside = dice.choice(_WORDS), []
        case 6:
            wrapped = _Node(node.tag, node.content, node.inside, node.prefix)
            node.tag, node.inside, node.prefix = dice.choice([0x30, 0x31, 0xA0, 0x04]), [wrapped], b""
        case _:
            leaves = [one for one in nodes if not one.inside and one.content] or [node]
            leaf = dice.choice(leaves)
            leaf.content, leaf.inside = engine(leaf.content or b"\0", min(most, len(leaf.content) + 64)), []
    changed = b"".join(one.encoded() for one in roots)
    return changed if len(changed) <= most else engine(data, most)


def _copy(node: _Node) -> _Node:
    return _Node(node.tag, node.content, [_copy(one) for one in node.inside], node.prefix)


def change_pdf(data: bytes, most: int, dice: random.Random, engine: Bytes) -> bytes:
    """Change an object where it stands, in an update after the end, or the signature's value."""
    choice = dice.random()
    if choice < _BARE:
        return engine(data, most)
    if choice < 0.4 and (changed := _value_changed(data, dice, engine)) is not None:
        return changed
    if choice < 0.7 and (changed := _updated(data, dice)) is not None and len(changed) <= most:
        return changed
    return _in_place(data, dice)


def _value_changed(data: bytes, dice: random.Random, engine: Bytes) -> bytes | None:
    found = list(_VALUE.finditer(data))
    if not found:
        return None
    start, end = dice.choice(found).span(1)
    digits = data[start:end]
    value = bytes.fromhex(digits[: len(digits) // 2 * 2].decode()).rstrip(b"\0")
    changed = change_der(value, len(digits) // 2, dice, engine).hex().encode()[: end - start]
    return data[:start] + changed.ljust(end - start, b"0") + data[end:]


def _updated(data: bytes, dice: random.Random) -> bytes | None:
    """With one object replaced by an incremental update."""
    found = list(re.finditer(rb"(?:^|[\r\n])(\d{1,6}) 0 obj\b(.*?)endobj", data, re.DOTALL))
    last = re.findall(rb"startxref\s+(\d{1,9})", data)
    if not found or not last:
        return None
    chosen = dice.choice(found)
    body = _words_changed(chosen[2][:20_000], _PDF, _PDF_WORDS, dice)
    number, place = int(chosen[1]), len(data) + 1
    update = b"\n%d 0 obj%sendobj\n" % (number, body)
    start = len(data) + len(update)
    end = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size 600/Root 1 0 R/Prev %s>>\nstartxref\n%d\n%%%%EOF\n"
    return data + update + end % (number, place, last[-1], start)


def _in_place(data: bytes, dice: random.Random) -> bytes:
    """A word replaced by one that is not longer, filled up with blanks: what follows stays where it is."""
    pieces = list(_PDF.finditer(data))
    if not pieces:
        return data
    start, end = dice.choice(pieces).span()
    other = dice.choice(pieces)
    new = dice.choice([dice.choice(_PDF_WORDS), data[other.start() : other.end()], b""])
    room = end - start
    return data[:start] + new[:room].ljust(room) + data[end:]
