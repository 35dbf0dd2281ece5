"""What the golden folders do not say: every rule is shown, secrets are never repeated, files are pinned down."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.kit.manifest.check import check, render
from adapters.kit.manifest.findings import Finding, closest, listed, shown
from adapters.kit.manifest.model import Manifest, SoapProtocol
from adapters.kit.manifest.outline import Describe
from adapters.kit.manifest.rules import RULES, Rule
from adapters.kit.manifest.rules.scene import Scene
from adapters.kit.manifest.source import parse_source, read_source
from gateway.core.text import Language, Text


def scenes(cases: Path, describe: Describe) -> Iterator[Scene]:
    for folder in sorted(cases.iterdir()):
        root = read_source(folder).root
        if root is not None:
            outlined = (folder / "outline.json").exists()
            yield Scene(
                root, folder, describe(folder / "demo.wsdl", SoapProtocol(wsdl="demo.wsdl")) if outlined else None
            )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_finds_something_in_a_case(rule: Rule, cases: Path, describe: Describe) -> None:
    assert any(list(rule(scene)) for scene in scenes(cases, describe))


def test_a_pasted_secret_is_never_repeated(cases: Path) -> None:
    report = check(cases / "secrets-written-out")

    said = "\n".join([*render(report, Language.EN), *render(report, Language.ZH)])
    assert report.findings
    assert not [word for word in ("correct-horse", "Tr0ub4dor", "s3cr3tvalue", "hunter2", "clerk") if word in said]


def test_no_value_of_a_broken_manifest_is_repeated(cases: Path, tmp_path: Path) -> None:
    folder = tmp_path / "good-rest"
    text = (cases / "good-rest" / "manifest.yaml").read_text("utf-8")
    folder.mkdir()
    for word in (
        "level: city",
        "into: query.access_token",
        "identity_number: holder.number",
        "state: {code: license_status",
    ):
        assert word in text
        text = text.replace(word, word + "-Sw0rdf1sh")
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")

    report = check(folder)

    assert len(report.findings) >= 2
    assert "Sw0rdf1sh" not in "\n".join(render(report, Language.EN))


def test_a_good_manifest_is_given_with_its_defaults(cases: Path) -> None:
    manifest = check(cases / "good-small").manifest

    assert isinstance(manifest, Manifest)
    assert (manifest.limits.deadline, manifest.protocol.charset.response) == (5.0, "sniff")
    served = manifest.serving("LicenceSource.list")
    assert served is not None
    assert served[0] == "list"
    assert manifest.serving("LicenceSource.get") is None


def test_outcomes_are_of_the_operation_and_then_of_the_system(cases: Path) -> None:
    manifest = check(cases / "good-rest").manifest

    assert manifest is not None
    assert manifest.outcome_of(manifest.operations["login"], "100") == "DENIED"
    assert manifest.outcome_of(manifest.operations["login"], "7") is None


def test_python_names_are_no_keys(cases: Path, tmp_path: Path) -> None:
    folder = tmp_path / "good-small"
    text = (cases / "good-small" / "manifest.yaml").read_text("utf-8")
    folder.mkdir()
    (folder / "manifest.yaml").write_text(text.replace("holderTypes", "holder_types"), encoding="utf-8")

    assert [finding.suggestion for finding in check(folder).findings] == ["holderTypes"]


def test_a_wsdl_that_is_a_link_to_elsewhere_is_not_there(cases: Path, tmp_path: Path, describe: Describe) -> None:
    folder = tmp_path / "good-soap"
    shutil.copytree(cases / "good-soap", folder)
    (folder / "demo.wsdl").rename(tmp_path / "elsewhere.wsdl")
    (folder / "demo.wsdl").symlink_to(tmp_path / "elsewhere.wsdl")

    assert [finding.what.en for finding in check(folder, describe).findings] == ["the folder has no such WSDL"]


def test_a_finding_is_one_line_in_either_language() -> None:
    finding = Finding(
        file="a/manifest.yaml",
        line=3,
        column=7,
        what=Text("未知的键 {x", "unknown key {x"),
        remedy=Text("删去", "take it away"),
        suggestion="x",
    )

    assert finding.render(Language.EN) == "a/manifest.yaml:3:7: unknown key {x; did you mean x; take it away"
    assert finding.render(Language.ZH) == "a/manifest.yaml:3:7: 未知的键 {x；是否想写 x；删去"


def test_names_are_shown_only_if_they_look_like_names() -> None:
    assert [shown(name) for name in ("app_key", "姓名", "x" * 41, "", "a\nb")] == ["app_key", "姓名", "…", "…", "…"]
    assert listed(["a", "b", "c"], most=2) == "a, b, …"


def test_the_closest_name_ignores_case_and_separators() -> None:
    assert closest("valid_until", {"validUntil", "validFrom"}) == "validUntil"
    assert closest("zzz", {"validUntil"}) is None


def test_a_combination_that_no_rule_knows_is_a_finding_all_the_same(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.kit.manifest.check.RULES", ())

    report = check(cases / "success-tests")

    assert report.manifest is None
    assert [finding.what.en for finding in report.findings] == ["what the manifest says does not go together"]


def test_a_key_is_renamed_wherever_it_stands() -> None:
    root = parse_source("a: [{x: 1, b: 2}]\nx: 3").root

    assert root is not None
    assert root.renamed(("a", 0), "x", "y").data() == {"a": ({"y": 1, "b": 2},), "x": 3}
