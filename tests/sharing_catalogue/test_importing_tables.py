"""Importing the catalogue: all of it or nothing, by those whose resources they are; what is left out stays."""

from typing import Any

import pytest

from gateway.core import problems
from gateway.core.bodies import Bodies, Succession
from gateway.core.call import Call
from gateway.core.policy.rules import RuleBook
from gateway.core.sharing import importing_relations, vocabulary
from gateway.core.sharing.catalogue import ResourceChoice
from gateway.core.sharing.headings import find_headings, shown, spelt
from gateway.core.sharing.resources import Resource, Service, SharingType, Upstream
from gateway.core.sharing.sheets import LARGEST, MOST_ROWS, Row
from gateway.services.sharing.catalogue.import_catalogue import (
    MOST_PROVIDERS,
    CatalogueTable,
    ImportReport,
    ImportRequest,
)
from tests.sharing.making import CODE, ITEM, PROVIDER, START, a_resource
from tests.sharing_catalogue.office import HEADINGS, RELATED, Office, table
from tests.sharing_service.offices import AUDITOR, CITIZEN, GIVER, HUB_OFFICE, NOBODY, STRANGER
from tests.sharing_service.test_request_to_grant import refused

OTHER = "91110000600037341L"
OTHER_CODE = "307001/00013"
MARRIAGE = (CODE, "婚姻登记信息", PROVIDER, "有条件共享", "办理婚姻登记", "公民身份号码", "id", "是")
NAME = ("", "", "", "", "", "姓名", "name", "")
SCHOOL = (OTHER_CODE, "学历信息", OTHER, "无条件共享", "", "学历", "degree", "")
BOTH = table(HEADINGS, MARRIAGE, NAME, SCHOOL)


async def all_of(office: Office) -> list[Resource]:
    return list(await office.desk.resources.page(ResourceChoice(), None, 100))


def told(report: ImportReport) -> list[tuple[int, int, str]]:
    return [(note.line, note.column, note.what.en) for note in report.notes]


async def test_the_hub_imports_any_bodys_resources_and_the_same_file_changes_nothing(office: Office) -> None:
    tried = await office.imported(BOTH, dry_run=True)
    assert (tried.added, tried.changed, tried.unchanged, tried.absent) == (2, 0, 0, 0)
    assert await all_of(office) == []
    assert await office.imported(BOTH) == tried
    assert [(one.code, one.version, one.sharing) for one in await all_of(office)] == [
        (CODE, 1, SharingType.CONDITIONAL),
        (OTHER_CODE, 1, SharingType.UNCONDITIONAL),
    ]
    again = await office.imported(BOTH)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    changed = await office.imported(table(HEADINGS, (*SCHOOL[:1], "毕业信息", *SCHOOL[2:])))
    assert (changed.added, changed.changed, changed.unchanged) == (0, 1, 0)
    assert [one.resource.title for one in await office.desk.resources.history(OTHER_CODE, None, 9)] == [
        "毕业信息",
        "学历信息",
    ]


async def test_who_changed_which_resource_is_in_the_audit_in_the_same_transaction(office: Office) -> None:
    await office.imported(BOTH)
    await office.imported(BOTH)
    events = office.trail.held
    assert [(event.kind, event.note.get("resource")) for event in events] == [
        ("catalogue.imported", None),
        ("resource.put", CODE),
        ("resource.put", OTHER_CODE),
    ]
    assert all(event.actor is not None and event.actor.subject == "hub-1" for event in events)
    assert {event.request_id for event in events} == {"r"}
    ends = [event.note for event in office.trail.events if event.kind == "catalogue.imported"]
    assert [(note["added"], note["unchanged"], note["findings"]) for note in ends] == [(2, 0, 0), (0, 2, 0)]
    assert "婚姻" not in str(events)


async def test_a_resource_that_a_file_leaves_out_stays_and_is_counted(office: Office) -> None:
    await office.imported(BOTH)
    third = ("307001/00014", "死亡登记", PROVIDER, "不予共享", "", "登记号", "number", "")
    report = await office.imported(table(HEADINGS, third))
    assert (report.added, report.absent) == (1, 1)
    assert len(await all_of(office)) == 3


async def test_a_body_imports_its_own_resources_only(office: Office) -> None:
    mine = table(HEADINGS, MARRIAGE, NAME)
    assert (await office.imported(mine, GIVER)).added == 1
    assert told(await office.imported(BOTH, GIVER)) == [(4, 3, _NOT_THEIRS)]
    assert len(await all_of(office)) == 1
    taken = table(HEADINGS, (*MARRIAGE[:2], OTHER, *MARRIAGE[3:]), NAME)
    assert told(await office.imported(taken, STRANGER)) == [(2, 1, _NOT_THEIRS)]
    assert told(await office.imported(taken, GIVER)) == [(2, 3, _NOT_THEIRS)]
    assert (await office.imported(taken)).changed == 1


async def test_a_successor_keeps_its_predecessors_resources(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.imported(table(HEADINGS, SCHOOL))
    assert told(await office.imported(table(HEADINGS, SCHOOL), GIVER)) != []
    succession = Succession(OTHER, PROVIDER, START.date())
    book = RuleBook(items=(), rules=(), bodies=Bodies((succession,)))
    monkeypatch.setattr(type(office.desk.book), "book", lambda _: book)
    assert (await office.imported(table(HEADINGS, (*SCHOOL[:2], PROVIDER, *SCHOOL[3:])), GIVER)).changed == 1


async def test_what_serves_a_resource_or_decides_on_it_is_the_hubs_to_say(office: Office) -> None:
    served = a_resource(service=Service("civil", "marriage"), upstream=None)
    await office.desk.resources.put([served])
    system = (*HEADINGS, "服务系统", "服务操作", "上级平台", "上级平台编号")
    head = (CODE, "婚姻登记信息", PROVIDER, "有条件共享", "条件")
    rows = [(*head, one.title, one.name, "是" if one.name == "id" else "") for one in served.items]
    more = (system, (*rows[0], "civil", "all", "exchange", "R-1"), *((*row, "", "", "", "") for row in rows[1:]))
    assert told(await office.imported(table(*more), GIVER)) == [(2, 9, _HUB_ONLY), (2, 11, _HUB_ONLY)]
    assert (await office.imported(table(HEADINGS, *rows), GIVER)).changed == 1
    kept = await office.desk.resources.find(CODE)
    assert kept is not None
    assert kept.service == served.service
    assert (await office.imported(table(*more))).changed == 1
    kept = await office.desk.resources.find(CODE)
    assert kept is not None
    assert (kept.service, kept.upstream) == (Service("civil", "all"), Upstream("exchange", "R-1"))


async def test_everything_that_is_wrong_is_told_and_nothing_imported(office: Office) -> None:
    report = await office.imported(table(HEADINGS, (*MARRIAGE[:3], "也许", *MARRIAGE[4:]), NAME, SCHOOL))
    assert [(line, column) for line, column, _ in told(report)] == [(2, 4)]
    assert (report.added, report.changed, report.unchanged, report.absent) == (0, 0, 0, None)
    assert await all_of(office) == []
    assert [event.note["findings"] for event in office.trail.events] == [1]


async def test_files_beyond_all_bounds_are_findings_too(office: Office) -> None:
    rows = [(f"{CODE}{number}", "某", PROVIDER, "不予共享", "", "项", "x", "") for number in range(MOST_ROWS + 5)]
    assert [what for _, _, what in told(await office.imported(table(HEADINGS, *rows)))] == [
        f"there are more than {MOST_ROWS} rows"
    ]
    large = b"a" * (LARGEST + 2)
    assert [what for _, _, what in told(await office.imported(large))][:1] == ["the file has more than 32 MB"]
    assert told(await office.imported(table(HEADINGS, ("=1+1", *SCHOOL[1:]))))[0][2] == "the cell is a formula"


async def test_nobody_else_imports_and_no_file_but_the_callers_own(office: Office) -> None:
    for who, problem in (
        (NOBODY, problems.PERSON_MISSING),
        (CITIZEN, problems.SHARE_ROLE),
        (AUDITOR, problems.SHARE_ROLE),
    ):
        await refused(problem, office.importing(asking("none"), who))
    await refused(problems.UPLOAD_UNKNOWN, office.importing(asking(await office.uploaded(BOTH, GIVER)), HUB_OFFICE))


def asking(upload: str) -> ImportRequest:
    return ImportRequest(upload=upload, table=CatalogueTable.RESOURCES)


async def test_of_two_who_import_at_once_one_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    found = office.desk.resources.find_all

    async def find_all(codes: Any) -> Any:
        before = await found(codes)
        monkeypatch.setattr(office.desk.resources, "find_all", found)
        await office.desk.resources.put([a_resource()])
        return before

    monkeypatch.setattr(office.desk.resources, "find_all", find_all)
    await refused(problems.CATALOGUE_CHANGED, office.imported(BOTH))
    assert [one.code for one in await all_of(office)] == [CODE]


async def test_where_a_file_is_of_very_many_bodies_nobody_counts_what_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.services.sharing.catalogue.import_catalogue.MOST_PROVIDERS", 1)
    assert MOST_PROVIDERS > 1
    report = await office.imported(BOTH)
    assert (report.added, report.absent) == (2, None)


def test_the_headings_of_an_empty_table_are_known_and_all_that_is_needed() -> None:
    for spellings, columns in ((vocabulary.SPELLINGS, vocabulary.COLUMNS), (importing_relations.SPELLINGS, None)):
        titles = shown(spellings, "system")
        assert len(titles) == len(spellings) - 1 - ("system" in spellings)
        found = find_headings([Row(1, titles)], columns or spelt(spellings))
        assert found is not None
        assert (found.unknown, found.twice) == ((), ())
        assert "" not in found.columns


# ---- relations


async def related(office: Office, content: bytes, who: Call = HUB_OFFICE, **more: bool) -> ImportReport:
    return await office.imported(content, who, CatalogueTable.ITEM_RELATIONS, **more)


async def test_what_items_need_is_imported_by_the_hub_and_the_resources_provider(office: Office) -> None:
    await office.imported(BOTH)
    needed = table(RELATED, (ITEM, CODE, "姓名"), (ITEM, OTHER_CODE, "degree"))
    tried = await related(office, needed, dry_run=True)
    assert (tried.added, tried.changed, tried.unchanged) == (2, 0, 0)
    assert await office.desk.relations.of_item(ITEM) == []
    assert await related(office, needed) == tried
    assert [event.note["resource"] for event in office.trail.held[-2:]] == [CODE, OTHER_CODE]
    assert {event.kind for event in office.trail.held[-2:]} == {"resource.related"}
    more = table(RELATED, (ITEM, CODE, "姓名、公民身份号码"))
    assert told(await related(office, more, STRANGER)) == [(2, 2, _NOT_THEIRS)]
    again = await related(office, more, GIVER)
    assert (again.added, again.changed, again.unchanged) == (0, 1, 0)
    assert (await related(office, more, GIVER)).unchanged == 1
    assert [one.fields for one in await office.desk.relations.of_item(ITEM, CODE)] == [{"name", "id"}]
    assert len(await office.desk.relations.of_item(ITEM)) == 2


async def test_relations_to_what_the_catalogue_does_not_have_are_findings(office: Office) -> None:
    report = await related(office, table(RELATED, (ITEM, CODE, "姓名")))
    assert told(report) == [(2, 2, "the catalogue has no such resource")]


_NOT_THEIRS = "the resource is another body's: it, or the hub, says so"
_HUB_ONLY = "what serves a resource, or decides on it, is for the hub office to say"
