"""Files that only their owner may read."""

import os
from pathlib import Path


def write_private(file: Path, content: bytes) -> None:
    """Write ``content`` to ``file`` with mode 0600, whole or not at all; folders are made as needed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    fresh.replace(file)
