"""A file that takes its target's place only when it is whole; readers see the old one or the new one."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final


def _usual_rights() -> int:
    """What new files get; asking for it sets it, which must not be done while other threads make files."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


_RIGHTS: Final = _usual_rights()
_READ_AND_WRITE: Final = 0o666
_LONGEST_NAME: Final = 40
"""Characters of the target's name that the new file's own name shows; names may have 255 bytes."""


@contextmanager
def replacing(target: Path, source: object = None) -> Iterator[BinaryIO]:
    """A new file beside ``target`` that takes its place, on the disk, at the end; nothing is left if the block fails.

    It can be read by its owner only until it takes the place; then it has the rights that new files get. It can be read
    back while it is written.

    Args:
        target: the place.
        source: what it is made from; if that is a file, the new one may be read by nobody who may not read that.

    Raises:
        OSError: it cannot be written.
    """
    beside = target.with_name(f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b") as out:
            yield out
            os.fchmod(out.fileno(), _rights_of(source))
            settle(out)
        beside.replace(target)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.filename in {None, str(beside)}:
            error.filename = str(target)  # who asked for it does not know the other name; a full disk has none
        raise


def _rights_of(source: object) -> int:
    return stat.S_IMODE(source.stat().st_mode) & _READ_AND_WRITE if isinstance(source, Path) else _RIGHTS


def settle(out: BinaryIO) -> None:
    """Bring what was written to the disk; a large file's takes seconds, so it may be asked for in a thread before."""
    out.flush()
    os.fsync(out.fileno())
