"""Operations: what documents are refused, what fields ask of systems, and that nothing personal leaks."""

from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.core.errors import StoreUnavailable
from gateway.core.licence import KEY_FIELDS, ROW_FIELDS, FaceField, Holder, LicenceState
from gateway.core.outcome import Outcome
from gateway.core.ports import Answer
from tests.services.fakes import CITIZEN, FRONTEND, OFFICER, OTHER_NUMBER, OWN_NUMBER, LicenceRow, rows
from tests.web.gateways import BrokenList, Gateway

ENGLISH = {"accept-language": "en"}
OWN = (Holder("111", OWN_NUMBER, "王测试"),)
ROW = LicenceRow(
    identifier="A-1", type="T1", type_name="执照", number="7", name="营业执照", holders=OWN, issuer="I1",
    state=LicenceState.VALID, face=(FaceField("a", "甲", "1"),),
)  # fmt: skip


def errors_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The errors, each of which has everything that an error must have."""
    for error in answer["errors"]:
        assert error["message"]
        assert error["extensions"]["code"]
        assert error["extensions"]["number"].startswith("YW-")
        assert error["extensions"]["remedy"]
    return list(answer["errors"])


async def refused(gateway: Gateway, query: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    answer = await gateway.ask(query, variables, headers=ENGLISH)
    assert "data" not in answer
    return errors_of(answer)


# ---- documents


async def test_an_unknown_field_is_refused_with_its_place_and_a_suggestion(gateway: Gateway) -> None:
    (error,) = await refused(gateway, "{ viewer { aplication { code } } }")
    assert "'application'" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 12}]


async def test_malformed_graphql_is_refused_with_its_place(gateway: Gateway) -> None:
    (error,) = await refused(gateway, "{ viewer {")
    assert "Syntax Error" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 11}]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("{ viewer " + "{ a " * 17 + "}" * 18, "YW-GQ-04"),
        ("{ a " * 1_900 + "}" * 1_900, "YW-GQ-02"),
        ("{ ... " * 900 + "{ viewer { __typename } }" + "}" * 900, "YW-GQ-02"),
        ("{ viewer { a { " + "b " * 4_000 + "} } }", "YW-GQ-04"),
        ("{ " + "viewer { __typename } " * 33 + "}", "YW-GQ-04"),
        ("{ ...A ...A } fragment A on Query { " + "viewer { __typename } " * 17 + "}", "YW-GQ-04"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "YW-GQ-02"),
        ("{ ...A } fragment A on Query { viewer { ...A } }", "YW-GQ-02"),
        ("{ ...Missing }", "YW-GQ-02"),
        ("{ system(code: " + "[" * 1_900 + "]" * 1_900 + ") { id } }", "YW-GQ-02"),
        ("subscription { viewer }", "YW-GQ-02"),
        ("{ ...F0 } " + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(430)), "YW-GQ-04"),
        ("{ ...F0 } " + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(38)), "YW-GQ-02"),
    ],
)  # fmt: skip
async def test_hostile_documents_are_refused(gateway: Gateway, query: str, number: str) -> None:
    assert number in {error["extensions"]["number"] for error in await refused(gateway, query)}


async def test_depth_counts_through_fragments(gateway: Gateway) -> None:
    steps = 9
    fragments = "".join(f"fragment F{n} on Query {{ a {{ b {{ ...F{n + 1} }} }} }} " for n in range(steps))
    errors = await refused(gateway, "{ ...F0 } " + fragments + f"fragment F{steps} on Query {{ a }}")
    assert errors[0]["message"] == "the GraphQL document is over a limit: nested deeper than 16 levels"


async def test_introspection_fits_the_limits(gateway: Gateway) -> None:
    from graphql import get_introspection_query  # noqa: PLC0415 - only here

    answer = await gateway.ask(get_introspection_query(one_of=True))
    types = {kind["name"]: kind for kind in answer["data"]["__schema"]["types"]}
    assert types["HolderInput"]["isOneOf"]
    assert not types["DocumentInput"]["isOneOf"]


async def test_an_operation_is_chosen_by_its_name(gateway: Gateway) -> None:
    query = "query A { viewer { application { code } } } query B { viewer { application { title } } }"
    answer = await gateway.ask(query, operationName="B")
    assert answer == {"data": {"viewer": {"application": {"title": FRONTEND.title}}}}
    (error,) = errors_of(await gateway.ask(query, operationName="C"))
    assert error["extensions"]["field"] == "operationName"


async def test_a_document_is_prepared_once(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    await gateway.ask("{ viewer { __typename } }")
    monkeypatch.setattr("schema.execution.documents.parse", None)
    assert "data" in await gateway.ask("{ viewer { __typename } }")


# ---- values are not repeated


CANARIES = [
    ("query ($n: Int) { systems(first: $n) { totalCount } }", {"n": OTHER_NUMBER}),
    ("query ($s: SystemState) { systems(state: $s) { totalCount } }", {"s": OTHER_NUMBER}),
    ("query ($r: RegionCode) { systems(region: $r) { totalCount } }", {"r": OTHER_NUMBER}),
    ("query ($r: RegionCode) { systems(region: $r) { totalCount } }", {"r": int(OTHER_NUMBER)}),
    (
        'query ($h: HolderInput!) { licences(use: "x", holder: $h) { completeness } }',
        {"h": {"document": {"type": "111", "number": OTHER_NUMBER}}},
    ),
    (
        'query ($h: HolderInput!) { licences(use: "x", holder: $h) { completeness } }',
        {"h": {"document": {"type": "111", "number": int(OTHER_NUMBER), "name": "李"}}},
    ),
    ('query ($h: HolderInput!) { licences(use: "x", holder: $h) { completeness } }', {"h": {OTHER_NUMBER: True}}),
    ("query ($h: HolderInput!) { viewer { __typename } }", {"h": OTHER_NUMBER}),
    (f"{{ system(code: {OTHER_NUMBER}) {{ id }} }}", None),
    (f'{{ systems(first: "{OTHER_NUMBER}") {{ totalCount }} }}', None),
    (f'{{ systems(region: "{OTHER_NUMBER}") {{ totalCount }} }}', None),
    (f"{{ systems(state: X{OTHER_NUMBER}) {{ totalCount }} }}", None),
    (f'{{ systems(state: "{OTHER_NUMBER}") {{ totalCount }} }}', None),
    (f'{{ licences(use: "x", holder: "{OTHER_NUMBER}") {{ completeness }} }}', None),
    (f"{{ licences(use: [{{a: {OTHER_NUMBER}}}], holder: {{viewer: true}}) {{ completeness }} }}", None),
    (f'{{ system(code: a "{OTHER_NUMBER}") {{ id }} }}', None),
    (f"{{ {OTHER_NUMBER} }}", None),
    (f'{{ "{OTHER_NUMBER}" }}', None),
]


@pytest.mark.parametrize(("query", "variables"), CANARIES)
async def test_a_value_at_fault_is_not_repeated(gateway: Gateway, query: str, variables: dict[str, Any] | None) -> None:
    with capture_logs() as logs:
        errors = await refused(gateway, query, variables)
    assert OTHER_NUMBER not in repr(errors)
    assert OTHER_NUMBER not in repr(logs)
    assert {error["extensions"]["code"] for error in errors} == {"BAD_INPUT"}


async def test_a_wrong_variable_is_named(gateway: Gateway) -> None:
    (error,) = await refused(gateway, "query ($n: Int) { systems(first: $n) { totalCount } }", {"n": "x"})
    assert error["message"] == "the variable $n is wrong: it does not fit its type"


@pytest.mark.parametrize(
    ("value", "place", "zh", "en"),
    [
        ({}, "", "HolderInput 须恰好给出一个字段", "HolderInput takes exactly one of its fields"),
        (None, "", "HolderInput! 类型的值不得为 null", "a value of type HolderInput! is never null"),
        (..., "", "须给出 HolderInput! 类型的值", "a value of type HolderInput! is needed"),
        (5, "", "须为 HolderInput 类型的对象", "it must be an object of type HolderInput"),
        ({"document": {}}, ".document", "DocumentInput 缺少必填字段 type", "DocumentInput needs its field type"),
        ({"viewer": "x"}, ".viewer", "不符合其类型", "it does not fit its type"),
    ],
    ids=["one of", "null", "missing", "no object", "field", "otherwise"],
)
async def test_a_wrong_variable_is_told_in_the_callers_language_and_as_no_fault_of_the_document(
    gateway: Gateway, value: object, place: str, zh: str, en: str
) -> None:
    query = 'query ($v: HolderInput!) { licences(use: "x", holder: $v) { completeness } }'
    variables = {} if value is ... else {"v": value}
    for language, expected in (("zh", f"变量 $v{place} 有误：{zh}"), ("en", f"the variable $v{place} is wrong: {en}")):
        answer = await gateway.ask(query, variables, headers={"accept-language": language})
        error = answer["errors"][0]
        assert error["message"] == expected
        assert error["extensions"]["number"] == "YW-GQ-17"
        assert not any(word in error["extensions"]["remedy"] for word in ("document", "文档"))


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ systems(region: "429") { totalCount } }', None),
        ("query ($r: RegionCode) { systems(region: $r) { totalCount } }", {"r": "429"}),
    ],
)
async def test_a_wrong_region_is_told_as_such(gateway: Gateway, query: str, variables: dict[str, Any] | None) -> None:
    (error,) = await refused(gateway, query, variables)
    assert error["extensions"]["number"] == "YW-IN-03"
    assert error["message"] == "the region code is wrong: its length is wrong: 6 or 12 digits are expected"


# ---- oneOf


@pytest.mark.parametrize(
    "holder",
    [
        {},
        {"viewer": None},
        {"viewer": True, "document": None},
        {"viewer": True, "document": {"type": "111", "number": OTHER_NUMBER, "name": "李"}},
    ],
)
async def test_a_holder_is_named_in_exactly_one_way(gateway: Gateway, use: str, holder: dict[str, Any]) -> None:
    query = "query ($u: ID!, $h: HolderInput!) { licences(use: $u, holder: $h) { completeness } }"
    (error,) = await refused(gateway, query, {"u": use, "h": holder})
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert gateway.city.questions == []


@pytest.mark.parametrize(
    "literal",
    ["{}", "{viewer: null}", '{viewer: true, document: {type: "111", number: "1", name: "a"}}'],
)
async def test_a_holder_is_named_in_exactly_one_way_in_a_literal_too(gateway: Gateway, literal: str) -> None:
    errors = await refused(gateway, f'{{ licences(use: "x", holder: {literal}) {{ completeness }} }}')
    assert errors[0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("literal", ["{}", '{holder: {item: "123456"}, presented: {code: "1"}}'])
async def test_a_purpose_has_exactly_one_basis(gateway: Gateway, literal: str) -> None:
    errors = await refused(gateway, f"mutation {{ openUse(input: {literal}) {{ use {{ id }} }} }}")
    assert errors[0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_null_in_a_variable_of_one_way_is_the_callers_mistake_and_no_defect(gateway: Gateway) -> None:
    query = 'query ($v: Boolean) { licences(use: "x", holder: {viewer: $v}) { completeness } }'
    answer = await gateway.ask(query, {"v": None}, headers=ENGLISH)
    (error,) = errors_of(answer)
    assert error["extensions"]["code"] == "BAD_INPUT"


# ---- uses


async def test_a_use_is_opened_and_told(gateway: Gateway) -> None:
    answer = await gateway.ask(
        'mutation { openUse(input: {statutory: {item: "11420000-0001", case: "BJ-1", note: "核验"}}) '
        "{ use { id item basis expiresAt } problems { code } } }",
        person=OFFICER,
    )
    payload = answer["data"]["openUse"]
    assert payload["problems"] == []
    assert (payload["use"]["item"], payload["use"]["basis"]) == ("11420000-0001", "STATUTORY")
    kept = await gateway.uses.find(payload["use"]["id"])
    assert kept is not None
    assert (kept.case, kept.note) == ("BJ-1", "核验")


@pytest.mark.parametrize(
    ("literal", "field"),
    [
        ('holder: {item: "x"}', "input.holder.item"),
        ('holder: {item: "11420000-0001", note: ""}', "input.holder.note"),
    ],
)
async def test_what_the_caller_can_mend_is_a_problem_of_the_payload(gateway: Gateway, literal: str, field: str) -> None:
    answer = await gateway.ask(
        f"mutation {{ openUse(input: {{{literal}}}) {{ use {{ id }} problems {{ code message field remedy }} }} }}"
    )
    payload = answer["data"]["openUse"]
    assert payload["use"] is None
    (problem,) = payload["problems"]
    assert (problem["code"], problem["field"]) == ("BAD_INPUT", field)
    assert problem["message"]
    assert problem["remedy"]


@pytest.mark.parametrize(
    "literal",
    [
        'statutory: {item: "11420000-0001", case: "B1"}',
        'entrusted: {item: "11420000-0001", mandate: "M1"}',
        'presented: {code: "C1"}',
    ],
)
async def test_what_is_refused_by_policy_is_an_error(gateway: Gateway, literal: str) -> None:
    answer = await gateway.ask(f"mutation {{ openUse(input: {{{literal}}}) {{ use {{ id }} }} }}")
    assert errors_of(answer)[0]["extensions"]["code"] == "FORBIDDEN"
    assert answer["data"] == {"openUse": None}


async def test_nothing_is_answered_without_a_use(gateway: Gateway) -> None:
    answer = await gateway.ask(
        '{ licences(use: "x", holder: {viewer: true}) { completeness } licence(use: "x", id: "y") { completeness } }'
    )
    assert {error["extensions"]["code"] for error in errors_of(answer)} == {"FORBIDDEN"}
    assert [error["path"] for error in answer["errors"]] == [["licences"], ["licence"]]
    assert answer["data"] == {"licences": None, "licence": None}
    assert gateway.city.questions == []


async def test_an_application_without_a_person_gets_no_licences(gateway: Gateway, use: str) -> None:
    answer = await gateway.ask(
        f'{{ licences(use: "{use}", holder: {{viewer: true}}) {{ completeness }} }}', person=None
    )
    assert errors_of(answer)[0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---- who is asking


async def test_the_viewer_is_masked(gateway: Gateway) -> None:
    answer = await gateway.ask("{ viewer { application { code title } person { role name documentType number } } }")
    assert answer["data"]["viewer"] == {
        "application": {"code": "portal", "title": "门户"},
        "person": {"role": "CITIZEN", "name": "王*试", "documentType": "111", "number": "420106********1231"},
    }
    officer = await gateway.ask("{ viewer { person { role name number post body } } }", person=OFFICER)
    assert officer["data"]["viewer"]["person"] == {
        "role": "OFFICER", "name": "经*员", "number": None, "post": "窗口", "body": "11420000011043217X",
    }  # fmt: skip
    nobody = await gateway.ask("{ viewer { person { name } } }", person=None)
    assert nobody["data"]["viewer"]["person"] is None


# ---- which fields systems are asked for


LICENCES = "query Q($u: ID!, $yes: Boolean = true, $no: Boolean = false) { %s }"
ASKED = "licences(use: $u, holder: {viewer: true}) "
USED = "__typename @include(if: $yes) @skip(if: $no)"


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        ("{ completeness }", set()),
        ("{ nodes { id state provenance { system } warnings } }", set()),
        ("{ nodes { name } }", {"name"}),
        ("{ nodes { name issuedOn validFrom holders { name } number rawState stateReason identifier } }",
         {"name", "issued_on", "valid_from", "holders", "number", "raw_state", "state_reason", "identifier"}),
        ("{ nodes { validUntil } }", {"valid_until"}),
        ("{ nodes { pastEndDate } }", {"valid_until"}),
        ("{ nodes { type { code } issuer { name } } }", {"type", "type_name", "issuer", "issuer_name"}),
        ("{ nodes { face { name value } } }", {"face"}),
        ("{ nodes { face: name } }", {"name"}),
        ("{ nodes { ...F } } fragment F on Licence { name ...G } fragment G on Licence { face { name } }",
         {"name", "face"}),
        ("{ nodes { ... on Licence { name } ... { number } } }", {"name", "number"}),
        ("{ a: nodes { name } b: nodes { number } }", {"name", "number"}),
        ("{ ...R } fragment R on LicenceResult { nodes { name } }", {"name"}),
        ("{ nodes { name face @skip(if: true) { name } } }", {"name"}),
        ("{ nodes { name face @include(if: $no) { name } } }", {"name"}),
        ("{ nodes { name face @include(if: $yes) { name } } }", {"name", "face"}),
        ("{ nodes { name face @skip(if: $yes) { name } } }", {"name"}),
        ("{ nodes { name ... @skip(if: $yes) { face { name } } } }", {"name"}),
        ("{ nodes { name ...F @include(if: $no) } } fragment F on Licence { face { name } }", {"name"}),
        ("{ completeness nodes @skip(if: $yes) { face { name } } }", set()),
    ],
)  # fmt: skip
async def test_systems_are_asked_for_what_is_selected_and_no_more(
    gateway: Gateway, use: str, selection: str, wanted: set[str]
) -> None:
    first, _, fragments = selection.partition(" fragment ")
    query = LICENCES % f"{USED} {ASKED} {first}" + (f" fragment {fragments}" if fragments else "")
    answer = await gateway.ask(query, {"u": use})
    assert "errors" not in answer
    assert gateway.city.questions[0][1] == KEY_FIELDS | wanted
    assert gateway.province.questions[0][1] == KEY_FIELDS | wanted


async def test_the_same_document_wants_other_fields_under_other_conditions(gateway: Gateway, use: str) -> None:
    selection = "{ nodes { face @include(if: $f) { name } } }"
    query = f"query Q($u: ID!, $f: Boolean!) {{ {ASKED} {selection} }}"
    for condition in (True, False, True):
        await gateway.ask(query, {"u": use, "f": condition})
    assert ["face" in wanted for _, wanted, _ in gateway.city.questions] == [True, False, True]


async def test_two_aliases_of_a_field_get_their_own_fields(gateway: Gateway, use: str) -> None:
    gateway.city.script = rows(ROW)
    query = LICENCES % f"{USED} a: {ASKED} {{ nodes {{ name }} }} b: {ASKED} {{ nodes {{ face {{ value }} number }} }}"
    answer = await gateway.ask(query, {"u": use})
    assert answer["data"]["a"] == {"nodes": [{"name": "营业执照"}]}
    assert answer["data"]["b"] == {"nodes": [{"face": [{"value": "1"}], "number": "7"}]}
    asked = sorted(sorted(wanted - KEY_FIELDS) for _, wanted, _ in gateway.city.questions)
    assert asked == [["face"], ["name"]]


async def test_two_selections_of_one_field_are_asked_once_for_both(gateway: Gateway, use: str) -> None:
    query = LICENCES % f"{USED} {ASKED} {{ nodes {{ name }} }} {ASKED} {{ nodes {{ face {{ value }} }} }}"
    await gateway.ask(query, {"u": use})
    assert [wanted - KEY_FIELDS for _, wanted, _ in gateway.city.questions] == [{"name", "face"}]


async def test_one_licence_is_asked_for_its_own_selection(gateway: Gateway, use: str) -> None:
    gateway.city.script = rows(ROW)
    listed = await gateway.ask(f'{{ licences(use: "{use}", holder: {{viewer: true}}) {{ nodes {{ id }} }} }}')
    licence_id = listed["data"]["licences"]["nodes"][0]["id"]
    answer = await gateway.ask(
        f'{{ licence(use: "{use}", id: "{licence_id}") {{ licence {{ name face {{ label }} }} completeness }} }}'
    )
    assert answer["data"]["licence"] == {
        "licence": {"name": "营业执照", "face": [{"label": "甲"}]},
        "completeness": "COMPLETE",
    }
    assert gateway.city.questions[1][1] == KEY_FIELDS | {"name", "face"}


def test_every_wanted_field_is_one_that_rows_have() -> None:
    from schema.types.licences import WANTED  # noqa: PLC0415 - only here

    assert frozenset().union(*WANTED.values()) | KEY_FIELDS == frozenset(ROW_FIELDS)


# ---- whole answers


async def test_a_licence_is_told_with_all_that_is_known_of_it(gateway: Gateway, use: str) -> None:
    gateway.city.script = rows(ROW)
    gateway.province.script = Answer(outcome=Outcome.OK, rows=(msgspec.structs.replace(ROW, name="执照"),), code="0")
    answer = await gateway.ask(
        "query ($u: ID!) { licences(use: $u, holder: {viewer: true}, limit: null) { completeness nodes { identifier "
        "type { code name } name holders { type number name } state pastEndDate validUntil withheld { path } "
        "provenance { system fields disagrees } } sources { system outcome servedFrom truncated code } } }",
        {"u": use},
    )
    assert "errors" not in answer
    result = answer["data"]["licences"]
    assert result["completeness"] == "COMPLETE"
    assert result["nodes"] == [
        {
            "identifier": "A-1",
            "type": {"code": "T1", "name": "执照"},
            "name": "营业执照",
            "holders": [{"type": "111", "number": OWN_NUMBER, "name": "王测试"}],
            "state": "VALID",
            "pastEndDate": None,
            "validUntil": None,
            "withheld": [],
            "provenance": [
                {"system": "city", "fields": ["identifier", "name", "holders", "type", "state"], "disagrees": []},
                {"system": "province", "fields": [], "disagrees": ["name"]},
            ],
        }
    ]
    assert result["sources"][1] == {
        "system": "province", "outcome": "OK", "servedFrom": "LIVE", "truncated": False, "code": "0",
    }  # fmt: skip


async def test_dirty_output_is_shown_and_not_refused(gateway: Gateway, use: str) -> None:
    gateway.city.script = rows(msgspec.structs.replace(ROW, identifier="鄂证1号", issuer="not a code"))
    answer = await gateway.ask(
        f"query ($u: ID!) {{ {ASKED} {{ nodes {{ identifier issuer {{ code }} warnings }} }} }}",
        {"u": use},
        headers=ENGLISH,
    )
    assert answer["data"]["licences"]["nodes"] == [
        {
            "identifier": "鄂证1号",
            "issuer": {"code": "not a code"},
            "warnings": ["city: identifier: not of the shape of a licence identifier"],
        }
    ]


async def test_a_wrong_number_is_refused_with_field_and_remedy(gateway: Gateway) -> None:
    use = await gateway.open_use(OFFICER)
    query = "query ($u: ID!, $h: HolderInput!) { licences(use: $u, holder: $h) { completeness } }"
    wrong = OTHER_NUMBER[:-1] + "5"
    holder = {"document": {"type": "111", "number": wrong, "name": "李测试"}}
    for language, words in (("en", "the citizen id is wrong"), ("zh", "居民身份号码不正确")):
        answer = await gateway.ask(
            query, {"u": use, "h": holder}, person=OFFICER, headers={"accept-language": language}
        )
        (error,) = errors_of(answer)
        assert error["extensions"]["code"] == "BAD_INPUT"
        assert error["extensions"]["field"] == "holder.document.number"
        assert words in error["message"]
        assert wrong not in repr(answer)


async def test_lists_are_paged_and_systems_told_in_the_callers_language(gateway: Gateway) -> None:
    query = (
        "query ($a: String) { licenceTypes(first: 1, after: $a) { nodes { code name } edges { cursor node { code } } "
        "pageInfo { hasNextPage endCursor } totalCount } }"
    )
    first = (await gateway.ask(query))["data"]["licenceTypes"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (2, True)
    assert first["edges"] == [{"cursor": first["pageInfo"]["endCursor"], "node": {"code": "T1"}}]
    second = (await gateway.ask(query, {"a": first["pageInfo"]["endCursor"]}))["data"]["licenceTypes"]
    assert second["nodes"] == [{"code": "T2", "name": "身份证"}]
    assert not second["pageInfo"]["hasNextPage"]
    systems = await gateway.ask(
        '{ systems(state: UP, region: "420106", first: null) { nodes { id code title health { state since } serves } } '
        'system(code: "city") { title } missing: system(code: "x") { title } none: systems(state: DOWN) '
        "{ totalCount pageInfo { endCursor } edges { cursor } } }",
        headers=ENGLISH,
    )
    assert "errors" not in systems
    assert [system["title"] for system in systems["data"]["systems"]["nodes"]] == ["library", "library"]
    assert systems["data"]["system"] == {"title": "library"}
    assert systems["data"]["missing"] is None
    assert systems["data"]["none"] == {"totalCount": 0, "pageInfo": {"endCursor": None}, "edges": []}
    assert (await gateway.ask('{ system(code: "city") { title } }'))["data"] == {"system": {"title": "证照库"}}


# ---- defects and logs


class AwayList:
    """A list of systems whose database is away."""

    def systems(self) -> list[Any]:
        raise StoreUnavailable("the database cannot be reached")


async def test_that_the_gateways_own_records_are_away_is_told_apart_from_a_defect() -> None:
    gateway = Gateway(systems=AwayList())
    with capture_logs() as logs:
        answer = await gateway.ask("{ systems { totalCount } }", headers=ENGLISH)
    (error,) = errors_of(answer)
    assert (error["extensions"]["code"], error["extensions"]["number"]) == ("INTERNAL", "YW-GQ-98")
    assert any("StoreUnavailable" in repr(line) for line in logs)


async def test_a_defect_in_a_field_gives_the_requests_number_and_no_detail() -> None:
    gateway = Gateway(systems=BrokenList())
    with capture_logs() as logs:
        body = b'{"query": "{ systems { totalCount } viewer { application { code } } }"}'
        response = await gateway.post(body, headers=ENGLISH)
    answer = response.json()
    (error,) = errors_of(answer)
    assert (error["extensions"]["code"], error["extensions"]["number"]) == ("INTERNAL", "YW-GQ-99")
    assert response.headers["x-request-id"] in error["message"]
    assert answer["data"] == {"systems": None, "viewer": {"application": {"code": "portal"}}}
    defect = next(line for line in logs if line["event"] == "field.defect")
    assert defect["request_id"] == response.headers["x-request-id"]
    assert defect["trace"][0] == "builtins.LookupError"
    assert any(line.endswith(" systems") for line in defect["trace"])
    assert BrokenList.canary not in response.text
    assert BrokenList.canary not in repr(logs)


async def test_log_lines_name_no_person_no_token_and_no_use(gateway: Gateway) -> None:
    with capture_logs() as logs:
        use = await gateway.open_use()
        gateway.city.script = rows(ROW)
        gateway.province.script = ValueError(OWN_NUMBER)
        query = (
            "query ($u: ID!) { licences(use: $u, holder: {viewer: true}) { nodes { holders { number name } } } "
            f'x: licences(use: "{OTHER_NUMBER}", holder: {{viewer: true}}) {{ completeness }} }}'
        )
        token = gateway.headers()["authorization"].removeprefix("Bearer ")
        answer = await gateway.ask(query, {"u": use}, headers={"authorization": f"Bearer {token}"})
        await gateway.ask("{ nothing }")
        await gateway.post(b"{", headers={"authorization": "Bearer canary-token"})
    assert answer["data"]["licences"]["nodes"][0]["holders"][0]["number"] == OWN_NUMBER
    said = repr(logs)
    secrets = (OWN_NUMBER, OTHER_NUMBER, CITIZEN.name, use, token, "canary-token", CITIZEN.subject)
    assert not [secret for secret in secrets if secret in said]
    requests = [line for line in logs if line["event"] == "request"]
    assert [line["codes"] for line in requests] == [["FORBIDDEN"], ["BAD_INPUT"], ["UNAUTHENTICATED"]]
    assert all(
        set(line) == {"event", "log_level", "request_id", "status", "codes", "milliseconds"} for line in requests
    )
