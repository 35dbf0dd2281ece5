"""The tests of ``run.py test``: pytest in random order on all cores, then the coverage that was promised."""

import os
import random
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.environment import Environment

WORKERS = 2
PROMISED = ("gateway/core/*", "gateway/services/*", "certs/*")
"""Packages whose every branch is run by a test."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
ROOM = 4 * 2**30
"""Bytes that must be free for what tests write to be kept in memory, for many wait longer for a disk than they run."""


def run(environment: Environment, arguments: list[str]) -> tuple[int, str, list[str]]:
    """Run pytest; the coverage is judged only of a whole run, one without ``arguments``.

    Returns pytest's exit code, the closing line (``N passed, N failed``) and what else failed.
    """
    var = environment.root / "var" / "test"
    var.mkdir(parents=True, exist_ok=True)
    report = var / "junit.xml"
    report.unlink(missing_ok=True)
    python = str(environment.program("python"))
    measure = ["-m", "coverage", "run"] if not arguments else []
    for old in var.glob("coverage*"):
        old.unlink()
    with scratch() as folder:
        options = [*_defaults(arguments), f"--junitxml={report}", f"--basetemp={folder}"]
        code = _call(environment, python, *measure, "-m", "pytest", *options, *arguments)
        keep(folder, var / "failed", wanted=code != 0)
    failures = [] if arguments else _coverage(environment, python)
    return code, closing(report, code), failures


@contextmanager
def scratch(memory: Path = MEMORY, room: int = ROOM) -> Iterator[Path]:
    """A folder for what tests write, gone afterwards: in memory where there is room and programs may be run there."""
    try:
        found = os.statvfs(memory)
        fits = found.f_bavail * found.f_frsize >= room and not found.f_flag & os.ST_NOEXEC
    except (OSError, AttributeError):  # Windows has neither
        fits = False
    with tempfile.TemporaryDirectory(
        prefix="yiwang-", dir=memory if fits else None, ignore_cleanup_errors=True
    ) as made:
        yield Path(made) / "t"


def closing(report: Path, code: int) -> str:
    """``N passed, N failed[, N skipped]`` from pytest's report."""
    try:
        suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - written by our own pytest a moment ago
    except (OSError, ET.ParseError):
        suite = None
    if suite is None:
        return f"0 passed, {1 if code else 0} failed"
    count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    return f"{max(0, count['tests'] - failed - count['skipped'])} passed, {failed} failed{skipped}"


def keep(folder: Path, place: Path, *, wanted: bool) -> None:
    """Whatever failing tests wrote stays to be looked at, on the disk, until the next run."""
    shutil.rmtree(place, ignore_errors=True)
    if wanted and folder.exists():
        with suppress(shutil.Error):  # sockets and pipes cannot be copied
            shutil.copytree(folder, place, symlinks=True)
        print(f"what they wrote: {place}", flush=True)


def _defaults(arguments: list[str]) -> list[str]:
    """Workers and seed, unless the caller says them; the seed is printed, so that an order can be had again."""
    options = []
    if not any(word.startswith(("-n", "--numprocesses")) for word in arguments):
        options += ["-n", str(min(WORKERS, os.cpu_count() or 1))]
    if not any("randomly-seed" in word or word == "no:randomly" for word in arguments):
        seed = random.SystemRandom().randrange(2**31)
        print(f"random order: the same again with `run.py test -- -p randomly --randomly-seed={seed}`", flush=True)
        options.append(f"--randomly-seed={seed}")
    return options


def _coverage(environment: Environment, python: str) -> list[str]:
    _call(environment, python, "-m", "coverage", "combine", "--quiet")
    command = [python, "-m", "coverage", "report", "--skip-covered", "--skip-empty", "--fail-under=100"]
    return ["coverage"] if _call(environment, *command, f"--include={','.join(PROMISED)}") else []


def _call(environment: Environment, *command: str) -> int:
    # compiled once, not in each of the hundreds of processes that the tests start
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        command, cwd=environment.root, env=variables, stdin=subprocess.DEVNULL, check=False
    ).returncode
