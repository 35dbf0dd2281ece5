"""The exported schema: fresh, what the contract promises, and described in both languages."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    validate_schema,
)

from schema import build
from schema.build import export_schema

CONTRACT = build_schema(
    """
    scalar Date
    scalar DateTime
    scalar RegionCode
    scalar CreditCode
    scalar LicenceIdentifier

    enum Outcome {
      OK NOT_FOUND DENIED INVALID EXPIRED UNAVAILABLE TIMED_OUT UPSTREAM_FAULT GATEWAY_ERROR NOT_ASKED DISABLED
    }
    enum Fault { THEIRS OURS NETWORK }
    enum Completeness { COMPLETE PARTIAL NONE }
    enum ServedFrom { LIVE CACHE STALE }

    input OpenUseInput @oneOf {
      holder: HolderUse entrusted: EntrustedUse statutory: StatutoryUse presented: PresentedUse
    }
    input HolderUse { item: String! note: String }
    input EntrustedUse { item: String! mandate: ID! note: String }
    input StatutoryUse { item: String! case: String application: String note: String }
    input PresentedUse { code: String! note: String }
    type Use { id: ID! item: String! basis: UseBasis! expiresAt: DateTime! }
    enum UseBasis { HOLDER ENTRUSTED STATUTORY PRESENTED }

    input HolderInput @oneOf { viewer: Boolean document: DocumentInput }
    input DocumentInput { type: String! number: String! name: String! }

    type SourceReport {
      system: String! outcome: Outcome! fault: Fault servedFrom: ServedFrom asOf: DateTime
      milliseconds: Float truncated: Boolean! code: String message: String notice: String retryAfter: Int
    }

    interface Node { id: ID! }

    type Viewer { application: Application! person: ViewerPerson }
    type Application { code: String! }
    type ViewerPerson { role: Role! name: String! }
    enum Role { FRONTEND }

    type Query {
      viewer: Viewer!
      licences(use: ID!, holder: HolderInput!, types: [String!], region: RegionCode, limit: Int = 200): LicenceResult
      licence(use: ID!, id: ID!): LicenceLookup
      licenceTypes(search: String, first: Int = 20, after: String): LicenceTypeConnection
      systems(state: SystemState, region: RegionCode, first: Int = 100, after: String): SystemConnection
      system(code: String!): System
    }

    type LicenceResult { nodes: [Licence!]! completeness: Completeness! sources: [SourceReport!]! }
    type LicenceLookup { licence: Licence completeness: Completeness! sources: [SourceReport!]! }
    type Licence {
      id: ID!
      state: LicenceState! provenance: [Provenance!]! warnings: [String!]! withheld: [Withheld!]!
      identifier: LicenceIdentifier type: LicenceType number: String name: String holders: [Holder!]
      issuer: Organisation issuedOn: Date validFrom: Date validUntil: Date pastEndDate: Boolean stateReason: String
      rawState: String face: [FaceField!]
    }
    type LicenceType { code: String name: String }
    type Holder { number: String name: String }
    type Organisation { code: CreditCode name: String }
    type FaceField { name: String! value: String }
    type Provenance { system: String! asOf: DateTime! fields: [String!]! disagrees: [String!]! }
    type Withheld { path: String! reason: String! }
    enum LicenceState { VALID EXPIRED SUSPENDED CANCELLED REVOKED WITHDRAWN VOIDED DRAFT UNKNOWN }
    type LicenceTypeConnection { nodes: [LicenceType!]! pageInfo: PageInfo! }
    enum SystemState { UP DEGRADED DOWN DISABLED UNKNOWN }
    type System implements Node {
      id: ID! code: String! title: String! level: String! regions: [RegionCode!]! state: SystemState! health: Health!
      activeVersion: Int serves: [String!]!
    }
    type SystemConnection { nodes: [System!]! pageInfo: PageInfo! }
    type Health {
      since: DateTime! state: SystemState! lastSuccess: DateTime lastError: String fault: Fault p95Milliseconds: Float
      errorShare: Float
    }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Problem { code: ProblemCode! message: String! field: String remedy: String }
    enum ProblemCode { UNAUTHENTICATED FORBIDDEN BAD_INPUT LIMIT TIMEOUT NOT_FOUND CONFLICT INTERNAL }

    type Mutation { openUse(input: OpenUseInput!): OpenUsePayload }
    type OpenUsePayload { use: Use problems: [Problem!]! }
    """
)
"""The part of the starting contract that frontends rely on now."""

OURS: GraphQLSchema = build.build_schema()
PROMISED = sorted(
    name
    for name, kind in CONTRACT.type_map.items()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
)
ENUMS = [name for name in PROMISED if isinstance(CONTRACT.type_map[name], GraphQLEnumType) and name != "Role"]
"""Enums that the contract spells out; of roles it promises none by name."""
OWN = sorted(
    name
    for name, kind in OURS.type_map.items()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
)


def outline(kind: GraphQLNamedType) -> dict[str, str]:
    """Fields with their types, arguments with their types and defaults, values: what a frontend relies on."""
    lines: dict[str, str] = {}
    if isinstance(kind, GraphQLEnumType):
        lines |= dict.fromkeys(kind.values, "value")
    if isinstance(kind, GraphQLInputObjectType):
        lines |= {name: str(field.type) for name, field in kind.fields.items()}
        lines["@oneOf"] = str(kind.is_one_of)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            lines[name] = str(field.type)
            lines |= {f"{name}({argument})": str(given.type) for argument, given in field.args.items()}
    if isinstance(kind, GraphQLObjectType):
        lines |= {f"implements {interface.name}": "" for interface in kind.interfaces}
    return lines


def test_the_exported_schema_is_fresh() -> None:
    file = Path(build.__file__).with_name("schema.graphql")
    assert file.read_text("utf-8") == export_schema(), "run `yiwang schema export schema/schema.graphql`"


def test_the_exported_schema_is_the_schema() -> None:
    exported = build_schema(export_schema())
    assert validate_schema(exported) == validate_schema(OURS) == []
    assert {name: outline(OURS.type_map[name]) for name in OWN} == {
        name: outline(exported.type_map[name]) for name in OWN
    }


@pytest.mark.parametrize("name", PROMISED)
def test_what_the_contract_names_is_there_with_the_same_types(name: str) -> None:
    assert name in OURS.type_map
    kind = OURS.type_map[name]
    assert isinstance(kind, type(CONTRACT.type_map[name]))
    got = outline(kind)
    assert {line: got.get(line) for line in outline(CONTRACT.type_map[name])} == outline(CONTRACT.type_map[name])


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_the_contracts_values_and_no_others(name: str) -> None:
    assert set(outline(OURS.type_map[name])) == set(outline(CONTRACT.type_map[name]))


@pytest.mark.parametrize(
    ("field", "argument", "default"),
    [("licences", "limit", 200), ("licenceTypes", "first", 20), ("systems", "first", 100)],
)
def test_an_argument_has_the_contracts_default(field: str, argument: str, default: int) -> None:
    printed = next(line for line in export_schema().splitlines() if line.strip().startswith(f"{field}("))
    assert f"{argument}: Int = {default}" in printed


def test_whatever_is_asked_beyond_the_contract_is_optional() -> None:
    for name in PROMISED:
        mine, theirs = OURS.type_map[name], CONTRACT.type_map[name]
        if isinstance(mine, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
            assert not [
                one for one, field in mine.fields.items() if one not in theirs.fields and str(field.type)[-1] == "!"
            ]


@pytest.mark.parametrize("name", OWN)
def test_every_type_is_described_in_both_languages(name: str) -> None:
    assert_bilingual(OURS.type_map[name].description)


def test_every_root_field_is_described_in_both_languages() -> None:
    for root in (OURS.query_type, OURS.mutation_type):
        assert root is not None
        for field in root.fields.values():
            assert_bilingual(field.description)


def assert_bilingual(description: str | None) -> None:
    assert description
    chinese, dot, english = description.partition(" · ")
    assert dot
    assert any("\u4e00" <= char <= "\u9fff" for char in chinese)
    assert english
    assert not any("\u4e00" <= char <= "\u9fff" for char in english)
