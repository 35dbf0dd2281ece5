"""A gateway starts with sound trusted documents or not at all, and enforces them for whom the settings name."""

from pathlib import Path
from typing import Any

import pytest

from gateway.core.caller import Application, Caller
from gateway.core.errors import ConfigurationInvalid, Refusal
from gateway.settings import Mode, Settings, load_settings
from schema.build import build_schema
from schema.execution.trusted import TrustedDocuments
from schema.execution.trusted_files import load_trusted_documents
from tests.schema.test_trusted_documents import ANYONE, KNOWN, OPERATIONS, OTHER, sha
from tests.services.fakes import CITIZEN

SCHEMA = build_schema()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "known.graphql").write_text(KNOWN, "utf-8")
    return tmp_path


def load(folder: Path | None, **changed: Any) -> TrustedDocuments:
    settings = Settings.model_construct(
        trusted_documents=folder, **{"trusted_only": "off", "mode": Mode.PRODUCTION} | changed
    )
    return load_trusted_documents(settings, SCHEMA)


def may_send_text(trusted: TrustedDocuments, caller: Caller) -> bool:
    try:
        return trusted.text(OTHER, None, None, caller) == OTHER
    except Refusal:
        return False


def test_without_documents_every_text_is_carried_out() -> None:
    assert may_send_text(load(None), ANYONE)


def test_documents_are_known_by_their_digest(folder: Path) -> None:
    trusted = load(folder)
    assert trusted.text(None, f"sha256:{sha(KNOWN)}", None, ANYONE) == KNOWN
    assert may_send_text(trusted, ANYONE)


@pytest.mark.parametrize(
    ("only", "mode", "portal", "hall", "operations"),
    [
        ("off", Mode.PRODUCTION, True, True, True),
        ("all", Mode.PRODUCTION, False, False, False),
        ("all", Mode.DEVELOPMENT, False, False, True),
        ("portal, counter", Mode.PRODUCTION, False, True, False),
    ],
)
def test_they_are_enforced_for_whom_the_settings_name(
    folder: Path, only: str, mode: Mode, portal: bool, hall: bool, operations: bool
) -> None:
    trusted = load(folder, trusted_only=only, mode=mode)
    callers = (ANYONE, Caller(Application("hall", "大厅"), CITIZEN), OPERATIONS)
    assert [may_send_text(trusted, caller) for caller in callers] == [portal, hall, operations]


def test_a_wrong_document_is_named(folder: Path) -> None:
    (folder / "wrong.graphql").write_text("{ viewer {\n nmae } }", "utf-8")
    with pytest.raises(ConfigurationInvalid, match=r"wrong\.graphql: 2:2: .*nmae.*yiwang schema documents check"):
        load(folder)


def test_of_many_wrong_documents_some_are_named(folder: Path) -> None:
    for n in range(9):
        (folder / f"wrong{n}.graphql").write_text(f"{{ a{n} }}", "utf-8")
    with pytest.raises(ConfigurationInvalid, match=r"\(and 4 more\)"):
        load(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="No such file"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TRUSTED_ONLY": "all"}, "TRUSTED_ONLY needs TRUSTED_DOCUMENTS"),
        ({"TRUSTED_ONLY": "all,portal", "TRUSTED_DOCUMENTS": "x"}, "is neither off, nor all, nor codes"),
        ({"TRUSTED_ONLY": "portal,,hall", "TRUSTED_DOCUMENTS": "x"}, "is neither off, nor all, nor codes"),
        ({"TRUSTED_ONLY": "", "TRUSTED_DOCUMENTS": "x"}, "is neither off, nor all, nor codes"),
        ({"PERSON_RATE": "20"}, "20/60 means 20 requests a second"),
        ({"APPLICATION_RATE": "0/1"}, "20/60 means 20 requests a second"),
        ({"COST_LIMIT": "10"}, "COST_LIMIT"),
        ({"PUBLIC_URL": "https://gateway.example.invalid/"}, "PUBLIC_URL"),
        ({"UPLOAD_BYTES": "4294967296"}, "UPLOAD_BYTES"),
    ],
)
def test_wrong_settings_are_refused(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"YIWANG_{name}", value)
    with pytest.raises(ConfigurationInvalid, match=words):
        load_settings()
