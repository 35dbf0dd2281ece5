"""Defects in words fit for a log: what kind, raised where; never the message, which may quote personal data."""

import traceback
from pathlib import PurePath

_MOST_LINKED = 5
_MOST_FRAMES = 30
_SHOWN_PARTS = 3


def trace(error: BaseException) -> list[str]:
    """The error and what led to it, newest first: the type's name, then a ``file:line function`` per frame.

    At most 5 linked errors with the innermost 30 frames each.
    """
    lines: list[str] = []
    linked: BaseException | None = error
    for _ in range(_MOST_LINKED):
        if linked is None:
            break
        kind = type(linked)
        lines.append(f"{kind.__module__}.{kind.__qualname__}")
        frames = list(traceback.walk_tb(linked.__traceback__))[-_MOST_FRAMES:]
        lines += [f"  {_place(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}" for frame, line in frames]
        linked = linked.__cause__ or (None if linked.__suppress_context__ else linked.__context__)
    return lines


def _place(file: str) -> str:
    return "/".join(PurePath(file).parts[-_SHOWN_PARTS:])
