"""What the command writes to the terminal."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(what: str, remedy: str) -> None:
    """Say on standard error what is wrong and how to mend it."""
    err.print(f"[red]✗[/red] {what}")
    err.print(f"  → {remedy}")
