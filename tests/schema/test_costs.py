"""Costs: what an operation may make is known before it runs, for its own variables, and every list has a size."""

from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_introspection_type,
    is_list_type,
)
from graphql import build_schema as from_sdl

from gateway.core import problems
from gateway.core.caller import Caller
from gateway.core.errors import Refusal
from gateway.core.rate import Admission, Rate, Rates
from schema import costs
from schema.build import build_schema
from schema.execution.documents import DocumentInvalid, Documents
from schema.execution.limits import COST_LIMIT, Limits
from tests.services.fakes import CITIZEN, FRONTEND, ManualClock

SCHEMA = build_schema()
LICENCES = 'licences(use: "u", holder: {viewer: true}%s) { nodes { id name holders { number } } }'
ROOT = 1_000
ROW = 1 + 2 + 1 + 2 * 2 - 1
"""Itself, id and name, and two holders with a number each."""


def cost(query: str, variables: dict[str, Any] | None = None, name: str | None = None) -> int:
    prepared = Documents(SCHEMA).prepare(query)
    operation = get_operation_ast(prepared.document, name)
    assert operation is not None
    return prepared.costs.of(operation, variables or {})


def test_a_value_costs_one() -> None:
    assert cost("{ __typename }") == 1
    assert cost("{ viewer { application { code title } } }") == 4
    assert cost("{ a: __typename b: __typename }") == 2


@pytest.mark.parametrize(
    ("argument", "rows"),
    [("", 200), (", limit: 7", 7), (", limit: 0", 0), (", limit: -3", 0), (", limit: null", 200),
     (", limit: 1000", 1_000), (", limit: 2000000000", 1_000)],
    ids=["default", "seven", "none", "negative", "null", "most", "absurd"],
)  # fmt: skip
def test_a_list_costs_as_many_rows_as_are_asked_for(argument: str, rows: int) -> None:
    assert cost("{" + LICENCES % argument + "}") == ROOT + 1 + rows * ROW


@pytest.mark.parametrize(
    ("given", "rows"),
    [({}, 5), ({"n": 7}, 7), ({"n": None}, 200), ({"n": "many"}, 200), ({"n": 10**30}, 1_000), ({"n": 1.5}, 200)],
    ids=["default", "given", "null", "text", "absurd", "fraction"],
)
def test_the_number_may_come_in_a_variable(given: dict[str, Any], rows: int) -> None:
    query = "query ($n: Int = 5) {" + LICENCES % ", limit: $n" + "}"
    assert cost(query, given) == ROOT + 1 + rows * ROW


def test_connections_are_sized_by_the_field_above_them() -> None:
    assert cost("{ systems(first: 3) { nodes { id } } }") == 1 + 3 * 2
    assert cost("{ systems(first: 3) { edges { node { id } } totalCount } }") == 1 + 3 * 3 + 1


def test_a_list_without_a_number_has_its_assumed_size() -> None:
    assert cost('{ system(code: "c") { regions serves } }') == 1 + costs.ASSUMED["System.regions"] + 3
    payload = 'mutation { openUse(input: {presented: {code: "c"}}) { problems { message } } }'
    assert cost(payload) == costs.WEIGHTS["Mutation.openUse"] + 1 + 3 * 2


@pytest.mark.parametrize(
    ("directive", "variables", "counted"),
    [
        ("@skip(if: true)", {}, False),
        ("@skip(if: false)", {}, True),
        ("@include(if: false)", {}, False),
        ("@include(if: true)", {}, True),
        ("@include(if: $yes)", {"yes": True}, True),
        ("@include(if: $yes)", {"yes": False}, False),
        ("@include(if: $yes)", {}, False),
        ("@skip(if: $yes)", {"yes": 1}, True),
        ("@skip(if: $yes) @include(if: $yes)", {"yes": True}, False),
    ],
)
def test_what_is_left_out_costs_nothing(directive: str, variables: dict[str, Any], counted: bool) -> None:
    uses = "$yes" in directive
    query = "query " + ("($yes: Boolean! = false) " if uses else "")
    assert cost(query + "{ __typename viewer " + directive + " { application { code } } }", variables) == (
        4 if counted else 1
    )


def test_fragments_cost_where_they_are_spread() -> None:
    query = "{ viewer { ...A ...A ... on Viewer { ...A } } } fragment A on Viewer { application { code } }"
    assert cost(query) == 1 + 3 * 2


def test_operations_are_told_apart_and_remembered_by_what_changes_them() -> None:
    prepared = Documents(SCHEMA).prepare(
        "query A { __typename } query B($n: Int) { systems(first: $n) { nodes { id } } }"
    )
    first, second = (get_operation_ast(prepared.document, name) for name in "AB")
    assert first is not None
    assert second is not None
    assert [prepared.costs.of(second, {"n": n}) for n in (1, 2, 1)] == [3, 5, 3]
    assert prepared.costs.of(first, {"n": 1}) == 1
    assert prepared.costs.of(second, {"n": True}) == prepared.costs.of(second, {"n": 1})


def test_asking_for_the_schema_is_within_the_limit_and_circling_in_it_is_not() -> None:
    assert cost(get_introspection_query(one_of=True, specified_by_url=True)) < COST_LIMIT
    circle = "{ __schema { types { " + "fields { type { " * 3 + "name" + " } }" * 3 + " } } }"
    with pytest.raises(DocumentInvalid, match="introspection depth"):
        cost(circle)


def test_one_holders_whole_licences_are_within_the_limit() -> None:
    everything = (
        "id state identifier number name issuedOn validFrom validUntil pastEndDate stateReason rawState warnings "
        "provenance { system asOf fields disagrees } withheld { path reason } type { code name } "
        "holders { type number name } issuer { code name } face { name label value }"
    )
    query = '{ licences(use: "u", holder: {viewer: true}) { completeness sources { system outcome } nodes { %s } } }'
    assert cost(query % everything) < COST_LIMIT / 2


def test_no_cost_is_more_than_a_thousand_million() -> None:
    schema = from_sdl("type Query { all(first: Int): [Query!] }")
    prepared = Documents(schema).prepare("{ all { all { all { all { __typename } } } } }")
    operation = get_operation_ast(prepared.document)
    assert operation is not None
    assert prepared.costs.of(operation, {}) == 1_000_000_000


def test_every_list_says_how_long_it_is() -> None:
    """A list is sized by its own argument, by that of every field that leads to it, or by ``schema/costs.py``."""
    unsized = []
    for kind in SCHEMA.type_map.values():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            if not is_list_type(get_nullable_type(field.type)) or set(field.args) & set(costs.SLICING):
                continue
            told = name in costs.SLICED and all(set(above.args) & set(costs.SLICING) for above in leading_to(kind))
            if not (told or f"{kind.name}.{name}" in costs.ASSUMED or name in costs.ASSUMED_BY_NAME):
                unsized.append(f"{kind.name}.{name}")
    assert not unsized, "give them a first argument, or a size in schema/costs.py"


def leading_to(kind: GraphQLObjectType) -> list[Any]:
    return [
        field
        for other in SCHEMA.type_map.values()
        if isinstance(other, GraphQLObjectType) and not is_introspection_type(other)
        for field in other.fields.values()
        if get_named_type(field.type) is kind
    ]


@pytest.mark.parametrize("name", sorted({*costs.WEIGHTS, *costs.ASSUMED}))
def test_whatever_has_a_cost_is_in_the_schema(name: str) -> None:
    kind, _, field = name.partition(".")
    found = SCHEMA.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    assert field in found.fields


# ---- the limit


def admit(limits: Limits, query: str) -> int:
    prepared = Documents(SCHEMA).prepare(query)
    operation = get_operation_ast(prepared.document, None)
    assert operation is not None
    return limits.admit(prepared, operation, {}, Caller(FRONTEND, CITIZEN))


def test_an_operation_over_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(Refusal) as refused:
        admit(Limits(3), "{ viewer { application { code title } } }")
    assert refused.value.problem is problems.COST_TOO_HIGH
    assert str(refused.value) == "the operation costs 4, over the limit of 3"
    assert admit(Limits(4), "{ viewer { application { code title } } }") == 4


def test_what_an_operation_costs_is_charged_to_its_caller() -> None:
    caller, clock = Caller(FRONTEND, CITIZEN), ManualClock()
    admission = Admission(Rates(person=Rate(1, 3)), clock)
    limits = Limits(admission=admission)
    admission.admit(caller)
    assert admit(limits, "{" + LICENCES % ", limit: 1000" + "}") > 4_000
    with pytest.raises(Refusal) as refused:
        admission.admit(caller)
    assert refused.value.problem is problems.RATE_EXCEEDED
