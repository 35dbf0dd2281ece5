"""The files of trusted documents: both forms of manifest, folders, and a line for whatever is wrong with them."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.cli.documents import app
from gateway.store import trusted_documents
from gateway.store.trusted_documents import read_trusted_texts

ONE, TWO = "{ viewer { application { code } } }", "query Q { viewer { __typename } }"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apollo(*texts: str, **changed: Any) -> bytes:
    operations = [{"id": sha(text), "name": "Q", "type": "query", "body": text} for text in texts]
    usual = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    return msgspec.json.encode(usual | changed)


@pytest.mark.parametrize(
    "content",
    [apollo(ONE, TWO), msgspec.json.encode({sha(ONE): ONE, sha(TWO).upper(): TWO})],
    ids=["apollo", "plain"],
)
def test_a_manifest_is_read_in_both_forms(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    read = read_trusted_texts(file)
    assert read.texts == {sha(ONE): ONE, sha(TWO): TWO}
    assert read.findings == []


def test_a_folder_holds_documents_and_manifests(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.graphql").write_text(ONE, "utf-8")
    (tmp_path / "two.json").write_bytes(apollo(TWO))
    (tmp_path / "README.md").write_text("words", "utf-8")
    read = read_trusted_texts(tmp_path)
    assert read.texts == {sha(ONE): ONE, sha(TWO): TWO}
    assert read.places[sha(ONE)] == str(tmp_path / "pages" / "one.graphql")
    assert read.places[sha(TWO)] == f"{tmp_path / 'two.json'}: operations[0]"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[]", "Expected `object`"),
        (b"{", "truncated"),
        (b"\xff", "malformed"),
        (apollo(ONE, version=2), "its format is not apollo-persisted-query-manifest, version 1"),
        (apollo(ONE, format="other"), "its format is not apollo-persisted-query-manifest, version 1"),
        (apollo(ONE, operations=[{"id": "x"}]), "missing required field `body`"),
        (msgspec.json.encode({sha(TWO): ONE}), "its id is not the SHA-256 of its document"),
        (msgspec.json.encode({"x": 1}), "Expected `str`"),
    ],
    ids=["list", "cut", "binary", "version", "format", "operation", "digest", "shape"],
)
def test_what_is_wrong_with_a_manifest_is_said_in_a_line(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    read = read_trusted_texts(file)
    (finding,) = read.findings
    assert finding.startswith(f"{file}: ")
    assert words in finding
    assert "; " in finding
    assert not read.texts


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "No such file" in read_trusted_texts(tmp_path / "none.json").findings[0]
    assert "holds no .graphql" in read_trusted_texts(tmp_path).findings[0]


def test_size_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "manifest.json").write_bytes(apollo(ONE, TWO))
    monkeypatch.setattr(trusted_documents, "_MOST", 1)
    read = read_trusted_texts(tmp_path)
    assert len(read.texts) == 1
    assert "more than 1 documents" in read.findings[0]
    monkeypatch.setattr(trusted_documents, "_BIGGEST", 10)
    assert "larger than 10 bytes" in read_trusted_texts(tmp_path).findings[0]


def test_the_command_names_findings_a_line_each(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(apollo(ONE, TWO))
    bad.write_bytes(apollo(ONE, "{ viewer { nmae } }", "{ viewer", operations_extra=1))
    checked = CliRunner().invoke(app, ["check", str(good)])
    assert (checked.exit_code, checked.stdout) == (0, "✓ 2 个文档 · documents\n")
    checked = CliRunner().invoke(app, ["check", str(bad)])
    assert checked.exit_code == 1
    lines = checked.stdout.splitlines()
    assert len(lines) == 2
    assert any(f"{bad}: operations[1]: 1:12: " in line and "nmae" in line for line in lines)
    assert any(f"{bad}: operations[2]: 1:9: " in line and "Syntax Error" in line for line in lines)
    missing = CliRunner().invoke(app, ["check", str(tmp_path / "none")])
    assert missing.exit_code == 1
