"""Names of typed fields: GraphQL names for whatever a table spells, each its own, and none that others could change."""

import re

from graphql.type import assert_name
from hypothesis import given
from hypothesis import strategies as st

from schema.build import build_schema
from schema.execution.reaching import asks_for_schema, reaches_typed
from schema.typed.names import LONGEST, TAKEN, item_names, resource_name
from tests.sharing_typed.catalogues import CODES, ITEM_NAMES

NAME_LISTS = st.lists(ITEM_NAMES, unique=True, max_size=12)


@given(NAME_LISTS)
def test_every_spelling_has_a_name_of_its_own(names: list[str]) -> None:
    given_ = item_names(names)
    assert given_.keys() == set(names)
    assert len(set(given_.values())) == len(names)
    for name in given_.values():
        assert assert_name(name) == name
        assert not name.startswith("__")
        assert len(name) <= LONGEST
        assert name not in TAKEN


@given(NAME_LISTS, NAME_LISTS)
def test_names_depend_on_no_order_and_stay_when_others_come(names: list[str], more: list[str]) -> None:
    before, after = item_names(names), item_names(dict.fromkeys([*more, *reversed(names)]))
    assert {name: after[name] for name in names} == dict(before)


def test_graphql_names_stay_and_others_keep_what_can_be_read_of_them() -> None:
    found = item_names(["idNumber", "婚姻状况", "id-number", "first", "__typename", "9a", "a" * 201])
    assert found["idNumber"] == "idNumber"
    assert re.fullmatch("item_[0-9a-f]{8}", found["婚姻状况"])
    assert re.fullmatch("id_number_[0-9a-f]{8}", found["id-number"])
    assert re.fullmatch("first_[0-9a-f]{8}", found["first"])
    assert re.fullmatch("typename_[0-9a-f]{8}", found["__typename"])
    assert re.fullmatch("a_[0-9a-f]{8}", found["9a"])
    assert re.fullmatch("a{40}_[0-9a-f]{8}", found["a" * 201])


def test_a_name_that_is_taken_gets_more_digits() -> None:
    names = ["婚姻"]
    for _ in range(10):
        names.append(item_names(names)["婚姻"])
    digits = [name.removeprefix("item_") for name in names[1:]]
    assert [len(one) for one in digits[:8]] == [8, 16, 24, 32, 40, 48, 56, 64]
    assert digits[8:] == [f"{digits[7]}_2", f"{digits[7]}_3"]


@given(st.lists(CODES, unique=True, max_size=10))
def test_resources_do_not_share_a_name(codes: list[str]) -> None:
    names = [resource_name(code) for code in codes]
    assert len(set(names)) == len(names)
    for name in names:
        assert assert_name(f"shared_{name}")


def test_a_catalogue_code_is_its_name() -> None:
    assert resource_name("307001/00012") == "307001_00012"
    assert resource_name("30700100012") == "30700100012"
    assert re.fullmatch("a_b_[0-9a-f]{16}", resource_name("a/b"))
    assert re.fullmatch("resource_[0-9a-f]{16}", resource_name("婚"))


def test_documents_that_name_typed_fields_are_told_from_all_others() -> None:
    assert reaches_typed("{ shared_307001_00012 { nodes { a } } }")
    assert reaches_typed("{ a:shared_1 }")
    assert reaches_typed("fragment F on Shared_1 { a }")
    assert not reaches_typed("{ sharedRecords resources { nodes { isShared_ } } }")
    assert asks_for_schema("{ x: __schema { __typename } }")
    assert asks_for_schema('{ __type(name: "Shared_1") { name } }')
    assert not asks_for_schema("{ __typename a__schema }")
    static = build_schema()
    assert static.query_type is not None
    assert not [name for name in (*static.type_map, *static.query_type.fields) if reaches_typed(name)]
