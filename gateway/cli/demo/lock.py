"""One demo at a time in a folder."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.core.errors import ConfigurationInvalid

_FILE = "demo.lock"
_LONGEST = 200


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keep other demos out of ``folder``, which is made if needed, until the block ends.

    The kernel gives the lock back however this process ends, so the file that stays behind means nothing.

    Raises:
        ConfigurationInvalid: another demo runs there; says which process it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read(_LONGEST).strip() or "?"
            raise ConfigurationInvalid(
                f"另一个演示正在使用 {folder}（{holder}）· another demo uses {folder} ({holder})",
                "先结束它，或另选目录与端口 · end it, or choose another --folder, --port and --base-port",
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}: {' '.join(sys.argv)}\n"[:_LONGEST])
        file.flush()
        yield
