"""The parts of an XLSX file: a ZIP of XML, each read within bounds, without anything that XML may fetch or multiply."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import IO, Final
from xml.parsers import expat

MOST_PARTS: Final = 2_000
MOST_BYTES: Final = 256 * 1024 * 1024
"""Bytes of all parts that are read, as they are once unpacked."""

_DEEPEST: Final = 64
_CHUNK: Final = 65_536
Attributes = Mapping[str, str]


class Unreadable(ValueError):
    """Something that is no XLSX, or goes beyond the bounds."""


class Enough(Exception):
    """Raised by a handler that needs no more of a part."""


class Package:
    """An open file."""

    def __init__(self, content: bytes) -> None:
        """Raises Unreadable: it is no ZIP, has too many parts, or is encrypted."""
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, RuntimeError) as error:
            raise Unreadable("no ZIP") from error
        entries = self._zip.infolist()
        if len(entries) > MOST_PARTS or any(entry.flag_bits & 0x1 for entry in entries):
            raise Unreadable("too many parts, or encrypted ones")
        self._names = {entry.filename.lstrip("/").lower(): entry.filename for entry in entries}
        self._left = MOST_BYTES

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name.lower() in self._names

    def parse(
        self,
        name: str,
        begin: Callable[[str, Attributes], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> None:
        """Read a part to its end, or until a handler has enough of it.

        Elements and attributes are told by their names without a namespace; of two attributes that are the same then,
        one is told.

        Raises:
            Unreadable: there is no such part, it is no XML, has a document type, or is larger or deeper than it may be.
        """
        depth = 0

        def opened(element: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise Unreadable("too deep")
            begin(_local(element), {_local(key): value for key, value in attributes.items()})

        def closed(element: str) -> None:
            nonlocal depth
            depth -= 1
            end(_local(element))

        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = opened, closed, text
        try:
            with self._zip.open(self._names[name.lower()]) as part:
                self._feed(parser, part)
        except Enough:
            return
        except (KeyError, expat.ExpatError, zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
            raise error if isinstance(error, Unreadable) else Unreadable("a part cannot be read") from error
        except Exception as error:  # zlib's own error derives from Exception alone
            raise Unreadable("a part cannot be unpacked") from error

    def _feed(self, parser: expat.XMLParserType, part: IO[bytes]) -> None:
        while chunk := part.read(_CHUNK):
            self._left -= len(chunk)
            if self._left < 0:
                raise Unreadable("too large once it is unpacked")
            parser.Parse(chunk, False)  # noqa: FBT003 - the parser's own signature
        parser.Parse(b"", True)  # noqa: FBT003


def _refuse(*_: object) -> None:
    raise Unreadable("a document type")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
