"""The page about keys keeps what it says: its Python runs, and its references are of kinds that exist."""

import re
from pathlib import Path
from typing import Any

from certs.signers.reference import KeyPlace

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-keys.md"
BLOCKS = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_s_python_runs() -> None:
    blocks = BLOCKS.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)  # our own page
    assert names["signature"]


def test_the_page_names_every_kind_of_reference() -> None:
    rows = re.findall(r"^\| `([a-z0-9]+):", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(KeyPlace)
