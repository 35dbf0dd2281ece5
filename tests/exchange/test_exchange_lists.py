"""Lists and catalogues of exchanges that are no sandbox's: what cannot be read is told, and the rest comes."""

from datetime import date

import pytest

from gateway.core.outcome import Outcome
from gateway.core.sharing.exchange import Standing
from gateway.core.sharing.resources import ItemType, SharingType
from tests.exchange.small_exchange import OPERATIONS, RESOURCE, Make


@pytest.mark.parametrize(
    "row",
    [
        {"no": "N2", "res": "R1", "st": "unheard-of"},
        {"no": "N2", "st": "p"},
        {"res": "R1", "st": "p"},
        {"no": "N2", "res": "R1", "st": "p", "key": {"x": 1}},
        "text",
    ],
)
async def test_a_list_with_a_line_that_cannot_be_read_is_not_whole(make: Make, row: object) -> None:
    bench = await make()
    bench.says(rows=[{"no": "N1", "res": "R1", "key": "K1", "st": "e"}, row])

    listed = await bench.exchange.listed(date(2026, 3, 2), bench.call())

    assert listed.outcome is Outcome.UPSTREAM_FAULT
    assert [(line.number, line.standing) for line in listed.lines] == [("N1", Standing.ENDED)]


async def test_a_list_that_was_cut_off_is_not_whole(make: Make) -> None:
    bench = await make(OPERATIONS.replace('each: "rows[]", listed', 'each: "rows[]", more: total, listed'))
    bench.says(rows=[{"no": "N1", "res": "R1", "st": "p"}], total=2)

    listed = await bench.exchange.listed(date(2026, 3, 2), bench.call())

    assert (listed.outcome, len(listed.lines)) == (Outcome.UPSTREAM_FAULT, 1)
    assert listed.notice is not None
    assert "limits.rows" in listed.notice


async def test_a_list_of_a_day_without_requests_is_whole(make: Make) -> None:
    bench = await make()
    bench.says(code="6")

    listed = await bench.exchange.listed(date(2026, 3, 2), bench.call())

    assert (listed.outcome, listed.lines) == (Outcome.OK, ())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "3"},
        {"kind": None},
        {"code": None},
        {"columns": []},
        {"columns": [{"name": "x"}]},
        {"columns": [{"name": "x", "title": "甲", "type": "Z"}]},
        {"columns": [{"name": "x", "title": "甲", "size": "long"}]},
        {"columns": [{"name": "x", "title": "甲", "mask": "SOME"}]},
        {"columns": ["x"]},
        {"columns": [{"name": f"f{place}", "title": "t"} for place in range(501)]},
        {"no": "R1"},
        {"no": "R" * 201},
        {"no": "R\u0007"},
    ],
)
async def test_a_resource_that_cannot_be_read_is_named_and_the_others_come(
    make: Make, change: dict[str, object]
) -> None:
    bench = await make()
    bench.says(rows=[RESOURCE, RESOURCE | {"no": "R2"} | change])

    catalogue = await bench.exchange.catalogue(bench.call())

    assert catalogue.outcome is Outcome.OK
    assert [one.number for one in catalogue.resources] == ["R1"]
    assert catalogue.unreadable == (str(change.get("no", "R2"))[:200],)


async def test_a_resource_without_a_number_is_named_by_its_place(make: Make) -> None:
    bench = await make()
    bench.says(rows=[RESOURCE, RESOURCE | {"no": None}])

    assert (await bench.exchange.catalogue(bench.call())).unreadable == ("2",)


async def test_what_only_describes_a_resource_may_be_unreadable(make: Make) -> None:
    bench = await make()
    bench.says(rows=[RESOURCE | {"day": "some day", "columns": [{"name": "x", "title": "甲", "type": "D", "size": 8}]}])

    catalogue = await bench.exchange.catalogue(bench.call())

    (resource,) = catalogue.resources
    assert (resource.published_on, resource.sharing) == (None, SharingType.CONDITIONAL)
    assert (resource.items[0].type, resource.items[0].length) == (ItemType.DATE, 8)


async def test_a_catalogue_of_which_something_is_missing_is_not_whole(make: Make) -> None:
    bench = await make()
    bench.says(rows=[RESOURCE], total=2)
    cut_off = await bench.exchange.catalogue(bench.call())
    bench.says(rows=[RESOURCE, "text"])
    spoilt = await bench.exchange.catalogue(bench.call())
    bench.says(code="9")
    failed = await bench.exchange.catalogue(bench.call())

    assert [one.outcome for one in (cut_off, spoilt, failed)] == [Outcome.UPSTREAM_FAULT] * 3
    assert [len(one.resources) for one in (cut_off, spoilt, failed)] == [1, 1, 0]


async def test_an_exchange_without_a_list_is_not_asked_for_one(make: Make) -> None:
    a, b = OPERATIONS.index("  list:"), OPERATIONS.index("  resources:")
    bench = await make(OPERATIONS[:a] + OPERATIONS[b:])

    assert (await bench.exchange.listed(date(2026, 3, 2), bench.call())).outcome is Outcome.NOT_ASKED
