"""Trusted documents: asked for by id, in both spellings; where they are enforced nothing else is carried out."""

import hashlib
import re
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.text import Language
from schema.build import build_schema
from schema.execution.rendering import render_refusal
from schema.execution.trusted import DEVELOPERS, Enforced, TrustedDocuments, examine_documents
from tests.services.fakes import CITIZEN, FRONTEND

KNOWN, OTHER = "{ viewer { application { code } } }", "{ viewer { __typename } }"
ANYONE = Caller(FRONTEND, CITIZEN)
OPERATIONS = Caller(FRONTEND, Person(subject="p-1", role=Role.OPERATIONS, name="运维员", account="ops"))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apq(digest: object) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


TRUSTED = TrustedDocuments({sha(KNOWN): KNOWN})


def refused(
    query: str | None, document_id: str | None, extensions: dict[str, Any] | None, trusted: TrustedDocuments = TRUSTED
) -> Problem:
    with pytest.raises(Refusal) as refusal:
        trusted.text(query, document_id, extensions, ANYONE)
    return refusal.value.problem


@pytest.mark.parametrize(
    ("query", "document_id", "extensions"),
    [
        (None, f"sha256:{sha(KNOWN)}", None),
        (None, f"sha256:{sha(KNOWN).upper()}", None),
        (None, None, apq(sha(KNOWN))),
        (None, f"sha256:{sha(KNOWN)}", apq(sha(KNOWN))),
        (KNOWN, None, apq(sha(KNOWN))),
        (KNOWN, None, None),
        (KNOWN, None, {"other": 1}),
    ],
    ids=["documentId", "upper", "persistedQuery", "both", "with-text", "text", "other-extension"],
)
def test_a_document_is_named_or_sent(query: str | None, document_id: str | None, extensions: Any) -> None:
    assert TRUSTED.text(query, document_id, extensions, ANYONE) == KNOWN


@pytest.mark.parametrize(
    ("query", "document_id", "extensions", "problem"),
    [
        (None, None, None, problems.BODY_INVALID),
        (None, None, {"persistedQuery": None}, problems.BODY_INVALID),
        (None, f"sha256:{sha(OTHER)}", None, problems.DOCUMENT_UNKNOWN),
        (None, None, apq(sha(OTHER)), problems.DOCUMENT_UNKNOWN),
        (None, sha(KNOWN), None, problems.DOCUMENT_ID_INVALID),
        (None, "sha256:", None, problems.DOCUMENT_ID_INVALID),
        (None, f"sha256:{sha(KNOWN)} ", None, problems.DOCUMENT_ID_INVALID),
        (None, None, apq(7), problems.DOCUMENT_ID_INVALID),
        (None, None, {"persistedQuery": sha(KNOWN)}, problems.DOCUMENT_ID_INVALID),
        (None, f"sha256:{sha(KNOWN)}", apq(sha(OTHER)), problems.DOCUMENT_ID_INVALID),
        (OTHER, None, apq(sha(KNOWN)), problems.DOCUMENT_ID_INVALID),
    ],
    ids=[
        "nothing", "null", "unknown", "unknown-apq", "no-scheme", "short", "blank", "number", "no-object", "two",
        "other-text",
    ],
)  # fmt: skip
def test_what_names_no_trusted_document_is_refused(
    query: str | None, document_id: str | None, extensions: Any, problem: Problem
) -> None:
    assert refused(query, document_id, extensions) is problem


@pytest.mark.parametrize("language", list(Language))
def test_the_unknown_is_told_in_the_word_that_clients_know(language: Language) -> None:
    told = render_refusal(Refusal(problems.DOCUMENT_UNKNOWN), language)
    assert told["message"] == "PersistedQueryNotFound"
    assert told["extensions"]["code"] == "NOT_FOUND"


def test_asking_with_a_text_registers_nothing() -> None:
    assert TRUSTED.text(OTHER, None, apq(sha(OTHER)), ANYONE) == OTHER
    assert refused(None, None, apq(sha(OTHER))) is problems.DOCUMENT_UNKNOWN


@pytest.mark.parametrize(
    "enforced",
    [Enforced(everywhere=True), Enforced(applications=frozenset({FRONTEND.code}))],
    ids=["everywhere", "application"],
)
def test_where_they_are_enforced_no_other_text_is_carried_out(enforced: Enforced) -> None:
    trusted = TrustedDocuments({sha(KNOWN): KNOWN}, enforced)
    assert refused(OTHER, None, None, trusted) is problems.DOCUMENT_UNTRUSTED
    assert refused(OTHER, None, apq(sha(OTHER)), trusted) is problems.DOCUMENT_UNTRUSTED
    assert refused(KNOWN + " ", None, None, trusted) is problems.DOCUMENT_UNTRUSTED
    assert refused("\ud800", None, None, trusted) is problems.DOCUMENT_UNTRUSTED
    assert trusted.text(KNOWN, None, None, ANYONE) == KNOWN
    assert trusted.text(None, None, apq(sha(KNOWN)), ANYONE) == KNOWN


def test_who_may_run_no_other_is_not_told_to_send_the_text_of_an_unknown_id() -> None:
    trusted = TrustedDocuments({sha(KNOWN): KNOWN}, Enforced(everywhere=True))
    problem = refused(None, None, apq(sha(OTHER)), trusted)
    assert problem is problems.DOCUMENT_UNKNOWN_TO_BOUND
    for language in Language:
        told = render_refusal(Refusal(problem), language)
        assert told["extensions"]["code"] == "NOT_FOUND"
        assert told["message"] != "PersistedQueryNotFound"  # after which clients send it by themselves
        assert not re.search("text|发送", told["extensions"]["remedy"])


def test_the_last_line_break_of_a_file_is_part_of_its_id_or_not() -> None:
    trusted = TrustedDocuments({sha(KNOWN + "\n"): KNOWN + "\n"}, Enforced(everywhere=True))
    for text in (KNOWN, KNOWN + "\n"):
        assert trusted.text(None, None, apq(sha(text)), ANYONE).strip() == KNOWN
        assert trusted.text(text, None, None, ANYONE) == text
    assert refused(KNOWN + "\n\n", None, None, trusted) is problems.DOCUMENT_UNTRUSTED
    assert refused(None, None, apq(sha(OTHER)), TrustedDocuments({sha(KNOWN): KNOWN})) is problems.DOCUMENT_UNKNOWN


def test_an_application_that_is_not_named_may_send_text() -> None:
    trusted = TrustedDocuments({}, Enforced(applications=frozenset({FRONTEND.code})))
    assert trusted.text(OTHER, None, None, Caller(Application("hall", "大厅"), CITIZEN)) == OTHER


def test_developers_may_send_text_where_they_are_exempt() -> None:
    open_to_them = TrustedDocuments({}, Enforced(everywhere=True, exempt=DEVELOPERS))
    assert open_to_them.text(OTHER, None, None, OPERATIONS) == OTHER
    with pytest.raises(Refusal):
        open_to_them.text(OTHER, None, None, Caller(FRONTEND))
    with pytest.raises(Refusal):
        TrustedDocuments({}, Enforced(everywhere=True)).text(OTHER, None, None, OPERATIONS)


def test_documents_are_examined_by_schema_and_limits() -> None:
    wrong = {"1": "{ viewer {\n nmae } }", "2": "{ viewer", "3": "{ viewer " + "{ a " * 20 + "}" * 21, "4": KNOWN}
    found = list(examine_documents(build_schema(), wrong))
    assert [digest for digest, _ in found] == ["1", "2", "3"]
    assert found[0][1].startswith("2:2: the GraphQL document is wrong: Cannot query field 'nmae'")
    assert "Syntax Error" in found[1][1]
    assert found[2][1].endswith("nested deeper than 16 levels")
