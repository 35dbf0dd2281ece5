"""Memory stays flat, however large documents are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 40
"""MB of memory for a document of 64 MB."""


@pytest.mark.parametrize("kind", ["ofd", "pdf"])
def test_a_large_document_is_sealed_and_compared_in_little_memory(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-m", "tests.documents.heavy", str(tmp_path), kind]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MOST
