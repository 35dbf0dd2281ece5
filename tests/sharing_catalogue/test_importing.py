"""The catalogue as departments write it: several spellings, all findings at once with their places, all or nothing."""

from datetime import date

import msgspec
import pytest

from gateway.core.sharing.importing import codes_of, import_resources, read_date
from gateway.core.sharing.importing_relations import import_relations, resources_of
from gateway.core.sharing.resources import (
    Authority,
    ItemRelation,
    ItemType,
    Masking,
    Resource,
    Sensitivity,
    Service,
    SharingType,
    Upstream,
)
from gateway.core.sharing.sheets import MOST_NOTES, Note, Sheet, bounded
from gateway.core.text import Language, Text
from tests.sharing.making import CODE, ITEM, PROVIDER, a_resource
from tests.sharing_store.tables import sheet

HEADINGS = (
    "序号", "信息资源代码 *", "资源名称", "提供方代码", "共享类型", "共享条件", "更新周期", "发布日期", "信息项名称",
    "字段英文名", "数据类型", "长度", "查询主键", "查询条件",
)  # fmt: skip
FIRST = (
    "1", CODE, "婚姻登记信息", PROVIDER, "有条件共享", "办理婚姻登记", "每日", "2026年3月1日", "公民身份号码", "id",
    "字符型（C）", "18", "是", "",
)  # fmt: skip
SECOND = ("", "", "", "", "", "", "", "", "登记日期", "on", "日期型 D", "", "", "√")
OTHER = ("2", "307001/00013", "学历信息", PROVIDER, "无条件", "", "", "", "学历", "", "", "20,2", "", "")


def imported(*rows: tuple[str, ...], **existing: Resource) -> tuple[Resource, ...]:
    found = import_resources(sheet(*rows), {one.code: one for one in existing.values()})
    assert found.notes == ()
    return found.resources


def told(*rows: tuple[str, ...], **existing: Resource) -> list[tuple[int, int, str]]:
    found = import_resources(sheet(*rows), {one.code: one for one in existing.values()})
    assert found.resources == (), "never half of it"
    return [(note.line, note.column, note.what.en) for note in found.notes]


def changed(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    names = "n code title provider sharing condition cycle published item name type length key parameter"
    columns = {name: place for place, name in enumerate(names.split())}
    made = list(row)
    for name, text in cells.items():
        made[columns[name]] = text
    return tuple(made)


def test_a_row_for_each_information_item_makes_resources() -> None:
    first, other = imported(("某市政务信息资源目录",), HEADINGS, FIRST, SECOND, ("",), OTHER)
    assert (first.code, first.title, first.provider, first.version) == (CODE, "婚姻登记信息", PROVIDER, 1)
    assert (first.sharing, first.condition) == (SharingType.CONDITIONAL, "办理婚姻登记")
    assert (first.update_cycle, first.published_on) == ("每日", date(2026, 3, 1))
    assert (first.keys, first.parameters) == (("id",), frozenset({"on"}))
    assert [(one.name, one.type, one.length) for one in first.items] == [
        ("id", ItemType.TEXT, 18),
        ("on", ItemType.DATE, None),
    ]
    assert (other.sharing, other.published_on) == (SharingType.UNCONDITIONAL, None)
    assert [(one.name, one.title, one.length) for one in other.items] == [("学历", "学历", 20)]


def test_headings_may_stand_in_two_rows() -> None:
    above = ("信息资源代码", "信息资源名称", "资源提供方代码", "共享属性", "共享属性", "信息项信息", "信息项信息")
    below = ("", "", "", "共享类型", "共享条件", "信息项名称", "数据类型")
    (made,) = imported(above, below, (CODE, "企业信息", PROVIDER, "不予共享", "", "名称", "varchar"))
    assert (made.sharing, made.items[0].title) == (SharingType.NOT_SHARED, "名称")


@pytest.mark.parametrize(
    ("title", "sensitivity", "masking"),
    [
        ("公民身份号码", Sensitivity.PERSONAL, Masking.CITIZEN_ID),
        ("法定代表人姓名", Sensitivity.PERSONAL, Masking.NAME),
        ("联系电话", Sensitivity.PERSONAL, Masking.PHONE),
        ("统一社会信用代码", Sensitivity.INTERNAL, Masking.CREDIT_CODE),
        ("备注", Sensitivity.INTERNAL, Masking.ALL),
    ],
)
def test_what_tells_of_a_person_is_taken_for_personal_where_nothing_is_said(
    title: str, sensitivity: Sensitivity, masking: Masking
) -> None:
    made = imported(HEADINGS, FIRST, changed(SECOND, item=title, name="x", type=""))[0].items[1]
    assert (made.sensitivity, made.masking) == (sensitivity, masking)


def test_a_table_can_say_how_sensitive_a_field_is_where_it_is_decided_and_what_serves_it() -> None:
    more = ("敏感级别", "脱敏方式", "上级平台", "上级平台编号", "服务系统", "服务操作", "资源摘要", "信息资源格式")
    (made,) = imported(
        (*HEADINGS, *more), (*FIRST, "敏感", "全部", "exchange", "R-7", "civil", "marriage", "摘要", "数据库")
    )
    assert (made.items[0].sensitivity, made.items[0].masking) == (Sensitivity.SENSITIVE, Masking.ALL)
    assert (made.authority, made.upstream) == (Authority.UPSTREAM, Upstream("exchange", "R-7"))
    assert made.service == Service("civil", "marriage")
    assert (made.abstract, made.format) == ("摘要", "数据库")
    (local,) = imported((*HEADINGS, *more), (*FIRST, *[""] * 8), before=made)
    assert (local.authority, local.upstream, local.service) == (Authority.LOCAL, None, Service("civil", "marriage"))


def test_a_column_that_is_missing_leaves_what_the_catalogue_has() -> None:
    before = a_resource()
    headings = ("资源代码", "资源名称", "信息项")
    rows = [(CODE if place == 0 else "", "", item.title) for place, item in enumerate(before.items)]
    rows[0] = (CODE, before.title, before.items[0].title)
    found = import_resources(sheet(headings, *rows), {CODE: before})
    assert (found.resources, found.unchanged, found.notes) == ((), 1, ())
    (renamed,) = imported(headings, (CODE, "新名称", before.items[0].title), *rows[1:], before=before)
    assert renamed == msgspec.structs.replace(before, title="新名称", version=2)


@pytest.mark.parametrize(
    ("cells", "column", "what"),
    [
        ({"code": "7"}, 2, "its length is wrong: 7 to 40 characters are expected"),
        ({"title": ""}, 3, "it is missing"),
        ({"provider": PROVIDER[:-1] + "0"}, 4, "check"),
        ({"sharing": "共享"}, 5, "known"),
        ({"sharing": ""}, 5, "known"),
        ({"condition": ""}, 6, "conditional sharing states its condition"),
        ({"published": "昨天"}, 8, "it is no date"),
        ({"published": "2026-02-30"}, 8, "it is no date"),
        ({"item": ""}, 9, "it is missing"),
        ({"type": "图片"}, 11, "known"),
        ({"length": "很长"}, 12, "it is no length"),
        ({"length": "0"}, 12, "a length is at least 1"),
        ({"key": "也许"}, 13, "known"),
        ({"key": "否"}, 13, "needs a key"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(cells: dict[str, str], column: int, what: str) -> None:
    found = told(("目录",), HEADINGS, changed(FIRST, **cells), SECOND)
    assert any((line, at) == (3, column) and what in said for line, at, said in found), found


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_imported() -> None:
    found = told(
        HEADINGS,
        changed(FIRST, title="", type="图片"),
        changed(SECOND, title="别的名称", length="-1", name="id"),
        OTHER,
        changed(FIRST, n="9"),
    )
    assert [(line, column) for line, column, _ in found] == [(2, 3), (2, 11), (3, 3), (3, 10), (3, 12), (5, 2)]


def test_names_that_stand_twice_are_told_at_the_title_where_there_is_no_column_of_names() -> None:
    headings = ("资源代码", "资源名称", "提供方代码", "共享类型", "信息项")
    row = (CODE, "企业信息", PROVIDER, "无条件共享", "名称")
    assert told(headings, row, ("", "", "", "", "名称")) == [(3, 5, "the name stands twice")]


def test_headings_that_are_missing_unknown_or_twice_are_told() -> None:
    assert told(("甲", "乙"), ("1", "2")) == [(1, 1, "no row of headings was found")]
    found = told(("资源代码", "资源名称", "目录名称", "密级"), (CODE, "x", "", ""))
    assert [(line, column) for line, column, _ in found] == [(1, 1), (1, 3), (1, 4)]
    assert told(HEADINGS) == [(1, 1, "nothing stands under the headings")]


def test_what_could_not_be_read_is_not_imported_either() -> None:
    note = Note(2, 1, Text("坏", "bad"), Text("改", "mend"))
    assert import_resources(sheet(HEADINGS, FIRST, notes=(note,)), {}).notes == (note,)
    assert import_resources(Sheet((), (note,)), {}).notes[-1] == note
    assert note.told("目录.csv") == "目录.csv:2:1: 坏；改"
    assert note.told("a.csv", Language.EN) == "a.csv:2:1: bad; mend"


def test_a_file_that_is_all_wrong_is_told_of_within_bounds() -> None:
    notes = [Note(line, 1, Text("坏", "bad"), Text("改", "mend")) for line in range(1, MOST_NOTES + 2)]
    assert bounded(notes[:-1]) == tuple(notes[:-1])
    assert len(bounded(notes)) == MOST_NOTES
    assert bounded(notes)[-1].what.en == "there is more wrong from here on"


def test_the_codes_of_a_table_are_known_before_it_is_read() -> None:
    assert codes_of(sheet(HEADINGS, FIRST, SECOND, OTHER)) == {CODE, "307001/00013"}
    assert codes_of(sheet(("甲",))) == frozenset()


@pytest.mark.parametrize("text", ["2026-03-01", "2026/3/1", "2026.3.1", "20260301", "2026年3月1日"])
def test_days_are_read_in_every_usual_spelling(text: str) -> None:
    assert read_date(text) == date(2026, 3, 1)


# ---- relations

RELATION_HEADINGS = ("事项编码", "事项名称", "信息资源代码", "所需信息项", "生效日期", "失效日期", "依据")
RELATION = (ITEM, "婚姻登记", CODE, "姓名、公民身份号码；state", "2026-01-01", "", "示例")


def test_a_table_says_which_fields_an_item_needs_by_name_or_title() -> None:
    found = import_relations(sheet(RELATION_HEADINGS, RELATION, ("",)), {CODE: a_resource()})
    assert found.notes == ()
    assert found.relations == (
        ItemRelation(
            item=ITEM,
            resource=CODE,
            fields=frozenset({"name", "id", "state"}),
            valid_from=date(2026, 1, 1),
            source="示例",
        ),
    )


def test_wrong_relations_are_told_all_at_once() -> None:
    wrong = ("?", "", CODE, "血型", "昨天", "2026-01-01", "")
    unknown = (ITEM, "", "307001/9", "", "", "", "")
    found = import_relations(sheet(RELATION_HEADINGS, RELATION, RELATION, wrong, unknown), {CODE: a_resource()})
    assert found.relations == ()
    places = [(note.line, note.column) for note in found.notes]
    assert places == [(3, 1), (4, 1), (4, 4), (4, 5), (5, 3), (5, 4)]


def test_a_table_of_relations_needs_its_headings() -> None:
    assert [note.line for note in import_relations(sheet(("甲",)), {}).notes] == [1, 1, 1]
    found = import_relations(sheet(("表",), ("事项编码", "资源代码"), (ITEM, CODE)), {})
    assert [(note.line, note.what.zh) for note in found.notes] == [(2, "缺少“所需信息项”一列")]


def test_the_resources_of_relations_are_known_before_they_are_read() -> None:
    assert resources_of(sheet(RELATION_HEADINGS, RELATION)) == {CODE}
    assert resources_of(sheet(("甲",))) == frozenset()
