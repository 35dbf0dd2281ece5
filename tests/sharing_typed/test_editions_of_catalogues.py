"""Editions: any catalogue gives a valid schema, bounded, and what it costs to ask by one does not grow with it."""

import sys
from collections.abc import Sequence
from types import FrameType

import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    print_schema,
    validate_schema,
)
from graphql import build_schema as from_sdl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.sharing.resources import InformationItem, ItemType, Resource, Sensitivity
from schema.execution.documents import DocumentInvalid
from schema.execution.editions import Edition
from schema.typed.building import Building, EditionInvalid
from tests.sharing_typed.catalogues import SCHEMA, resources
from tests.sharing_use.site import a_resource, a_staff_resource

SMALL = from_sdl(
    """
    scalar Date scalar DateTime scalar JSON
    type Withheld { path: String } type PageInfo { endCursor: String } type SourceReport { system: String }
    type Query { withheld: Withheld page: PageInfo source: SourceReport date: Date instant: DateTime json: JSON }
    """
)
"""What typed fields need of the static schema, which is large."""

TYPED = '{ shared_307001_00101(use: "u", grant: "g", idNumber: "k") { nodes { name born } } }'


def row(edition: Edition, name: str) -> GraphQLObjectType:
    found = edition.schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(resources(), max_size=3))
def test_whatever_a_table_spells_the_schema_is_valid(catalogue: list[Resource]) -> None:
    edition = Building(SMALL).build(catalogue)
    assert validate_schema(edition.schema) == []
    assert set(edition.typed) == {one.code for one in catalogue}
    assert edition.schema.query_type is not None
    assert set(edition.typed.values()) <= set(edition.schema.query_type.fields)
    for one in catalogue:
        assert "shared_" in edition.typed[one.code]
    assert from_sdl(print_schema(edition.schema)), "it can be read as it is written"


def test_fields_are_typed_and_described_by_the_catalogue() -> None:
    edition = Building(SCHEMA).build([a_resource(), a_staff_resource()])
    kind = row(edition, "Shared_307001_00101")
    types = {name: str(kind.fields[name].type) for name in ("idNumber", "born", "updated", "months")}
    assert types == {"idNumber": "String", "born": "Date", "updated": "DateTime", "months": "Int"}
    assert kind.fields["born"].description == "csrq（日期；个人信息）· born: a day; personal"
    assert kind.description == "共享数据“个人参保信息”的一条记录 · A record of the resource 307001/00101"
    assert edition.schema.query_type is not None
    root = edition.schema.query_type.fields["shared_307001_00102"]
    assert {name: str(one.type) for name, one in root.args.items()} == {
        "use": "ID!", "grant": "ID!", "employer": "String!", "state": "String", "first": "Int", "after": "String",
    }  # fmt: skip
    assert str(root.type) == "Shared_307001_00102_Result"
    result = row(edition, "Shared_307001_00102_Result")
    assert {name: str(field.type) for name, field in result.fields.items()} == {
        "nodes": "[Shared_307001_00102!]!", "withheld": "[Withheld!]!", "pageInfo": "PageInfo!",
        "sources": "[SourceReport!]!", "receipt": "JSON",
    }  # fmt: skip


def test_every_type_of_the_catalogue_has_a_scalar_that_loses_nothing() -> None:
    items = tuple(InformationItem(name=kind.name.lower(), title=kind.name, type=kind) for kind in ItemType)
    longer = InformationItem(
        name="long", title="号", type=ItemType.INTEGER, length=18, sensitivity=Sensitivity.SENSITIVE
    )
    shorter = InformationItem(name="short", title="号", type=ItemType.INTEGER, length=9)
    kind = row(Building(SCHEMA).build([a_resource(items=(*items, longer, shorter), keys=())]), "Shared_307001_00101")
    assert {name: str(get_named_type(field.type)) for name, field in kind.fields.items()} == {
        "text": "String", "integer": "Int", "decimal": "Decimal", "date": "Date", "instant": "DateTime",
        "boolean": "Boolean", "long": "Decimal", "short": "Int",
    }  # fmt: skip
    assert not [field for field in kind.fields.values() if isinstance(field.type, GraphQLNonNull)]
    assert kind.fields["long"].description == (
        "号（整数，至多 18 位；敏感个人信息）· long: a whole number of 18 at most; sensitive"
    )


def test_titles_stay_on_one_line_and_are_cut() -> None:
    item = InformationItem(name="a", title='x\n"""\x00' + "长" * 1_000)
    edition = Building(SCHEMA).build([a_resource(items=(item,), keys=(), title="\u202e倒")])
    told = row(edition, "Shared_307001_00101").fields["a"].description
    assert told is not None
    assert told.startswith('x """ 长')
    assert len(told) < 300
    assert "\u202e" not in (row(edition, "Shared_307001_00101").description or "")


def test_there_is_room_for_so_many_and_the_first_codes_have_it() -> None:
    three = [a_resource(code=f"307001/{number}") for number in (3, 1, 2)]
    assert list(Building(SCHEMA, most=2).build(three).typed) == ["307001/1", "307001/2"]
    room = 2 * (len(three[0].items) + 5)
    assert list(Building(SCHEMA, most_fields=room).build(three).typed) == ["307001/1", "307001/2"]
    small = a_resource(code="307001/9", items=three[0].items[:1])
    assert list(Building(SCHEMA, most_fields=room - 10).build([*three, small]).typed) == ["307001/1", "307001/9"]


def test_a_resource_that_lacks_what_it_refers_to_harms_no_other() -> None:
    broken = [a_resource(items=(), keys=()), a_resource(keys=("none",)), a_resource(parameters=frozenset({"none"}))]
    assert list(Building(SCHEMA).build([*broken, a_staff_resource()]).typed) == ["307001/00102"]


def test_types_of_resources_that_stay_are_those_of_the_edition_before() -> None:
    building = Building(SCHEMA)
    before = building.build([a_resource(), a_staff_resource()])
    after = building.build([a_resource(title="新"), a_staff_resource()])
    assert row(before, "Shared_307001_00102") is row(after, "Shared_307001_00102")
    assert row(before, "Shared_307001_00101") is not row(after, "Shared_307001_00101")
    assert "新" in (row(after, "Shared_307001_00101").description or "")
    assert building.build([]).typed == {}


def test_what_no_schema_can_be_made_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.typed.fields.KIND", "__")
    with pytest.raises(EditionInvalid, match="must not begin with"):
        Building(SCHEMA).build([a_resource()])
    monkeypatch.setattr("schema.typed.fields._RESULT", "")
    with pytest.raises(EditionInvalid, match="uniquely named"):
        Building(SCHEMA).build([a_resource()])


def test_asking_costs_the_same_whatever_the_catalogue_has() -> None:
    """Calls of functions are counted, of a document that is new to the edition and of one that is known."""

    def work(count: int) -> tuple[int, int]:
        others: Sequence[Resource] = [a_resource(code=f"307002/{number:05}") for number in range(count)]
        edition = Building(SCHEMA).build([a_resource(), *others])
        return calls(edition), calls(edition)

    work(3)  # what is done once in a process
    (few, again), (many, once_more) = work(3), work(300)
    assert many < few + 100, "a call for each of 300 resources would be more"
    assert once_more == again


def calls(edition: Edition) -> int:
    seen = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal seen
        seen += event == "call"

    sys.setprofile(count)
    try:
        assert edition.prepare(TYPED, hide_suggestions=True).costs is not None
    finally:
        sys.setprofile(None)
    return seen


def test_a_name_that_is_wrong_is_not_compared_with_all_that_there_are() -> None:
    edition = Building(SCHEMA).build([a_resource()])
    with pytest.raises(DocumentInvalid) as refused:
        edition.prepare(TYPED.replace("shared_307001_00101", "shared_307001_00100"), hide_suggestions=False)
    assert "Did you mean" not in refused.value.errors[0].message
