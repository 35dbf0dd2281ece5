"""Asking BouncyCastle: ``Checker.java`` beside this, compiled once for each text of it; ``@WITH_JAVA`` marks tests."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
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


def check(*words: object, timeout: float = 60) -> str:
    """What BouncyCastle says of one check: ``ok …`` with what it read, or ``no …`` with why not."""
    done = _run(["java", *_OPTIONS, ":".join([str(classes()), *_JARS]), "Checker", *words], timeout=timeout)
    assert done.stdout, done.stderr
    return done.stdout.strip()


def check_all(checks: Sequence[Sequence[object]], timeout: float = 100) -> list[str]:
    """What it says of several checks, in one process; each is a tuple of words."""
    lines = "".join("\t".join(str(word) for word in words) + "\n" for words in checks)
    command = ["java", *_OPTIONS, ":".join([str(classes()), *_JARS]), "Checker", "-"]
    done = _run(command, timeout=timeout, told=lines)
    said = done.stdout.splitlines()
    assert len(said) == len(checks), done.stderr
    return said


def _run(command: Sequence[object], timeout: float, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        input=told, capture_output=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip
