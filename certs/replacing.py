"""A file that takes its target's place only when it is whole; readers see the old one or the new one."""

import os
import secrets
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
_LONGEST_NAME: Final = 40
"""Characters of the target's name that the new file's own name shows; names may have 255 bytes."""


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file beside ``target`` that takes its place, on the disk, at the end; nothing is left if the block fails.

    It can be read by its owner only until it takes the place; then it has the rights that new files get. It can be read
    back while it is written.

    Raises:
        OSError: it cannot be written.
    """
    beside = target.with_name(f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b") as out:
            yield out
            os.fchmod(out.fileno(), _RIGHTS)
            settle(out)
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def settle(out: BinaryIO) -> None:
    """Bring what was written to the disk; a large file's takes seconds, so it may be asked for in a thread before."""
    out.flush()
    os.fsync(out.fileno())
