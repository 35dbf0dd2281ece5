"""Paths: where a value lies in a reply.

    path      = "." | segment *("." segment)          "." alone is the value itself
    segment   = (name | index) ["[]"] | "@" name      an attribute comes last; "[]" goes over all elements
    name      = plain | "'" text "'"                  a quote inside quotes is written twice
    index     = 1*9digit                              from 0; a name of digits alone is quoted

A plain name is anything (Chinese included) but ``. [ ] @ '`` and control characters, without blanks at its ends.
"""

import re
from typing import NoReturn

import msgspec

from gateway.core.errors import YiwangError
from gateway.core.text import Language, Text

MAX_SEGMENTS = 20
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_PLAIN = re.compile(r"[^.\[\]@'\x00-\x1f\x7f]+")
_INDEX = re.compile(r"[0-9]+")
_INDEX_DIGITS = 9


class PathInvalid(YiwangError):
    """A text that is no path. ``reason`` says why, ``position`` is the 0-based place in the text."""

    def __init__(self, reason: Text, position: int) -> None:
        self.reason = reason
        self.position = position
        super().__init__(reason.render(Language.EN))


class Segment(msgspec.Struct, frozen=True):
    """One step: into the field ``step``, or (int) to one element; an attribute; ``each`` goes over all elements."""

    step: str | int
    attribute: bool = False
    each: bool = False

    @property
    def key(self) -> str:
        """The name under which a field is kept; attributes are marked by ``@``."""
        return f"@{self.step}" if self.attribute else str(self.step)


class Path(msgspec.Struct, frozen=True):
    """Steps from a value to one below it; no steps is the value itself."""

    segments: tuple[Segment, ...]

    @property
    def iterates(self) -> bool:
        """Whether the path goes over all elements somewhere."""
        return any(segment.each for segment in self.segments)

    def render(self) -> str:
        """The text that parses to this path."""
        return ".".join(map(_render, self.segments)) or "."


def parse_path(text: str) -> Path:
    """The path that ``text`` spells; raises PathInvalid with the place and the reason."""
    if text == ".":
        return Path(())
    segments: list[Segment] = []
    position = 0
    while True:
        segment, position = _segment(text, position)
        segments.append(segment)
        if position == len(text):
            break
        if text[position] != ".":
            _refuse(position, "此处应为“.”或路径结尾", "a “.” or the end of the path is expected here")
        if segment.attribute:
            _refuse(position, "属性只能是最后一段", "an attribute is the last segment")
        position += 1
    if len(segments) > MAX_SEGMENTS:
        _refuse(0, f"路径最多 {MAX_SEGMENTS} 段", f"a path has at most {MAX_SEGMENTS} segments")
    return Path(tuple(segments))


def _segment(text: str, position: int) -> tuple[Segment, int]:
    attribute = text.startswith("@", position)
    position += attribute
    step, position = _step(text, position)
    if attribute and isinstance(step, int):
        _refuse(position, "@ 后应为属性名", "an attribute has a name; quote a name of digits")
    each = text.startswith("[]", position)
    if each and attribute:
        _refuse(position, "属性不能带 []", "an attribute is one value and takes no []")
    return Segment(step, attribute=attribute, each=each), position + 2 * each


def _step(text: str, position: int) -> tuple[str | int, int]:
    if text.startswith("'", position):
        quoted = _QUOTED.match(text, position)
        if quoted is None:
            _refuse(position, "引号没有结束", "the quote is not closed")
        if not quoted[1]:
            _refuse(position, "名称为空", "the name is empty")
        return quoted[1].replace("''", "'"), quoted.end()
    plain = _PLAIN.match(text, position)
    if plain is None:
        _refuse(position, "此处应为字段名", "a field name is expected here; quote a name with . [ ] @ or '")
    name = plain[0]
    if name != name.strip():
        _refuse(position, "名称首尾有空白", "the name begins or ends with a blank")
    if _INDEX.fullmatch(name):
        if len(name) > _INDEX_DIGITS:
            _refuse(position, "序号过大", "the index is too large; quote a name of digits")
        return int(name), plain.end()
    return name, plain.end()


def _refuse(position: int, zh: str, en: str) -> NoReturn:
    raise PathInvalid(Text(zh, en), position)


def _render(segment: Segment) -> str:
    mark = "@" if segment.attribute else ""
    return f"{mark}{_spell(segment.step)}{'[]' if segment.each else ''}"


def _spell(step: str | int) -> str:
    if isinstance(step, int):
        return str(step)
    plain = _PLAIN.fullmatch(step) and step == step.strip() and not _INDEX.fullmatch(step)
    return step if plain else "'" + step.replace("'", "''") + "'"
