"""The catalogue: codes by their parts, resources with all that is wrong with them at once, what items need."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.spelling import FULL_WIDTH
from gateway.core.sharing import catalogue_code
from gateway.core.sharing.resources import (
    MOST_ITEMS,
    Authority,
    InformationItem,
    ItemRelation,
    Resource,
    SharingType,
    Upstream,
    examine_relation,
    examine_resource,
    needed_fields,
    next_version,
)
from tests.sharing.making import CODE, ITEM, ITEMS, a_resource, upstream_resource

DIGITS = st.text("0123456789", max_size=12)


@given(
    category=st.sampled_from("123456789"), rest=st.from_regex(r"\A[0-9]{5}\Z"), detail=DIGITS, serial=DIGITS.filter(len)
)
def test_a_code_with_a_slash_is_taken_apart_and_put_together_again(
    category: str, rest: str, detail: str, serial: str
) -> None:
    code = catalogue_code.parse(f"{category}{rest}{detail}/{serial}")
    assert (code.category, code.item, code.heading) == (category, rest[:2], rest[2:])
    assert (code.detail, code.serial) == (detail, serial)
    assert code.is_under(category)
    assert code.is_under(category + rest + detail)
    assert not code.is_under(f"{code.text}")
    assert not code.is_under("")


def test_without_a_slash_nobody_can_tell_detail_from_serial() -> None:
    code = catalogue_code.parse("3070010000012")
    assert (code.detail, code.serial) == (None, "0000012")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", catalogue_code.LENGTH),
        ("307001", catalogue_code.LENGTH),
        ("3" * 41, catalogue_code.LENGTH),
        ("0070010001", catalogue_code.SHAPE),
        ("307001/", catalogue_code.SHAPE),
        ("307001/1/2", catalogue_code.SHAPE),
        ("30700X0001", catalogue_code.SHAPE),
        ("３070010001", FULL_WIDTH),
    ],
)
def test_what_is_no_code_is_refused_with_its_reason(raw: str, reason: Any) -> None:
    with pytest.raises(IdentifierInvalid) as error:
        catalogue_code.parse(raw)
    assert error.value.reason == reason


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_is_refused(raw: str) -> None:
    with suppress(IdentifierInvalid):
        assert catalogue_code.parse(raw).text == raw


def test_sound_resources_have_no_findings() -> None:
    assert examine_resource(a_resource()) == ()
    assert examine_resource(upstream_resource()) == ()
    public = a_resource(items=(InformationItem(name="n", title="名"),), keys=(), parameters=frozenset())
    assert examine_resource(public) == ()
    assert (public.concerns_persons(), a_resource().concerns_persons()) == (False, True)


def found(resource: Resource) -> set[str]:
    return {finding.path for finding in examine_resource(resource)}


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"code": "1"}, {"code"}),
        ({"provider": "1"}, {"provider"}),
        ({"title": " "}, {"title"}),
        ({"title": "长" * 201}, {"title"}),
        ({"abstract": "长" * 4_001, "format": "长" * 4_001}, {"abstract", "format"}),
        ({"condition": ""}, {"condition"}),
        ({"version": 0}, {"version"}),
        ({"items": (), "keys": (), "parameters": frozenset()}, {"items"}),
        ({"items": (*ITEMS, ITEMS[0])}, {"items[7].name"}),
        ({"items": (*ITEMS, InformationItem(name="", title=""))}, {"items[7].name", "items[7].title"}),
        ({"items": (*ITEMS, InformationItem(name="x", title="x", length=0))}, {"items[7].length"}),
        (
            {"items": (*ITEMS, *(InformationItem(name=f"f{n}", title="x") for n in range(MOST_ITEMS)))},
            {"items"},
        ),
        ({"authority": Authority.UPSTREAM}, {"upstream"}),
        ({"authority": Authority.UPSTREAM, "upstream": Upstream("exchange", "")}, {"upstream"}),
        ({"upstream": Upstream("exchange", "1")}, {"upstream"}),
        ({"keys": ("other",)}, {"keys"}),
        ({"parameters": frozenset({"other"})}, {"parameters"}),
        ({"keys": ()}, {"keys"}),
    ],
)
def test_everything_wrong_with_a_resource_is_found_where_it_is(changes: dict[str, Any], paths: set[str]) -> None:
    assert found(a_resource(**changes)) == paths


def test_all_findings_come_at_once() -> None:
    assert found(a_resource(code="", provider="", title="", version=0)) == {"code", "provider", "title", "version"}


def test_a_resource_knows_its_fields() -> None:
    item = a_resource().item("name")
    assert item is not None
    assert item.title == "姓名"
    assert a_resource().item("other") is None
    assert a_resource(sharing=SharingType.UNCONDITIONAL, condition="").fields == {one.name for one in ITEMS}


def test_a_changed_resource_is_the_next_version_and_an_unchanged_one_is_none() -> None:
    first = next_version(None, a_resource(version=9))
    assert first == a_resource()
    assert next_version(first, a_resource(version=5)) is None
    assert next_version(first, a_resource(title="离婚登记信息")) == a_resource(title="离婚登记信息", version=2)
    with pytest.raises(ValueError, match="keeps its catalogue code"):
        next_version(first, a_resource(code="307001/1"))


def relation(**changes: Any) -> ItemRelation:
    return ItemRelation(**{"item": ITEM, "resource": CODE, "fields": frozenset({"name"})} | changes)


def test_an_item_needs_what_its_relations_in_force_say() -> None:
    relations = [
        relation(),
        relation(fields=frozenset({"state"}), valid_from=date(2026, 1, 1), valid_until=date(2026, 6, 30)),
        relation(item="11420000-0002", fields=frozenset({"phone"})),
        relation(resource="307001/99", fields=frozenset({"phone"})),
    ]
    assert needed_fields(relations, ITEM, CODE, date(2026, 6, 30)) == {"name", "state"}
    assert needed_fields(relations, ITEM, CODE, date(2026, 7, 1)) == {"name"}
    assert needed_fields(relations, "11420000-0003", CODE, date(2026, 7, 1)) == frozenset()


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, []),
        ({"item": "?"}, ["item"]),
        ({"fields": frozenset()}, ["fields"]),
        ({"fields": frozenset({"other"})}, ["fields"]),
        ({"valid_from": date(2026, 2, 2), "valid_until": date(2026, 2, 1)}, ["valid_until"]),
    ],
)
def test_relations_are_examined_against_the_resource(changes: dict[str, Any], paths: list[str]) -> None:
    assert [finding.path for finding in examine_relation(relation(**changes), a_resource())] == paths


def test_a_relation_to_nothing_is_found() -> None:
    assert [finding.path for finding in examine_relation(relation(), None)] == ["resource"]
