"""Coverage-guided fuzzing of the readers of OFD, seals and PDF, each in processes of its own."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.soak.fuzzing.engine import EngineMissing, engine

ROOT = Path(__file__).resolve().parents[2]
READERS = ("ofd", "seals", "pdf")
WAIT_SECONDS = 120
"""By the clock, for what does not come back from foreign code; fuzzing.runs counts the processor's time."""
MEMORY_MIB = 2_048
STARTS = 40
"""Processes of one reader at most: each start after the first is for one that an input ended."""
_SHORTEST = 5.0


def fuzz(folder: Path, *, minutes: float, readers: Sequence[str] = READERS) -> dict[str, Any]:
    """Fuzz readers, two at a time.

    Args:
        folder: gets for each reader ``corpus``, ``findings`` (inputs, and what they raised) and the engine's words.
        minutes: of each reader.
        readers: which.

    Returns:
        for each reader what was run and found; ``holds`` if there was no finding.
    """
    try:
        path = engine(ROOT)
    except EngineMissing as error:
        return {"reason": str(error), "holds": False}
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda reader: fuzz_reader(folder / reader, reader, minutes * 60, path), readers)
        results = dict(zip(readers, found, strict=True))
    return {**results, "holds": all(result["runs"] and not result["findings"] for result in results.values())}


def fuzz_reader(folder: Path, reader: str, seconds: float, engine_path: Path) -> dict[str, Any]:
    """Fuzz one reader; a process that an input ended is followed by another."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(engine_path)))}
    end, exits = time.monotonic() + seconds, list[int]()
    while (left := end - time.monotonic()) > (_SHORTEST if exits else 0) and len(exits) < STARTS:
        words = [f"-max_total_time={max(1, int(left))}", f"-timeout={WAIT_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}"]
        command = [sys.executable, "-m", "tests.soak.fuzzing.process", reader, str(folder.resolve()), *words]
        with (folder / "engine.log").open("ab") as log:
            done = subprocess.run(
                command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        exits.append(done.returncode)
    return gathered(folder, exits)


def gathered(folder: Path, exits: Sequence[int]) -> dict[str, Any]:
    """What the processes of one reader left behind."""
    reports = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("status-*.json"))]
    findings = Counter[str]()
    for report in reports:
        findings.update(report["findings"])
    # what ended a process, the engine has kept itself
    for pattern in ("crash-*", "timeout-*", "oom-*", "leak-*"):
        findings.update(file.name for file in (folder / "findings").glob(pattern))
    findings.update(f"a process ended with {code}" for code in exits if code)
    return {
        "runs": sum(report["runs"] for report in reports),
        "taken": sum(report["taken"] for report in reports),
        "corpus": sum(1 for _ in (folder / "corpus").glob("*")),
        "slowestSeconds": max((report["slowest"] for report in reports), default=0.0),
        "memoryMiB": max((report["memoryMiB"] for report in reports), default=0),
        "starts": len(exits),
        "findings": dict(findings),
    }
