"""Reading item relations from a table: a row for each service item and resource, with the fields that it needs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from gateway.core.sharing.headings import Headings, find_headings, spelt
from gateway.core.sharing.importing import NO_DATE, read_date
from gateway.core.sharing.resources import Finding, ItemRelation, Resource, examine_relation
from gateway.core.sharing.sheets import Note, Row, Sheet, bounded
from gateway.core.text import Text

SPELLINGS: Final = {
    "item": ("事项编码", "事项代码", "实施编码", "事项实施编码", "基本编码"),
    "resource": ("信息资源代码", "资源代码", "目录代码", "目录编码", "资源编码"),
    "fields": ("所需信息项", "信息项", "信息项名称", "所需数据项", "字段"),
    "valid_from": ("生效日期", "开始日期"),
    "valid_until": ("失效日期", "截止日期", "结束日期"),
    "source": ("依据", "法规依据", "依据文件"),
    "": ("序号", "事项名称", "信息资源名称", "资源名称", "备注"),
}
_COLUMNS: Final = spelt(SPELLINGS)
_NEEDED: Final = ("item", "resource", "fields")
_BETWEEN: Final = re.compile(r"[、,，;；|\n]+")


Judge = Callable[[Resource], Iterable[Finding]]
"""Why whoever sends the table may not say what is needed of this resource."""


class ImportedRelations(msgspec.Struct, frozen=True):
    """The relations of a table, or else what is wrong with it."""

    relations: tuple[ItemRelation, ...] = ()
    notes: tuple[Note, ...] = ()


def resources_of(sheet: Sheet) -> frozenset[str]:
    """The codes of the resources that a table of relations names."""
    headings = find_headings(sheet.rows, _COLUMNS)
    if headings is None:
        return frozenset()
    codes = (headings.cell(row, "resource") for row in sheet.rows if row.line > headings.line)
    return frozenset(code for code in codes if code)


def import_relations(sheet: Sheet, resources: Mapping[str, Resource], judge: Judge | None = None) -> ImportedRelations:
    """The relations of a table; ``resources`` are those of its codes that the catalogue has."""
    headings = find_headings(sheet.rows, _COLUMNS)
    missing = [name for name in _NEEDED if headings is None or name not in headings.columns]
    if headings is None or missing:
        notes = [Note(1 if headings is None else headings.line, 1, _missing(name), _HEADINGS) for name in missing]
        return ImportedRelations(notes=bounded((*sheet.notes, *notes)))
    made: dict[tuple[str, str, date], ItemRelation] = {}
    notes = [*sheet.notes]
    for row in sheet.rows:
        if row.line <= headings.line or row.is_empty():
            continue
        relation = _relation(headings, row, resources, notes)
        notes += _wrong(headings, row, relation, resources.get(relation.resource), judge)
        if made.setdefault((relation.item, relation.resource, relation.valid_from), relation) is not relation:
            notes.append(Note(row.line, headings.columns["item"], _TWICE, _MEND))
    return ImportedRelations(notes=bounded(notes)) if notes else ImportedRelations(tuple(made.values()))


def _relation(headings: Headings, row: Row, resources: Mapping[str, Resource], notes: list[Note]) -> ItemRelation:
    code = headings.cell(row, "resource")
    resource = resources.get(code)
    named = {} if resource is None else {item.title: item.name for item in resource.items}
    fields = [field.strip() for field in _BETWEEN.split(headings.cell(row, "fields"))]
    days = {}
    for name in ("valid_from", "valid_until"):
        if text := headings.cell(row, name):
            if (day := read_date(text)) is not None:
                days[name] = day
            else:
                notes.append(Note(row.line, headings.columns[name], NO_DATE, _MEND))
    return ItemRelation(
        item=headings.cell(row, "item"),
        resource=code,
        fields=frozenset(named.get(field, field) for field in fields if field),
        source=headings.cell(row, "source"),
        **days,
    )


def _wrong(
    headings: Headings, row: Row, relation: ItemRelation, resource: Resource | None, judge: Judge | None
) -> Iterator[Note]:
    judged = judge(resource) if judge is not None and resource is not None else ()
    for finding in (*examine_relation(relation, resource), *judged):
        yield Note(row.line, headings.columns.get(finding.path, 1), finding.reason, _MEND)


def _missing(name: str) -> Text:
    return _MISSING.format(name=SPELLINGS[name][0])


_MISSING = Text("缺少“{name}”一列", "the column {name} is missing")
_HEADINGS = Text(
    "表头写明“事项编码”“信息资源代码”“所需信息项”", "give the headings 事项编码, 信息资源代码 and 所需信息项"
)
_TWICE = Text("同一事项、资源和生效日期已在前面出现", "this item, resource and first day stand further up already")
_MEND = Text("修改该单元格后整表重新导入", "mend the cell and import the whole table again")
