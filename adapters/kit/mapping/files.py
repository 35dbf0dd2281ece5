"""A licence's file, read from a row: the bytes themselves or the address to fetch them from."""

import base64
import binascii
import re

import msgspec

from adapters.kit.manifest.replies import FileAt
from adapters.kit.mapping.columns import Column
from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Node, Place
from adapters.kit.mapping.values import absent, single, text
from gateway.core.licence import Warned

_DATA_URL = re.compile(r"data:[^,;]{0,100};base64,", re.IGNORECASE)


class FileRow(msgspec.Struct, frozen=True):
    """What a row says of a file; ``content`` warns if it is there and is no base64."""

    content: bytes | None
    url: str | None
    name: str | None
    media_type: str | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """No content: the address may be a key, the name a person's."""
        return "FileRow(...)"


def want_file(file: FileAt, row: Place) -> None:
    """Mark what a file needs below a row."""
    for path in (file.base64, file.url, file.name, file.media_type):
        if path is not None:
            row.at(parse_path(path)).value = True


def file_columns(file: FileAt, row: Node) -> list[Column | str]:
    """The columns of FileRow."""
    given = (
        ("content", file.base64, base64_content),
        ("url", file.url, text),
        ("name", file.name, text),
        ("media_type", file.media_type, text),
    )
    return [
        name if path is None else Column(name, row.getter(parse_path(path), certain=True), convert)
        for name, path, convert in given
    ]


def base64_content(value: object) -> bytes | None:
    """The bytes that a text in base64 holds, with or without the label of a data URL; None if it is absent."""
    value = single(value)
    if absent(value):
        return None
    if not isinstance(value, str):
        raise DirtyValue(Dirt.NOT_TEXT)
    label = _DATA_URL.match(value)
    try:
        compact = "".join(value[label.end() if label else 0 :].split()).encode("ascii")
        return base64.b64decode(compact, validate=True)
    except (UnicodeError, binascii.Error):
        raise DirtyValue(Dirt.NOT_TEXT) from None
