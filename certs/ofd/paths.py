"""Names in a package: how they are decoded, cleaned and resolved.

A path is written from the package's root, with ``/`` between its parts and none in front: ``Doc_0/Document.xml``.
"""

import unicodedata
import zlib
from typing import Final

from certs.ofd.errors import OfdInvalid
from gateway.core.text import Text

UTF8_FLAG: Final = 0x0800
UNICODE_PATH: Final = 0x7075

_LONGEST = 1_024
_DEEPEST = 32
_UNDECODABLE = Text("压缩包内的文件名无法识别编码", "a file's name in the package is in no known encoding")
_UNSAFE = Text(
    "压缩包内有不安全的文件名（盘符、上级目录、控制字符或过长）",
    "a file's name in the package is unsafe (a drive, a parent folder, control characters, or too long)",
)


def decode_name(raw: bytes, flags: int, unicode_path: bytes | None) -> str:
    """The text of an entry's name: UTF-8 where it says so or can be, else GB 18030, as old Chinese tools write.

    Args:
        raw: the name as it stands.
        flags: the entry's flags.
        unicode_path: the content of the extra field 0x7075, if there is one.

    Raises:
        OfdInvalid: it is in no known encoding.
    """
    # Info-ZIP's own rule: the field counts only for the very name that it was made for.
    if unicode_path and unicode_path[:5] == b"\x01" + zlib.crc32(raw).to_bytes(4, "little"):
        raw, flags = unicode_path[5:], UTF8_FLAG
    for encoding in ("utf-8",) if flags & UTF8_FLAG else ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise OfdInvalid(_UNDECODABLE)


def clean(name: str) -> str:
    """The path that an entry's name means; empty for the root itself.

    Raises:
        OfdInvalid: it leads outside, or is one that file systems do not take.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    too_long = len(name) > _LONGEST or len(parts) > _DEEPEST
    if too_long or ".." in parts or not name.isprintable() or (parts and ":" in parts[0]):
        raise OfdInvalid(_UNSAFE)
    return "/".join(parts)


def folded(path: str) -> str:
    """Equal for paths that some file system takes for one."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def folder_of(path: str) -> str:
    """The folder in which a file lies; empty for the root."""
    return path.rpartition("/")[0]


def joined(folder: str, reference: str) -> str | None:
    """The path that ``reference`` means, written in a file of ``folder``; None if it leads outside or nowhere."""
    reference = reference.strip().replace("\\", "/")
    parts = [] if reference.startswith("/") or not folder else folder.split("/")
    for part in reference.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None
