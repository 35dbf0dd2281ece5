"""`yiwang system check` as a department runs it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import adapters.systems
from gateway.cli.main import app

SHIPPED = Path(adapters.systems.__path__[0]) / "city-licences"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / SHIPPED.name))


def mistaken(folder: Path, *changes: tuple[str, str]) -> Path:
    file = folder / "manifest.yaml"
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    return file


def checked(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["system", "check", *map(str, arguments)])


def test_a_manifest_is_named_by_its_folder_or_by_itself(folder: Path) -> None:
    for path in (folder, folder / "manifest.yaml"):
        result = checked(path, "--language", "en")
        assert (result.exit_code, result.stderr) == (0, "✓ 1 manifest is clean\n")


def test_a_folder_without_a_manifest_is_a_finding(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "manifest.yaml"):
        result = checked(path, "--language", "en")
        assert result.exit_code == 1
        assert "the folder has no manifest.yaml" in result.stdout


@pytest.mark.parametrize(("language", "said"), [("en", ("1 finding", "2 findings")), ("zh", ("1 个问题", "2 个问题"))])
def test_findings_are_counted_as_the_language_counts(folder: Path, language: str, said: tuple[str, str]) -> None:
    mistaken(folder, ("420100", "420199"))
    assert checked(folder, "--language", language).stderr == f"✗ {said[0]}\n"
    mistaken(folder, ("level: city", "level: town"))
    assert checked(folder, "--language", language).stderr == f"✗ {said[1]}\n"


def test_json_has_every_finding_with_its_place_in_both_languages(folder: Path) -> None:
    file = mistaken(folder, ("420100", "420199"))
    result = checked(folder, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, document["checked"]) == (1, "", 1)
    [finding] = document["findings"]
    assert (finding["file"], finding["line"] > 1, finding["column"] > 1) == (str(file), True, True)
    assert "region" in finding["what"]["en"]
    assert "行政区划" in finding["what"]["zh"]
    assert set(finding["remedy"]) == {"zh", "en"}


def test_json_of_clean_manifests_has_no_findings(folder: Path) -> None:
    result = checked(folder, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"checked": 1, "findings": []})
