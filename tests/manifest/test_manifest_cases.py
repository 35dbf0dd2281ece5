"""Golden folders: a manifest and exactly the findings it has, in English and then in Chinese."""

from pathlib import Path

import pytest

from adapters.kit.manifest.check import check, render
from adapters.kit.manifest.outline import Describe
from gateway.core.text import Language

CASES = sorted(folder.name for folder in (Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("name", CASES)
def test_a_manifest_has_exactly_the_findings_beside_it(name: str, cases: Path, describe: Describe) -> None:
    folder = cases / name
    known = describe if any((folder / file).exists() for file in ("outline.json", "unusable")) else None

    report = check(folder, known)

    lines = [line for language in (Language.EN, Language.ZH) for line in render(report, language)]
    found = "".join(line.removeprefix(f"{folder}/") + "\n" for line in lines)
    assert found == (folder / "findings.txt").read_text("utf-8")
    assert (report.manifest is None) == bool(report.findings)


def test_ten_mistakes_of_ten_kinds_are_ten_findings_at_once(cases: Path) -> None:
    findings = check(cases / "ten-mistakes").findings

    assert [(finding.line, finding.column) for finding in findings] == [
        (5, 3),
        (7, 36),
        (8, 1),
        (11, 23),
        (12, 20),
        (12, 38),
        (15, 28),
        (20, 20),
        (23, 14),
        (24, 27),
    ]
    assert len({finding.what.en for finding in findings}) == 10
