"""`python3 run.py soak tests`: the whole suite, trying more of what it makes up than every day."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.thoroughness import PROFILE, VARIABLE
from tools import testing

ROOT = Path(__file__).resolve().parents[2]


def thorough(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Every test, in the order of the seed; what they wrote is in the folder afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "junit.xml"
    command = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 1), f"--randomly-seed={given.seed}"]
    command += ["--timeout=1800", f"--junitxml={report}", f"--basetemp={folder / 't'}"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {VARIABLE: PROFILE}, check=False)
    return {"holds": done.returncode == 0, "tests": testing.closing(report, done.returncode)}
