"""Generated pages are those that the classes give today, and leave nothing unexplained."""

import json
import re
from pathlib import Path

from adapters.kit.manifest.reference import PAGE, SCHEMA, json_schema, reference_page, write_reference

DOCS = Path(__file__).parents[2] / "docs"


def test_page_and_schema_are_fresh(tmp_path: Path) -> None:
    write_reference(tmp_path)

    for name in (PAGE, SCHEMA):
        fresh = (tmp_path / "reference" / name).read_text("utf-8")
        assert (DOCS / "reference" / name).read_text("utf-8") == fresh


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in reference_page().splitlines() if line.startswith("| `")]

    assert len(rows) > 90
    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []


def test_every_section_of_the_schema_is_closed() -> None:
    schema = json_schema()
    sections = [schema, *(each for each in schema["$defs"].values() if "properties" in each)]

    assert all(section["additionalProperties"] is False for section in sections)
    assert "oneOf" not in json.dumps(schema)
