"""Which tests run without coverage's tracer: it takes as long as the tests, and most folders cover nothing promised.

The packages whose every branch is promised (tools/testing.py) are covered by the tests of the other folders. What these
start, processes too, is not traced either; nor is the reading of the tests themselves.
"""

import importlib
import os
import pkgutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

UNTRACED: Final = frozenset(
    {"exchange", "foreign", "java", "kit", "manifest", "mapping", "node", "platforms", "sandbox", "schema", "store"}
    | {"test_demo.py", "test_demo_processes.py", "test_how_to_run.py", "tooling", "web", "wire"}
    | {"test_grants_machine.py", "test_requests_machine.py", "sharing_exchange/test_crashes.py"}
    | {"policy", "test_every_byte.py", "test_x509_mutations.py"}
    | {"sealing/test_crashes.py", "sealing/test_in_processes.py", "sealing/test_on_databases.py"}
)
"""Folders and files of tests that cover nothing of it which others do not."""

PROMISED: Final = ("gateway.core", "gateway.services", "certs")
"""The packages of which every branch is promised."""

_HERE: Final = Path(__file__).parent
_CONFIG: Final = "COVERAGE_PROCESS_CONFIG"
"""By which coverage begins in processes that are started."""


def covers(path: Path) -> bool:
    """Whether a test file may be one of those that cover what is promised."""
    if _HERE not in path.parents:
        return True
    within = path.relative_to(_HERE)
    return UNTRACED.isdisjoint((*within.parts, within.as_posix()))


def load_promised() -> None:
    """Import what is promised, while the tracer sees it: the tests that import it first may be read without."""
    if sys.gettrace() is None:
        return
    for name in PROMISED:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(found.name)


@contextmanager
def untraced() -> Iterator[None]:
    """Without the tracer until the block ends."""
    tracer, of_threads, config = sys.gettrace(), threading.gettrace(), os.environ.pop(_CONFIG, None)
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)
        if config is not None:
            os.environ[_CONFIG] = config
