"""Files that only their owner may read."""

import os
from contextlib import suppress
from pathlib import Path


def write_private(file: Path, content: bytes) -> None:
    """Write ``content`` to ``file`` with mode 0600, whole or not at all; folders are made as needed.

    Raises:
        OSError: it cannot be written; then nothing of it is left, and the error names ``file``.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        fresh.replace(file)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise type(error)(error.errno, error.strerror, str(file)) from error
