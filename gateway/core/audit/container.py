"""The files of an export as one ZIP in which every byte counts: it is only what these very files are packed into."""

import io
import re
import zipfile
from collections.abc import Mapping

from gateway.core.text import Text

LARGEST = 512 * 1024 * 1024
"""Bytes of an export's files together."""

MOST_FILES = 20_000
_NAME = re.compile(r"(?:[a-z]{1,16}/)?[A-Za-z0-9][A-Za-z0-9.-]{0,79}")
_ZIP = b"PK\3\4"
_WHEN = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o100644 << 16


class ContainerUnusable(ValueError):
    """Not the container of an export: something else, or one that was changed (``is_changed``); ``reason`` says why."""

    def __init__(self, reason: Text, *, is_changed: bool = False) -> None:
        self.reason = reason
        self.is_changed = is_changed
        super().__init__(reason.en)


_NO_ZIP = Text("不是可读的 ZIP 文件", "it is no ZIP file that can be read")
_TOO_LARGE = Text("文件过大或过多", "it holds too much, or too many files")
_NOT_OURS = Text(
    "容器的字节与其所含文件不一致，或含有不属于导出的名称",
    "the container's bytes are not those that its files are packed into, or a name in it is none of an export",
)


def is_name(name: str) -> bool:
    """Whether a file of an export may be called so."""
    return _NAME.fullmatch(name) is not None


def pack(files: Mapping[str, bytes]) -> bytes:
    """The ZIP of these files: sorted, stored, without times; the same files always give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, files[name])
    return written.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a container.

    Raises:
        ContainerUnusable: it is none, or not byte for byte what ``pack`` makes of its files.
    """
    try:
        files = _read(data)
    except ContainerUnusable:
        raise
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError) as error:
        raise ContainerUnusable(_NO_ZIP, is_changed=data.startswith(_ZIP)) from error
    if pack(files) != data:
        raise ContainerUnusable(_NOT_OURS, is_changed=True)
    return files


def _read(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        check_size(len(entries), sum(entry.file_size for entry in entries))
        if not all(is_name(entry.filename) and entry.compress_type == zipfile.ZIP_STORED for entry in entries):
            raise ContainerUnusable(_NOT_OURS, is_changed=True)
        return {entry.filename: archive.read(entry) for entry in entries}


def check_size(count: int, size: int) -> None:
    """Raise ContainerUnusable for more files or bytes than an export has."""
    if count > MOST_FILES or size > LARGEST:
        raise ContainerUnusable(_TOO_LARGE)
