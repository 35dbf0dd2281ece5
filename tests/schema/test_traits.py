"""What a document tells before it runs: whether it asks for the schema, and whether it could carry a person's data."""

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLScalarType,
    get_named_type,
    parse,
)

from gateway.core.caller import Application, Caller, Person, Role
from schema.build import build_schema
from schema.execution.introspection import Introspection
from schema.execution.traits import traits_of
from schema.personal import IMPERSONAL_ARGUMENTS, PERSONAL_INPUTS

SCHEMA = build_schema()
ASK = "licences(use: $u, holder: %s) { completeness }"


@pytest.mark.parametrize(
    ("document", "introspects"),
    [
        ("{ viewer { __typename } }", False),
        ("{ __schema { types { name } } }", True),
        ('{ __type(name: "Query") { name } }', True),
        ("{ viewer { __typename } ...F } fragment F on Query { x: __schema { __typename } }", True),
    ],
)
def test_asking_for_the_schema_is_seen_wherever_it_stands(document: str, introspects: bool) -> None:
    assert traits_of(SCHEMA, parse(document)).introspects is introspects


@pytest.mark.parametrize(
    ("document", "personal"),
    [
        ("query ($u: ID!) { " + ASK % "{viewer: true}" + " }", False),
        ("query ($u: ID!, $v: Boolean!) { " + ASK % "{viewer: $v}" + " }", False),
        ("query ($u: ID!) { " + ASK % '{document: {type: "111", number: "1", name: "a"}}' + " }", True),
        ("query ($u: ID!, $n: String!) { " + ASK % '{document: {type: "111", number: $n, name: "a"}}' + " }", True),
        ("query ($u: ID!, $d: DocumentInput!) { " + ASK % "{document: $d}" + " }", True),
        ("query ($u: ID!, $h: HolderInput!) { " + ASK % "$h" + " }", True),
        ("query ($u: ID!, $h: [HolderInput!]) { " + ASK % "{viewer: true}" + " }", True),
        ('query ($u: ID! = "x") { a: licence(use: $u, id: "y") { completeness } }', False),
        ("query A { viewer { __typename } } query B($u: ID!, $h: HolderInput!) { " + ASK % "$h" + " }", True),
        ("{ ...F } fragment F on Query { " + ASK.replace("$u", '"u"') % '{document: {number: "1"}}' + " }", True),
    ],
)  # fmt: skip
def test_documents_that_could_carry_a_person_are_known(document: str, personal: bool) -> None:
    assert traits_of(SCHEMA, parse(document)).personal is personal


def test_every_input_of_queries_and_subscriptions_has_been_judged() -> None:
    """A new argument of text, or a new input type, is put into one of the lists of schema.personal."""
    unjudged = set()
    inputs: set[str] = set()

    def look(kind: object) -> None:
        if isinstance(kind, GraphQLInputObjectType) and kind.name not in inputs | PERSONAL_INPUTS:
            inputs.add(kind.name)
            for part in kind.fields.values():
                look(get_named_type(part.type))

    for root in (SCHEMA.query_type, SCHEMA.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            for argument, definition in field.args.items():
                kind = get_named_type(definition.type)
                look(kind)
                if isinstance(kind, GraphQLScalarType) and kind.name in {"ID", "String"}:
                    unjudged.add(f"{root.name}.{name}({argument}:)")
    assert unjudged == IMPERSONAL_ARGUMENTS
    assert inputs == {"HolderInput"}, "a new input type: does it name a person?"


# ---- who may introspect


def caller(role: Role | None) -> Caller:
    person = Person(subject="s", role=role, name="示例") if role else None
    return Caller(Application("portal", "门户"), person)


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.HUB, Role.OPERATIONS, Role.AUDITOR])
def test_those_who_run_and_connect_systems_may_always_introspect(role: Role) -> None:
    assert Introspection.parse("").allows(caller(role))


@pytest.mark.parametrize("role", [None, Role.CITIZEN, Role.OFFICER, Role.CLERK, Role.FRONTEND])
def test_others_may_where_their_application_is_listed(role: Role | None) -> None:
    assert not Introspection.parse("").allows(caller(role))
    assert not Introspection.parse("lab, other").allows(caller(role))
    assert Introspection.parse("lab, portal").allows(caller(role))
    assert Introspection.parse("*").allows(caller(role))
