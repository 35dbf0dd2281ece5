"""What `yiwang seal` reads: documents, folders of them, and small files beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certs.documents import DocumentFormat, FormatUnknown, format_of, problem_of
from gateway.cli.seal_problems import Unusable
from gateway.core.text import Text

MOST_DOCUMENTS: Final = 100_000
"""In one folder."""

_NAME_IT = Text("写出已有的文件或文件夹", "name a file or folder that is there")
_NO_FORMAT = Text("{file} 既不是 OFD 也不是 PDF", "{file} is neither OFD nor PDF")
_NONE = Text("{folder} 中没有 .ofd 或 .pdf 文件", "there is no .ofd or .pdf file in {folder}")
_TOO_MANY = Text("{folder} 中的文件超过 {most} 份", "there are more than {most} documents in {folder}")
_PARTS = Text("分成几个文件夹处理", "work on parts of it")
_ABSENT = Text("{file} 不存在", "{file} is not there")
_NO_FILE = Text("{file} 不是文件", "{file} is no file")
_TOO_LARGE = Text("{file} 超过 {limit} 字节，不会是{what}", "{file} has more than {limit} bytes, which no {what} has")
_RIGHT_FILE = Text("写出正确的文件", "name the right file")


def check_document(file: Path) -> DocumentFormat:
    """What a document is.

    Raises:
        Unusable: it is not there, no file, or neither OFD nor PDF.
        OSError: it cannot be read.
    """
    _check_file(file)
    try:
        return format_of(file)
    except FormatUnknown as error:
        raise Unusable(_NO_FORMAT.format(file=file), problem_of(error).remedy) from error


def documents(folder: Path) -> Sequence[Path]:
    """The files named ``*.ofd`` and ``*.pdf`` in a folder and those below it, sorted; links and hidden ones are not.

    Raises:
        Unusable: there are none, or too many.
    """
    found = []
    for file in folder.rglob("*"):
        named = file.suffix.lower().removeprefix(".") in set(DocumentFormat)
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if named and not hidden and not file.is_symlink() and file.is_file():
            found.append(file)
        if len(found) > MOST_DOCUMENTS:
            raise Unusable(_TOO_MANY.format(folder=folder, most=MOST_DOCUMENTS), _PARTS)
    if not found:
        raise Unusable(_NONE.format(folder=folder), _NAME_IT)
    return sorted(found)


def skipped_links(folder: Path) -> int:
    """How many links to documents in a folder and those below it ``documents`` leaves out."""
    endings = {f".{one}" for one in DocumentFormat}
    return sum(1 for file in folder.rglob("*") if file.is_symlink() and file.suffix.lower() in endings)


def read_small(file: Path, limit: int, what: Text) -> bytes:
    """The bytes of a file that is no longer than such files are.

    Args:
        file: which.
        limit: bytes at most.
        what: what it should hold, as ``a seal``, for the reader.

    Raises:
        Unusable: it is not there, no file, or longer.
        OSError: it cannot be read.
    """
    _check_file(file)
    with file.open("rb") as opened:
        data = opened.read(limit + 1)
    if len(data) > limit:
        raise Unusable(
            Text(
                _TOO_LARGE.zh.format(file=file, limit=limit, what=what.zh),
                _TOO_LARGE.en.format(file=file, limit=limit, what=what.en),
            ),
            _RIGHT_FILE,
        )
    return data


def _check_file(file: Path) -> None:
    if not file.exists():
        raise Unusable(_ABSENT.format(file=file), _NAME_IT)
    if not file.is_file():
        raise Unusable(_NO_FILE.format(file=file), _NAME_IT)
