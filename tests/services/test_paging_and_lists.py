"""Pages: every item once and in order; the lists that are paged."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.licence import LicenceType
from gateway.core.system import Health, SystemState, SystemView
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.paging import MOST_IN_A_PAGE, page, read_place
from gateway.store.licence_types import LicenceTypes
from tests.services.fakes import START


@given(st.sets(st.text(max_size=20)), st.integers(1, 7))
def test_walking_all_pages_gives_every_item_once_and_in_order(keys: set[str], first: int) -> None:
    items = sorted(key for key in keys if key.isprintable())
    seen: list[str] = []
    after = None
    while True:
        got = page(items, lambda item: item, first, after)
        assert got.total == len(items)
        assert len(got.nodes) == len(got.cursors) <= first
        assert got.has_next == (len(seen) + len(got.nodes) < len(items))
        seen += got.nodes
        if not got.has_next:
            break
        after = got.cursors[-1]
    assert seen == items


def test_a_cursor_holds_its_place_while_the_list_changes() -> None:
    first = page(["b", "d", "f"], str, 2, None)
    assert page(["a", "b", "e", "f"], str, 2, first.cursors[1]).nodes == ["e", "f"]


@pytest.mark.parametrize("first", [0, -1, MOST_IN_A_PAGE + 1])
def test_a_page_size_out_of_range_is_refused(first: int) -> None:
    with pytest.raises(Refusal) as caught:
        page(["a"], str, first, None)
    assert (caught.value.problem, caught.value.field) == (problems.LIMIT_OUT_OF_RANGE, "first")
    assert str(caught.value) == "the number must lie between 1 and 200"


@pytest.mark.parametrize(
    "cursor", ["", "x", "=", "é", "\ud800", "YQ", base64.urlsafe_b64encode(b"\xff\xfe").decode(), "a" * 401]
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal) as caught:
        page(["a"], str, 1, cursor)
    assert (caught.value.problem, caught.value.field) == (problems.CURSOR_INVALID, "after")


@given(st.text(max_size=60).filter(lambda text: not text.startswith("YWZ0ZXI6")))
def test_text_that_we_did_not_give_is_refused_and_never_raises_otherwise(cursor: str) -> None:
    with pytest.raises(Refusal) as caught:
        page(["a", "b"], str, 1, cursor)
    assert caught.value.problem is problems.CURSOR_INVALID


# ---- licence types

TYPES = LicenceTypes({"T2": "身份证", "T1": "营业执照", "t3": "Driving Licence"})


@pytest.mark.parametrize(
    ("search", "codes"),
    [
        (None, ["T1", "T2", "t3"]),
        ("", ["T1", "T2", "t3"]),
        ("  ", ["T1", "T2", "t3"]),
        ("证", ["T2"]),
        ("t1", ["T1"]),
        ("DRIVING", ["t3"]),
        ("nothing", []),
    ],
)
def test_types_are_found_by_a_part_of_code_or_name(search: str | None, codes: list[str]) -> None:
    found = ListLicenceTypes(TYPES)(search, 20, None)
    assert [kind.code for kind in found.nodes] == codes
    assert found.total == len(codes)


def test_types_without_code_or_name_are_listed_too() -> None:
    class Odd:
        def licence_types(self) -> list[LicenceType]:
            return [LicenceType(None, None), LicenceType("T1", None)]

        def name_of(self, _: str) -> str | None:
            return None

    assert ListLicenceTypes(Odd())(None, 20, None).total == 2


# ---- systems


def view(code: str, state: SystemState, *regions: str) -> SystemView:
    return SystemView(
        code=code,
        title_zh="系统",
        title_en="system",
        level="city",
        regions=regions,
        state=state,
        health=Health(since=START, state=state),
        active_version=1,
        serves=("LicenceSource",),
    )


class Systems:
    def systems(self) -> list[SystemView]:
        return [
            view("a", SystemState.UP, "420100"),
            view("b", SystemState.DOWN, "420000"),
            view("c", SystemState.UP, "430000"),
        ]


@pytest.mark.parametrize(
    ("state", "region", "codes"),
    [
        (None, None, ["a", "b", "c"]),
        (SystemState.UP, None, ["a", "c"]),
        (None, "420106", ["a", "b"]),
        (None, "420200", ["b"]),
        (SystemState.UP, "420000", ["a"]),
        (SystemState.DISABLED, None, []),
    ],
)
def test_systems_are_narrowed_by_state_and_by_the_region_they_serve(
    state: SystemState | None, region: str | None, codes: list[str]
) -> None:
    found = ListSystems(Systems())(state, region, 100, None)
    assert [system.code for system in found.nodes] == codes


def test_systems_are_paged() -> None:
    listed = ListSystems(Systems())
    first = listed(None, None, 2, None)
    assert [system.code for system in listed(None, None, 2, first.cursors[-1]).nodes] == ["c"]


def test_a_system_is_found_by_its_code_or_not_at_all() -> None:
    found = ListSystems(Systems()).find("b")
    assert found is not None
    assert found.code == "b"
    assert ListSystems(Systems()).find("B") is None


def test_a_place_is_an_instant_and_a_name() -> None:
    assert read_place("2026-03-01T08:00:00+08:00 ab") == (datetime(2026, 3, 1, tzinfo=UTC), "ab")


@pytest.mark.parametrize(
    "key",
    ["", "2026-03-01T08:00:00+08:00", "2026-03-01T08:00:00 ab", "soon ab", "9999-12-31T23:59:59-14:00 ab"],
)
def test_a_key_that_is_no_place_is_refused(key: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_place(key)
    assert caught.value.problem is problems.CURSOR_INVALID
