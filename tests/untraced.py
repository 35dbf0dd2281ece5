"""Which tests run without coverage's tracer: it takes as long as the tests, and most folders cover nothing promised.

The packages whose every branch is promised (tools/testing.py) are covered by the tests of the folders in COVERING. What
the others start, processes too, is not traced either.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

COVERING: Final = frozenset(
    {"audit", "certs", "cms", "core", "documents", "examination", "ofd", "pdf", "policy", "seal_register", "sealing"}
    | {"seals", "services", "sharing", "sharing_exchange", "sharing_service", "sharing_typed", "sharing_use", "signers"}
    | {"tasks", "telemetry", "timestamps", "x509"}
)
_HERE: Final = Path(__file__).parent
_CONFIG: Final = "COVERAGE_PROCESS_CONFIG"
"""By which coverage begins in processes that are started."""


def covers(path: Path) -> bool:
    """Whether a test file is one of those that cover what is promised, or is none of ours."""
    return _HERE not in path.parents or path.relative_to(_HERE).parts[0] in COVERING


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
