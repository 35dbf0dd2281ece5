"""Which tests run without coverage's tracer: it takes as long as the tests, and most folders cover nothing promised.

The packages whose every branch is promised (tools/testing.py) are covered by the tests of the other folders. What these
start, processes too, is not traced either.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

UNTRACED: Final = frozenset(
    {"exchange", "foreign", "java", "kit", "manifest", "mapping", "node", "platforms", "sandbox", "schema", "store"}
    | {"test_demo.py", "test_demo_processes.py", "test_how_to_run.py", "tooling", "web", "wire"}
)
"""Folders and files of tests that cover nothing of it which others do not."""

_HERE: Final = Path(__file__).parent
_CONFIG: Final = "COVERAGE_PROCESS_CONFIG"
"""By which coverage begins in processes that are started."""


def covers(path: Path) -> bool:
    """Whether a test file may be one of those that cover what is promised."""
    return _HERE not in path.parents or UNTRACED.isdisjoint(path.relative_to(_HERE).parts)


@contextmanager
def untraced() -> Iterator[None]:
    """Without the tracer until the block ends."""
    tracer, config = sys.gettrace(), os.environ.pop(_CONFIG, None)
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        if config is not None:
            os.environ[_CONFIG] = config
