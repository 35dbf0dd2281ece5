"""Limits of documents and variables: what is over one is refused by its name, and fast; what is usual passes."""

import contextlib
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.core import problems
from gateway.core.errors import Refusal
from schema.build import build_schema
from schema.execution import inputs, measuring
from schema.execution.documents import DocumentInvalid, Documents
from schema.execution.inputs import check_variables

SCHEMA = build_schema()
VIEWER = "viewer { application { code } }"
LEAVES = (
    "id state identifier number name issuedOn validFrom validUntil pastEndDate stateReason rawState warnings "
    "provenance { system asOf fields disagrees } withheld { path reason } type { code name } "
    "holders { type number name } issuer { code name } face { name label value }"
)
LICENCES = 'licences(use: "u", holder: {viewer: true}) { nodes { %s } }'
MOST_CALLS = 400_000
"""Calls that the largest accepted document may take: some 30 ms on two slow cores."""


def reason(query: str) -> str:
    with pytest.raises(Refusal) as refused:
        Documents(SCHEMA).prepare(query)
    assert refused.value.problem is problems.DOCUMENT_TOO_LARGE
    return str(refused.value).partition(": ")[2]


def spread_bomb(levels: int, each: int) -> str:
    fragments = [
        f"fragment F{n} on Query {{ {f'...F{n + 1} ' * each if n < levels - 1 else VIEWER} }}" for n in range(levels)
    ]
    return "{ ...F0 } " + " ".join(fragments)


def aliased(times: int, field: str) -> str:
    return "{" + " ".join(f"a{n}: {field}" for n in range(times)) + "}"


HOSTILE = {
    "text": ("{ viewer { __typename } }" + " " * 50_000, "more than 50000 characters"),
    "comment": ("#" * 900_000 + "\n{ viewer { __typename } }", "more than 50000 characters"),
    "tokens": ("{ viewer { " + "a " * 2_000 + "} }", "more than 2000 tokens"),
    "deep": ("{ viewer " + "{ a " * 17 + "}" * 18, "nested deeper than 16 levels"),
    "deep in a fragment": (
        "{ ...A } fragment A on Query { viewer " + "{ a " * 17 + "}" * 18,
        "nested deeper than 16 levels",
    ),
    "wide": (
        "{ " + " ".join(f"f{n}" for n in range(33)) + " }",
        "more than 32 root fields",
    ),
    "wide by fragments": (
        "{ ...A ...B } fragment A on Query { " + " ".join(f"a{n}" for n in range(17)) + " } fragment B on Query { "
        + " ".join(f"b{n}" for n in range(17)) + " }",
        "more than 32 root fields",
    ),
    "fields": (
        "{ viewer { " + " ".join(f"f{n}" for n in range(1_001)) + " } }",
        "more than 1000 fields when fragments",
    ),
    "spread to a billion": (spread_bomb(30, 2), "more than 1000 fields when fragments"),
    "spread by tens": (spread_bomb(7, 10), "more than 1000 fields when fragments"),
    "unused bomb": (spread_bomb(30, 2).replace("{ ...F0 }", "{ viewer { __typename } }", 1), "more than 1000 fields"),
    "aliases": (aliased(32, VIEWER), "fields are asked for again more than 30 times"),
    "aliases in inline fragments": (
        "{ " + " ".join(f"... {{ a{n}: __typename }}" for n in range(32)) + " }",
        "fields are asked for again more than 30 times",
    ),
    "repeats": ("{ viewer { " + "__typename " * 32 + "} }", "fields are asked for again more than 30 times"),
    "repeats on many levels": (
        "{ " + " ".join(f"v{n}: viewer {{ a: __typename b: __typename c: __typename }}" for n in range(12)) + " }",
        "fields are asked for again more than 30 times",
    ),
    "repeats by fragments": (
        "{ " + "...A " * 16 + "} fragment A on Query { a: __typename b: __typename }",
        "fields are asked for again more than 30 times",
    ),
    "definitions": (
        " ".join(f"query Q{n} {{ {VIEWER} }}" for n in range(41)),
        "more than 40 operations and fragments",
    ),
    "spreads": (
        "{ " + "...Missing " * 81 + "}",
        "more than 80 fragment spreads",
    ),
    "directives": ("{ viewer " + "@a" * 5 + "{ __typename } }", "more than 100 directives, or 4 in one place"),
    "directives everywhere": (
        "{ viewer { " + " ".join(f"f{n} @a @b @c @d" for n in range(26)) + " } }",
        "more than 100 directives, or 4 in one place",
    ),
    "directives of an operation": (
        "query @a @a @a @a @a { __typename }",
        "more than 100 directives, or 4 in one place",
    ),
    "directives of a variable": (
        "query ($a: Int @a @a @a @a @a) { __typename }",
        "more than 100 directives, or 4 in one place",
    ),
    "directives of a fragment": (
        "{ ...A } fragment A on Query @a @a @a @a @a { __typename }",
        "more than 100 directives, or 4 in one place",
    ),
    "variables": (
        "query (" + " ".join(f"$v{n}: Int" for n in range(101)) + ") { __typename }",
        "more than 100 variables",
    ),
    "list": ("{ a(b: [" + "1 " * 1_001 + "]) }", "an argument is too long or deep"),
    "list of a directive": ("{ a @b(c: [" + "1 " * 1_001 + "]) }", "an argument is too long or deep"),
    "default": ("query ($a: [Int] = [" + "1 " * 1_001 + "]) { __typename }", "an argument is too long or deep"),
    "nested lists": ("{ a(b: " + "[" * 18 + "]" * 18 + ") }", "an argument is too long or deep"),
    "nested objects": ("{ a(b: " + "{c: " * 18 + "1" + "}" * 18 + ") }", "an argument is too long or deep"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_document_over_a_limit_is_refused_by_its_name(name: str) -> None:
    query, words = HOSTILE[name]
    assert reason(query).startswith(words)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_document_is_refused_cheaply(name: str) -> None:
    assert calls_for(HOSTILE[name][0]) < MOST_CALLS


AT_THE_LIMIT = {
    "depth": '{ __type(name: "A") ' + "{ ofType " * 14 + "{ name } " + "}" * 14 + "}",
    "repeats": aliased(31, VIEWER),
    "many full lists": "{" + " ".join(f"a{n}: " + LICENCES % LEAVES for n in range(20)) + "}",
    "the same list again": "{" + " ".join(LICENCES % "id state number name" for _ in range(31)) + "}",
    "the same list in fragments": (
        "{ " + " ".join(f"...F{n}" for n in range(31)) + " } "
        + " ".join(f"fragment F{n} on Query {{ {VIEWER} }}" for n in range(31))
    ),
    "a long list": "{" + LICENCES.replace("holder", "types: [" + '"t" ' * 900 + "], holder") % "id" + "}",
    "introspection": get_introspection_query(),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(AT_THE_LIMIT))
def test_a_document_within_the_limits_is_prepared_cheaply(name: str) -> None:
    assert Documents(SCHEMA).prepare(AT_THE_LIMIT[name]).document.definitions
    assert calls_for(AT_THE_LIMIT[name]) < MOST_CALLS


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { " + " ".join(f"zz{n}" for n in range(900)) + " } }",
        "query (" + " ".join(f"$v{n}: Foo{n}" for n in range(100)) + ") { __typename }",
        "query (" + " ".join(f"$v{n}: Int" for n in range(100)) + ") { __typename }",
        "{ ...A } fragment A on Query { viewer { ...A } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{" + " ".join(f'a: system(code: "{n}") {{ id }}' for n in range(31)) + "}",
    ],
    ids=["unknown-fields", "unknown-types", "unused-variables", "circle", "two-circles", "conflicts"],
)  # fmt: skip
def test_an_invalid_document_gets_few_errors_fast(query: str) -> None:
    with pytest.raises(DocumentInvalid) as invalid:
        Documents(SCHEMA).prepare(query)
    assert 1 <= len(invalid.value.errors) <= 21
    assert calls_for(query) < MOST_CALLS


def calls_for(query: str) -> int:
    """How many functions are called to prepare a document, which says what it costs whatever else the machine does."""
    count = 0

    def called(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    documents = Documents(SCHEMA)
    before = sys.getprofile()
    sys.setprofile(called)
    try:
        with contextlib.suppress(Refusal, DocumentInvalid):
            documents.prepare(query)
    finally:
        sys.setprofile(before)
    return count


def test_documents_are_kept_by_their_size() -> None:
    documents = Documents(SCHEMA)
    first = documents.prepare("{ viewer { __typename } }")
    assert documents.prepare("{ viewer { __typename } }") is first
    for n in range(11):
        documents.prepare("{ viewer { __typename } }" + " " * (49_000 + n))
    assert documents.prepare("{ viewer { __typename } }") is not first


# ---- variables


def nested(levels: int) -> Any:
    value: Any = 1
    for n in range(levels):
        value = [value] if n % 2 else {"k": value}
    return value


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({f"v{n}": 1 for n in range(101)}, "more than 100 variables"),
        ({"a": nested(16)}, "nested deeper than 16 levels"),
        ({"a": [1] * 5_001}, "a list of more than 5000"),
        ({"a": {"b": [[1] * 5_001]}}, "a list of more than 5000"),
        ({"a": [[1] * 5_000] * 5}, "more than 25000 values"),
        ({"a": {f"k{n}": 1 for n in range(25_000)}}, "more than 25000 values"),
        ({"a": "x" * 100_001}, "a text of more than 100000 characters"),
        ({"a": [{"x" * 100_001: 1}]}, "a text of more than 100000 characters"),
    ],
    ids=["count", "depth", "list", "list-below", "values", "keys", "text", "key"],
)
def test_variables_over_a_limit_are_refused_by_its_name(variables: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_variables(variables)
    assert refused.value.problem is problems.VARIABLES_TOO_LARGE
    assert refused.value.field == "variables"
    assert str(refused.value) == f"the variables are over a limit: {words}"


def test_variables_at_every_limit_pass() -> None:
    check_variables({f"v{n}": n for n in range(inputs.MOST_VARIABLES)})
    check_variables({"a": nested(inputs.MOST_INPUT_DEPTH - 1), "b": None, "c": True, "d": 1.5})
    check_variables({"a": [1] * inputs.LONGEST_LIST, "t": "x" * inputs.LONGEST_TEXT})


def test_every_limit_is_in_the_reference() -> None:
    page = (Path(measuring.__file__).parents[2] / "docs/reference/limits.md").read_text("utf-8")
    for module in (measuring, inputs):
        for name, value in vars(module).items():
            if name.startswith(("MOST_", "LONGEST_")):
                assert f"{value:,}".replace(",", " ") in page, name
