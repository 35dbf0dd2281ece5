"""A file for a while: it takes its target's place when it is whole, and need not outlive the machine's power."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def passing(target: Path) -> Iterator[BinaryIO]:
    """A new file beside ``target`` that takes its place at the end, for its owner alone; none if the block fails.

    Nobody waits for the disk: after the power went, it may be there and not whole.

    Raises:
        OSError: it cannot be written.
    """
    beside = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b") as out:
            yield out
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
