"""What the command writes to the terminal."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Final

from rich.console import Console
from rich.markup import escape

_PIPED_WIDTH = 120
"""Columns where no terminal says how many it has: tables in a log should not be folded."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(what: str, remedy: str) -> None:
    """Say on standard error what is wrong and how to mend it."""
    err.print(f"[red]✗[/red] {escape(what)}")
    err.print(f"  → {escape(remedy)}")


class OutputLost(Exception):
    """Standard output takes no more; what is wrong with it, and the remedy."""


_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def show_every_letter() -> None:
    """Let a terminal whose letters lack some of ours show a question mark for them, and go on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def guarded() -> Iterator[None]:
    """What the block cannot write to standard output, as OutputLost; what it was about to write is dropped.

    Raises:
        OutputLost: a full disk, or the like.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, sys.stdout.fileno())  # or the interpreter tries again, and complains, at its end
        os.close(silent)
        what = f"标准输出无法写入 · standard output cannot be written: {error.strerror}"
        raise OutputLost(what, "换一个有空间的地方 · write it where there is room") from error


def flush() -> None:
    """Bring what was said to where it goes; errors as in ``guarded``."""
    with guarded():
        if sys.stdout is not None:
            sys.stdout.flush()
