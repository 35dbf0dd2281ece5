"""Asking a typed field: what is selected is asked for, given in its type or null with a reason, by who may know."""

from typing import Any

import pytest
from graphql import get_operation_ast

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.resources import InformationItem, ItemType
from gateway.core.sharing.terms import Access
from gateway.core.text import Text
from gateway.services.sharing.decide_use import SharedRequest
from schema import costs
from schema.typed.values import Misfit, Shape
from tests.services.fakes import CITIZEN
from tests.sharing_typed.catalogues import Desk, people, renamed
from tests.sharing_use.site import OFFICER, a_resource, a_staff_resource

ASK = """
query Ask($use: ID!, $grant: ID!, $id: String!, $first: Int, $after: String) {
  people: shared_307001_00101(use: $use, grant: $grant, idNumber: $id, first: $first, after: $after) {
    nodes { idNumber name born months updated }
    withheld { path reason } pageInfo { hasNextPage endCursor } sources { system outcome } receipt
  }
}
"""
GIVEN: dict[str, Any] = {"use": "u-1", "grant": "g-1", "id": "110105"}
ROW: dict[str, object] = {
    "idNumber": "110105", "name": "张三", "born": "1949-12-31", "months": 12, "updated": "2026-03-02T04:05:06Z",
}  # fmt: skip


async def test_records_come_in_the_types_of_the_catalogue() -> None:
    desk = Desk()
    desk.shared.records, desk.shared.receipt, desk.shared.cursor = [ROW], {"id": "r"}, "c"
    answer = await desk.ask(ASK, **GIVEN)
    assert answer.body == {
        "data": {
            "people": {
                "nodes": [ROW | {"updated": "2026-03-02T04:05:06+00:00"}],
                "withheld": [],
                "pageInfo": {"hasNextPage": True, "endCursor": "c"},
                "sources": [{"system": "share-population", "outcome": "OK"}],
                "receipt": {"id": "r"},
            }
        }
    }
    assert desk.shared.asked == [
        SharedRequest(
            use="u-1",
            grant="g-1",
            resource="307001/00101",
            parameters={"idNumber": "110105"},
            fields=("born", "idNumber", "months", "name", "updated"),
        )
    ]


async def test_pages_and_parameters_are_handed_on_and_null_is_not_given() -> None:
    desk = Desk(a_staff_resource())
    ask = """query ($s: String, $n: Int) {
      shared_307001_00102(use: "u", grant: "g", employer: "e", state: $s, first: $n, after: "c") { nodes { name } }
    }"""
    await desk.ask(ask, s="1", n=7)
    await desk.ask(ask, s=None, n=None)
    first, second = desk.shared.asked
    assert (first.parameters, first.first, first.after) == ({"employer": "e", "state": "1"}, 7, "c")
    assert (second.parameters, second.first) == ({"employer": "e"}, 20)


@pytest.mark.parametrize(
    ("selection", "variables", "fields"),
    [
        ("nodes { name }", {}, {"name"}),
        ("nodes { name } nodes { born __typename }", {}, {"name", "born"}),
        ("a: nodes { n: name } b: nodes { born }", {}, {"name", "born"}),
        ("... { nodes { ... on Shared_307001_00101 { name } } }", {}, {"name"}),
        ("nodes { name born @skip(if: true) }", {}, {"name"}),
        ("nodes { name born @include(if: $b) }", {"b": False}, {"name"}),
        ("nodes { name born @include(if: $b) }", {"b": True}, {"name", "born"}),
        ("nodes { name } nodes @skip(if: $b) { born }", {"b": True}, {"name"}),
    ],
)
async def test_only_what_is_selected_is_asked_for(selection: str, variables: dict[str, bool], fields: set[str]) -> None:
    assert await Desk().fields(selection, **variables) == fields


async def test_fragments_that_are_named_count_too() -> None:
    desk = Desk()
    await desk.ask(
        '{ shared_307001_00101(use: "u", grant: "g", idNumber: "k") { ...R } }'
        " fragment R on Shared_307001_00101_Result { nodes { ...N } }"
        " fragment N on Shared_307001_00101 { phone }"
    )
    assert desk.shared.asked[0].fields == ("phone",)


@pytest.mark.parametrize("selection", ["pageInfo { hasNextPage }", "nodes { __typename }"])
async def test_nothing_is_asked_for_if_nothing_is_selected(selection: str) -> None:
    desk = Desk()
    answer = await desk.ask(people(selection))
    assert answer.body["errors"][0]["extensions"]["number"] == problems.SHARED_NOTHING_SELECTED.number
    assert answer.body["errors"][0]["extensions"]["field"] == "nodes"
    assert not desk.shared.asked


async def test_names_that_are_none_of_graphqls_are_asked_for_by_those_that_they_have() -> None:
    desk = Desk(renamed(a_resource(keys=("身份号",)), idNumber="身份号", name="姓 名"))
    names = {shape.name: item for item, shape in _shapes(desk).items()}
    key, name = (next(one for one, item in names.items() if item == wanted) for wanted in ("身份号", "姓 名"))
    desk.shared.records = [{"姓 名": "张三"}]
    answer = await desk.ask(people(f"nodes {{ {name} }}", key))
    assert answer.body["data"]["shared_307001_00101"]["nodes"] == [{name: "张三"}]
    assert desk.shared.asked[0].parameters == {"身份号": "k"}
    assert desk.shared.asked[0].fields == ("姓 名",)


def _shapes(desk: Desk) -> dict[str, Shape]:
    query = desk.editions.current.schema.query_type
    assert query is not None
    shapes: dict[str, Shape] = query.fields["shared_307001_00101"].resolve._shapes
    return shapes


# ---- what is not given


async def test_what_the_grant_does_not_open_is_null_and_named() -> None:
    desk = Desk()
    desk.shared.records, desk.shared.withheld = [ROW], {"born": Text("未开放", "it is not opened")}
    found = (await desk.ask(ASK, **GIVEN)).body["data"]["people"]
    assert found["nodes"][0]["born"] is None
    assert found["withheld"] == [{"path": "born", "reason": "未开放"}]


@pytest.mark.parametrize(("access", "word"), [(Access.MASK, "脱敏值"), (Access.HASH, "哈希值")])
async def test_a_part_of_a_value_that_is_no_value_of_the_type_is_null_with_reason_and_remedy(
    access: Access, word: str
) -> None:
    desk = Desk()
    desk.shared.access = {"born": access, "name": access, "months": access}
    desk.shared.records = [ROW | {"born": "****", "name": "张*", "months": "****"}]
    found = (await desk.ask(ASK, **GIVEN)).body["data"]["people"]
    assert found["nodes"] == [
        ROW | {"born": None, "name": "张*", "months": None, "updated": "2026-03-02T04:05:06+00:00"}
    ]
    assert [each["path"] for each in found["withheld"]] == ["born", "months"]
    assert "Date" in found["withheld"][0]["reason"]
    for each in found["withheld"]:
        assert word in each["reason"]
        assert "sharedRecords" in each["reason"]


async def test_a_value_that_the_type_has_no_place_for_spoils_neither_row_nor_answer() -> None:
    desk = Desk()
    desk.shared.records = [ROW, ROW | {"months": 2**31, "born": None}]
    found = (await desk.ask(ASK, **GIVEN)).body["data"]["people"]
    assert [each["months"] for each in found["nodes"]] == [12, None]
    assert [each["path"] for each in found["withheld"]] == ["months"]


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        ("String", "x", "x"), ("String", 5, "5"), ("String", True, "true"), ("String", False, "false"),
        ("Decimal", "12.50", "12.50"), ("Decimal", 5, "5"), ("Decimal", "x", Misfit), ("Decimal", True, Misfit),
        ("Int", 5, 5), ("Int", True, Misfit), ("Int", "5", Misfit), ("Int", -(2**31), Misfit),
        ("Boolean", True, True), ("Boolean", 1, Misfit),
        ("Date", "x", Misfit), ("Date", 5, Misfit), ("DateTime", "x", Misfit), ("DateTime", 5, Misfit),
        ("Date", None, None),
    ],
)  # fmt: skip
def test_values_fit_or_do_not(type_: str, value: object, shown: object) -> None:
    shape = Shape("a", type_)
    if shown is Misfit:
        with pytest.raises(Misfit):
            shape.fit(value)
    else:
        assert shape.fit(value) == shown


# ---- what is refused


async def test_a_refusal_names_the_argument_as_the_field_does() -> None:
    desk = Desk(renamed(a_resource(keys=("身份号",)), idNumber="身份号"))
    shapes = _shapes(desk)
    ask = people("nodes { name }", shapes["身份号"].name)
    for field, told in (
        ("parameters.身份号", shapes["身份号"].name),
        ("parameters.other", "parameters.other"),
        ("grant", "grant"),
    ):
        desk.shared.refusal = Refusal(problems.GRANT_DENIED, field, reason=Text("否", "no"))
        error = (await desk.ask(ask)).body["errors"][0]
        assert error["extensions"]["field"] == told
        assert error["extensions"]["number"] == problems.GRANT_DENIED.number
        assert error["message"].endswith("否")


@pytest.mark.parametrize("person", [None, CITIZEN])
async def test_to_whom_the_catalogue_is_closed_its_fields_are_not_there(person: Any) -> None:
    desk = Desk()
    answer = await desk.ask(ASK, person=person, **GIVEN)
    assert answer.body["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "data" not in answer.body
    told = await desk.ask('{ __type(name: "Shared_307001_00101") { name } }', person=person)
    assert told.body == {"data": {"__type": None}}
    assert not desk.shared.asked


@pytest.mark.parametrize(
    "query",
    [
        '{ shared_307001_00101(use: "u", grant: "g", idNumber: "k") { nodes { name } } }',
        'query ($k: String!) { shared_307001_00101(use: "u", grant: "g", idNumber: $k) { nodes { name } } }',
    ],
)
async def test_none_is_asked_by_an_address_that_stays_in_logs(query: str) -> None:
    desk = Desk()
    answer = await desk.ask(query, by_get=True, k="k")
    assert answer.body["errors"][0]["extensions"]["number"] == problems.GET_IS_PERSONAL.number
    assert not desk.shared.asked


def test_a_typed_field_costs_what_shared_records_cost() -> None:
    desk = Desk()

    def cost(first: int) -> int:
        text = people("nodes { name born } withheld { path } sources { system }", more=f", first: {first}")
        prepared = desk.editions.of(text, desk.call(OFFICER).caller).prepare(text, hide_suggestions=True)
        operation = get_operation_ast(prepared.document)
        assert operation is not None
        return prepared.costs.of(operation, {})

    assert cost(5) == costs.WEIGHTS["Query.sharedRecords"] + 1 + 5 * 3 + 10 * 2 + 2
    assert cost(100) - cost(0) == 300


async def test_a_fault_of_a_literal_does_not_repeat_it() -> None:
    answer = await Desk().ask(
        '{ shared_307001_00101(use: "u", grant: "g", idNumber: 110105194912310021) { nodes { name } } }'
    )
    assert "110105194912310021" not in str(answer.body)
    assert answer.body["errors"][0]["extensions"]["code"] == "BAD_INPUT"


def test_items_have_their_shape() -> None:
    assert Shape("a", "String").gap(Access.MASK) is None
    assert Shape("a", "Date").gap(Access.SHOW) is None
    assert InformationItem(name="a", title="a").type is ItemType.TEXT
