"""From a file to nodes: YAML 1.2's core values, every key and value with its place, nothing that is more than data.

``NO`` is text, ``2026-01-01`` is text. Duplicate keys, anchors, aliases, tags and merge keys are remarked on, and the
text is bounded in bytes, depth and nodes before anything is built from it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from adapters.kit.manifest.findings import Remark, shown
from adapters.kit.manifest.nodes import START, Kind, Node, Position
from adapters.kit.manifest.scalars import resolve
from gateway.core.text import Text

MANIFEST: Final = "manifest.yaml"
MAX_BYTES: Final = 256_000
MAX_DEPTH: Final = 20
MAX_NODES: Final = 20_000

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Source(msgspec.Struct, frozen=True):
    """What was read: the tree, unless nothing could be made of the text, and what was wrong with the text."""

    root: Node | None
    remarks: tuple[Remark, ...]


def read_source(folder: Path) -> Source:
    """The manifest in ``folder``, as far as it can be read; never raises for what lies there."""
    file = folder / MANIFEST
    try:
        if not folder.is_dir():
            return _nothing(START, Text("没有这个文件夹", "there is no such folder"), _NAME_A_FOLDER)
        if not file.is_file():
            return _nothing(
                START, Text("文件夹中没有 manifest.yaml", "the folder has no manifest.yaml"), _NAME_A_FOLDER
            )
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a name with a null character
        what = Text("无法读取 manifest.yaml", "manifest.yaml cannot be read")
        return _nothing(START, what, Text("检查文件权限", "look at the file's permissions"))
    if len(raw) > MAX_BYTES:
        what = Text(f"文件超过 {MAX_BYTES} 字节", f"the file is over {MAX_BYTES} bytes")
        return _nothing(START, what, Text("只保留该系统的声明", "keep to the declaration of one system"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        what = Text("文件不是 UTF-8 编码", "the file is not UTF-8")
        return _nothing(_Places(before).of(len(before)), what, Text("另存为 UTF-8", "save it as UTF-8"))
    return parse_source(text)


def parse_source(text: str) -> Source:
    """The tree of a manifest's text; never raises for what the text is."""
    return _Composer(text).compose()


_NAME_A_FOLDER: Final = Text("给出含有 manifest.yaml 的文件夹", "name a folder that holds a manifest.yaml")


def _nothing(at: Position, what: Text, remedy: Text) -> Source:
    return Source(None, (Remark(at, what, remedy),))


class _Places:
    """Lines and columns of a text's characters. Lines end as editors end them, not also at U+2028 and the like."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def of(self, index: int) -> Position:
        line = bisect_right(self._starts, index)
        return Position(line, index - self._starts[line - 1] + 1)


class _Stop(Exception):
    """The text cannot be read on from here."""

    def __init__(self, at: Position, what: Text, remedy: Text) -> None:
        self.remark = Remark(at, what, remedy)
        super().__init__()


class _Composer:
    """Builds the nodes of one text from the parser's events."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = _Places(text)
        self._events: Iterator[Event] = iter(())
        self._remarks: list[Remark] = []
        self._nodes = 0
        self._last = 0

    def compose(self) -> Source:
        root: Node | None = None
        try:
            # a parser's events only: nothing is constructed, no alias is followed, no tag is acted on
            self._events = iter(YAML(typ="safe", pure=True).parse(self._text))
            root = self._documents()
        except _Stop as stop:
            self._remarks.append(stop.remark)
        except (YAMLError, ValueError, OverflowError, IndexError) as error:  # the last three: escapes beyond Unicode
            self._remarks.append(self._syntax(error))
        return Source(root, tuple(self._remarks))

    def _documents(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if root is not None:
                what = Text("文件中有第二个文档", "the file holds a second document")
                self._remark(event, what, Text("每个系统一个文件", "one file for one system"))
                break
            root = self._node(next(self._events), 1, None)
        if root is None:
            raise _Stop(START, Text("文件是空的", "the file is empty"), Text("写入清单", "write the manifest into it"))
        return root

    def _node(self, event: Event, depth: int, key_at: Position | None) -> Node:
        self._bound(event, depth)
        at = self._at(event)
        if isinstance(event, AliasEvent):
            self._remark(event, Text("不使用别名", "aliases are not used in manifests"), _WRITE_OUT)
            return Node(kind=Kind.SCALAR, at=at, key_at=key_at)
        assert isinstance(event, NodeEvent)
        if event.anchor is not None:
            self._remark(event, Text("不使用锚点", "anchors are not used in manifests"), _WRITE_OUT)
        tag = getattr(event, "tag", None)
        if tag is not None:
            remedy = Text("去掉标签，文本用引号", "take the tag away and put text in quotes")
            self._remark(event, Text("不使用标签", "tags are not used in manifests"), remedy)
        if isinstance(event, MappingStartEvent):
            return Node(kind=Kind.MAPPING, at=at, key_at=key_at, fields=self._fields(depth))
        if isinstance(event, SequenceStartEvent):
            return Node(kind=Kind.SEQUENCE, at=at, key_at=key_at, elements=tuple(self._elements(depth)))
        assert isinstance(event, ScalarEvent)
        plain = event.style is None and tag is None
        return Node(kind=Kind.SCALAR, at=at, key_at=key_at, scalar=resolve(event.value) if plain else event.value)

    def _elements(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), CollectionEndEvent):
            yield self._node(event, depth + 1, None)

    def _fields(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), CollectionEndEvent):
            key_at = self._at(event)
            key = self._node(event, depth + 1, None)
            value = self._node(next(self._events), depth + 1, key_at)
            if key.kind is not Kind.SCALAR or isinstance(event, AliasEvent):
                what = Text("键须为文本", "a key is text")
                self._remark(event, what, Text("用一个名称作键", "use a name as the key"))
                continue
            assert isinstance(event, ScalarEvent)
            name: str = event.value
            if name == "<<":
                self._remark(event, Text("不使用合并键", "merge keys are not used in manifests"), _WRITE_OUT)
                continue
            if key.text is None:
                what = Text("键须为文本，此处不是", "a key is text, this one is not")
                self._remark(event, what, Text("给键加上引号", "put the key in quotes"))
            if name in fields:
                first = fields[name].place
                what = Text(
                    f"键 {shown(name)} 重复（第 {first.line} 行已有）",
                    f"the key {shown(name)} is here twice (first in line {first.line})",
                )
                self._remark(event, what, Text("删去其中一个", "delete one of them"))
                continue
            fields[name] = value
        return fields

    def _bound(self, event: Event, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            what = Text(f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")
            raise _Stop(self._at(event), what, Text("减少嵌套", "nest less"))
        if self._nodes > MAX_NODES:
            what = Text(f"超过 {MAX_NODES} 个值", f"more than {MAX_NODES} values")
            remedy = Text("只保留该系统的声明", "keep to the declaration of one system")
            raise _Stop(self._at(event), what, remedy)

    def _at(self, event: Event) -> Position:
        self._last = event.start_mark.index
        return self._places.of(self._last)

    def _remark(self, event: Event, what: Text, remedy: Text) -> None:
        self._remarks.append(Remark(self._at(event), what, remedy))

    def _syntax(self, error: Exception) -> Remark:
        """The parser's complaint in our words: its own may repeat a piece of the text."""
        what, index = _NOT_YAML, self._last
        if isinstance(error, ReaderError):
            what, index = Text("文件中有不允许的控制字符", "the file holds a control character"), error.position
        elif isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            index = mark.index if mark is not None else self._last
            what = next((text for words, text in _COMPLAINTS.items() if words in (error.problem or "")), _NOT_YAML)
        return Remark(self._places.of(min(index, len(self._text))), what, _CHECK_SYNTAX)


_WRITE_OUT: Final = Text("把内容直接写在此处", "write the content out here")
_NOT_YAML: Final = Text("此处不是有效的 YAML", "this is not valid YAML")
_CHECK_SYNTAX: Final = Text(
    "检查此处及上一行的缩进、冒号、引号与括号",
    "look at indents, colons, quotes and brackets here and in the line before",
)
_COMPLAINTS: Final = {
    "'\\t'": Text("缩进中有制表符", "a tab stands in the indent"),
    "mapping values are not allowed": Text("此处不能再有“键: 值”", "a “key: value” cannot stand here"),
    "could not find expected ':'": Text("键后缺少冒号", "a colon is missing after a key"),
    "unexpected end of stream": Text("引号没有结束", "a quote is not closed"),
    "but got '<stream end>'": Text("括号没有结束", "a bracket is not closed"),
    "but found '<stream end>'": Text("文件在此处中断", "the file breaks off here"),
    "cannot start any token": Text("此字符须放在引号中", "this character needs quotes around its text"),
    "unknown escape character": Text("双引号中有未知的转义", "an unknown escape stands in double quotes"),
    "expected <block end>": Text("缩进不一致", "the indent does not fit the lines above"),
}
