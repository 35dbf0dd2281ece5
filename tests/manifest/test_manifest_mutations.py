"""Whatever is done to a good manifest, checking ends in findings or in a manifest, never in both or an exception."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.auth.style import compile_auth
from adapters.kit.manifest.check import check, render
from adapters.kit.manifest.outline import Describe
from adapters.kit.manifest.source import read_source
from adapters.kit.mapping import compile_request
from gateway.core.text import Language
from tests.thoroughness import tried

GOOD = (
    "good-rest",
    "good-soap",
    "good-signed",
    "good-soap-header",
    "good-unwrap",
    "good-cases",
    "good-scans",
    "good-paging",
    "good-probe",
    "good-exchange",
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.text(max_size=12),
    st.sampled_from(["holder.number", "row.x", "rest", "a[]", ".", "now", "{0}", "999s", "5GB", "VALID", "login"]),
    st.sampled_from(["session.secret", "timestamp", "body", "header.x-a", "request.idNo"]),
    st.builds(list),
    st.builds(dict),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["value", "setting", "date", "as", "code", "from", "x", "each"]), st.just("a")),
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in pairs for place in places(child, (*path, key)))][not path :]


def mutate(document: Any, draw: st.DrawFn) -> None:
    path = draw(st.sampled_from(places(document)))
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    action = draw(st.sampled_from(["delete", "rename", "replace", "add"]))
    if action == "add" and isinstance(parent[path[-1]], dict):
        parent[path[-1]][draw(st.text(max_size=6))] = draw(VALUES)
    elif action == "rename" and isinstance(parent, dict):
        value = parent.pop(path[-1])
        parent[draw(st.one_of(st.text(max_size=8), st.just(path[-1][:-1])))] = value
    elif action == "delete":
        del parent[path[-1]]
    else:
        parent[path[-1]] = draw(VALUES)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Path:
    root = tmp_path_factory.mktemp("mutations")
    for name in GOOD:
        (root / name).mkdir()
        for file in (cases / name).iterdir():
            (root / name / file.name).write_bytes(file.read_bytes())
    return root


@settings(max_examples=tried(50, 400))
@given(data=st.data(), name=st.sampled_from(GOOD))
def test_every_mutation_gives_findings_or_a_manifest(
    data: st.DataObject, name: str, workshop: Path, cases: Path, describe: Describe
) -> None:
    good = read_source(cases / name).root
    assert good is not None
    document = json.loads(json.dumps(good.data()))

    @st.composite
    def mutated(draw: st.DrawFn) -> str:
        for _ in range(draw(st.integers(1, 3))):
            if places(document):
                mutate(document, draw)
        return json.dumps(document, ensure_ascii=False, indent=1)

    text = data.draw(mutated())
    (workshop / name / "manifest.yaml").write_text(text, encoding="utf-8", errors="replace")

    report = check(workshop / name, describe if name == "good-soap" else None)

    assert bool(report.findings) == (report.manifest is None)
    if report.manifest is not None:  # what has no findings can be built
        compile_auth(report.manifest, None, secrets.token_bytes)
        for operation in report.manifest.operations.values():
            compile_request(operation.request, report.manifest)
    lines = text.count("\n") + 1
    assert all(1 <= finding.line <= lines and finding.column >= 1 for finding in report.findings)
    assert len(render(report, Language.ZH)) == len(render(report, Language.EN)) == len(report.findings)
