"""What the command writes to the terminal."""

import sys

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
