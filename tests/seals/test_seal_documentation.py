"""The example in docs/reference/seals.md works as it stands."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_makes_a_valid_seal() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/reference/seals.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert re.findall(r"^(\d+) (\w+)", done.stdout, re.MULTILINE) == [
        ("4", "VALID"), ("4", "VALID"), ("9", "VALID"), ("4", "VALID"),
    ]  # fmt: skip
