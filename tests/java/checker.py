"""Asking BouncyCastle: ``Checker.java`` beside this, compiled once for each text of it; ``@WITH_JAVA`` marks tests."""

import atexit
import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

WITH_JAVA = pytest.mark.group("java", needs="a JDK and Debian's package libbcpkix-java")

_SOURCES = sorted(Path(__file__).parent.glob("*.java"))
_HOME = Path(__file__).parents[2] / "var" / "test" / "java"
_JARS = [f"/usr/share/java/{name}.jar" for name in ("bcprov", "bcpkix", "bcutil")]
_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp")


@cache
def classes() -> Path:
    """The folder with the compiled checker: beside its place first, as another process may do the same."""
    folder = _HOME / hashlib.sha256(b"\0".join(source.read_bytes() for source in _SOURCES)).hexdigest()[:16]
    if not folder.exists():
        _HOME.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="building-", dir=_HOME))
        try:
            command = ["javac", "-Xlint:all,-path,-processing", "-Werror", "-encoding", "UTF-8"]
            done = _run([*command, "-cp", ":".join(_JARS), "-d", building, *_SOURCES], timeout=100)
            assert not done.returncode, done.stderr
            building.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return folder


def check(*words: object) -> str:
    """What BouncyCastle says of one check: ``ok …`` with what it read, or ``no …`` with why not."""
    return check_all([words])[0]


def check_all(checks: Sequence[Sequence[object]], timeout: float = 100) -> list[str]:
    """What it says of several checks; each is a tuple of words."""
    checker = _checker()
    assert checker.stdin is not None
    assert checker.stdout is not None
    stuck = threading.Timer(timeout, checker.kill)
    stuck.start()
    try:
        for words in checks:
            checker.stdin.write("\t".join(str(word) for word in words) + "\n")
        checker.stdin.flush()
        said = [checker.stdout.readline().strip() for _ in checks]
    finally:
        stuck.cancel()
    if not all(said):
        _checker.cache_clear()
        raise AssertionError(f"the checker ended, or took more than {timeout} seconds")
    return said


@cache
def _checker() -> "subprocess.Popen[str]":
    """One for all checks of this process, which takes longer to start than to check; it ends when nobody asks more."""
    command = ["java", *_OPTIONS, ":".join([str(classes()), *_JARS]), "Checker", "-"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    atexit.register(_end, running)
    return running


def _end(running: "subprocess.Popen[str]") -> None:
    with running, suppress(OSError):
        assert running.stdin is not None
        running.stdin.close()


def _run(command: Sequence[object], timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, encoding="utf-8", timeout=timeout, check=False
    )
