"""Reading the catalogue from a table: a row for each information item, all findings at once, all of it or nothing.

What is said of the resource stands in its first row and need not be repeated: an empty or merged cell means the same as
above. A column that is missing leaves what the catalogue has, for a department sends what it knows: not which system
serves a resource.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from gateway.core.sharing.headings import Headings, find_headings, plain
from gateway.core.sharing.resources import (
    Authority,
    Finding,
    InformationItem,
    Resource,
    Service,
    SharingType,
    Upstream,
    examine_resource,
)
from gateway.core.sharing.sheets import Note, Row, Sheet, bounded
from gateway.core.sharing.vocabulary import (
    COLUMNS,
    FLAGS,
    MASKINGS,
    SENSITIVITIES,
    SHARING,
    SHOWN,
    SPELLINGS,
    TYPES,
    usual,
)
from gateway.core.text import Text

Judge = Callable[[Resource, Resource | None], Iterable[Finding]]
"""What of a resource, and of the one before it, whoever sends the table may not say."""


class Imported(msgspec.Struct, frozen=True):
    """What a table says: the new and changed resources, or else what is wrong with it.

    Attributes:
        resources: first or next versions, by code; none if there are notes.
        unchanged: how many are as the catalogue has them already.
    """

    resources: tuple[Resource, ...] = ()
    unchanged: int = 0
    notes: tuple[Note, ...] = ()


def codes_of(sheet: Sheet) -> frozenset[str]:
    """The codes of the resources that a table is about: those that the catalogue is to be asked for."""
    headings = find_headings(sheet.rows, COLUMNS)
    if headings is None:
        return frozenset()
    codes = (headings.cell(row, "code") for row in sheet.rows if row.line > headings.line)
    return frozenset(code for code in codes if code)


def import_resources(sheet: Sheet, existing: Mapping[str, Resource], judge: Judge | None = None) -> Imported:
    """The resources of a table; ``existing`` are those of its codes that the catalogue has."""
    headings = find_headings(sheet.rows, COLUMNS)
    if headings is None:
        return Imported(notes=bounded((*sheet.notes, Note(1, 1, _NO_HEADINGS, _HEADINGS_NEEDED))))
    notes = [*sheet.notes, *_about(headings)]
    made: list[Resource] = []
    if not {"code", "title", "item"} - headings.columns.keys():
        for rows in _groups(sheet, headings, notes):
            code = headings.cell(rows[0], "code")
            made.append(_Group(headings, rows, existing.get(code), notes).resource(judge))
    if not made and not notes:
        notes.append(Note(headings.line, 1, _NO_ROWS, _ROWS_NEEDED))
    if notes:
        return Imported(notes=bounded(notes))
    changed = tuple(one for one in sorted(made, key=lambda one: one.code) if one != existing.get(one.code))
    return Imported(tuple(map(_next(existing), changed)), len(made) - len(changed))


class _Group:
    """The rows of one resource."""

    def __init__(self, headings: Headings, rows: Sequence[Row], before: Resource | None, notes: list[Note]) -> None:
        self._headings = headings
        self._rows = rows
        self._before = before
        self._notes = notes

    def resource(self, judge: Judge | None) -> Resource:
        """The resource, in the version of the one before it; what is wrong is in the notes."""
        for name in sorted(_SAID_ONCE & self._headings.columns.keys()):
            self._said_once(name)
        made = Resource(**self._fields())
        for finding in (*examine_resource(made), *(judge(made, self._before) if judge else ())):
            self._tell(*self._place(finding), finding.reason)
        return made

    def _fields(self) -> dict[str, Any]:
        before = {} if self._before is None else msgspec.structs.asdict(self._before)
        items = tuple(self._item(row) for row in self._rows)
        fields: dict[str, Any] = {"items": items, "provider": "", "sharing": SharingType.NOT_SHARED, **before}
        for name in ("code", "title", "provider", "abstract", "format", "condition", "update_cycle"):
            if name in self._headings.columns:
                fields[name] = self._said(name)
        fields |= {"code": self._said("code"), "items": items}
        if "sharing" in self._headings.columns or self._before is None:
            fields["sharing"] = self._word("sharing", self._rows[0], SHARING, None) or SharingType.NOT_SHARED
        if self._said("published_on"):
            fields["published_on"] = self._date("published_on")
        for name, shape in (("keys", tuple), ("parameters", frozenset)):
            if name in self._headings.columns:
                fields[name] = shape(self._flagged(name, items))
        return fields | self._sources()

    def _sources(self) -> dict[str, Any]:
        """Where it is decided on and what serves it, as far as the table says so."""
        sources: dict[str, Any] = {}
        if "upstream" in self._headings.columns:
            system, number = self._said("upstream"), self._said("number")
            is_upstream = bool(system or number)
            sources["authority"] = Authority.UPSTREAM if is_upstream else Authority.LOCAL
            sources["upstream"] = Upstream(system, number) if is_upstream else None
        if "system" in self._headings.columns and (system := self._said("system")):
            sources["service"] = Service(system, self._said("operation"))
        return sources

    def _item(self, row: Row) -> InformationItem:
        title = self._headings.cell(row, "item")
        sensitivity, masking = usual(title)
        fallback = InformationItem(name=title, title=title, sensitivity=sensitivity, masking=masking)
        known = () if self._before is None else self._before.items
        before = next((one for one in known if one.title == title), fallback)
        return InformationItem(
            name=self._headings.cell(row, "name") or before.name,
            title=title,
            type=self._word("type", row, TYPES, before.type) or before.type,
            length=self._length(row) if "length" in self._headings.columns else before.length,
            sensitivity=self._word("sensitivity", row, SENSITIVITIES, before.sensitivity) or before.sensitivity,
            masking=self._word("masking", row, MASKINGS, before.masking) or before.masking,
        )

    def _length(self, row: Row) -> int | None:
        text = self._headings.cell(row, "length")
        if not text:
            return None
        whole = text.partition(",")[0].partition(".")[0]
        if whole.isdecimal() and len(whole) <= _MOST_DIGITS:
            return int(whole)
        self._tell(row.line, "length", _NO_NUMBER)
        return None

    def _word(self, name: str, row: Row, words: Mapping[str, Any], default: Any) -> Any:  # noqa: ANN401 - of that kind
        text = self._headings.cell(row, name)
        if not text and default is not None:
            return default
        found = words.get(plain(text))
        if found is None:
            self._tell(row.line, name, _UNKNOWN_WORD.format(known="、".join(SHOWN[name])))
        return found

    def _date(self, name: str) -> date | None:
        text = self._said(name)
        found = read_date(text)
        if found is None:
            self._tell(self._rows[0].line, name, NO_DATE)
        return found

    def _flagged(self, name: str, items: Sequence[InformationItem]) -> Iterator[str]:
        for row, item in zip(self._rows, items, strict=True):
            if self._word(name, row, FLAGS, "no") == "yes":
                yield item.name

    def _said(self, name: str) -> str:
        return self._headings.cell(self._rows[0], name)

    def _said_once(self, name: str) -> None:
        """That no later row says something else of the resource."""
        for row in self._rows[1:]:
            if self._headings.cell(row, name) not in {"", self._said(name)}:
                self._tell(row.line, name, _DIFFERS)

    def _place(self, finding: Finding) -> tuple[int, str]:
        """The line and the name of the column that a path of the resource means."""
        path, _, field = finding.path.partition(".")
        if path.startswith("items["):
            name = {"name": "name" if "name" in self._headings.columns else "item", "title": "item"}.get(field, field)
            return self._rows[int(path[6:-1])].line, name
        return self._rows[0].line, path

    def _tell(self, line: int, name: str, what: Text) -> None:
        self._notes.append(Note(line, self._headings.columns.get(name, 1), what, _MEND_CELL))


def read_date(text: str) -> date | None:
    """The day that a cell says: 2026-03-01, 2026/3/1, 2026.3.1, 20260301 or 2026年3月1日; None if it is none."""
    digits = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-")
    parts = digits.split("-") if "-" in digits else [digits[:4], digits[4:6], digits[6:]]
    if len(parts) != _PARTS or not all(part.isdecimal() and part.isascii() for part in parts):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _groups(sheet: Sheet, headings: Headings, notes: list[Note]) -> Iterator[list[Row]]:
    """The rows of each resource, in the table's order."""
    group: list[Row] = []
    seen: set[str] = set()
    for row in sheet.rows:
        if row.line <= headings.line or row.is_empty():
            continue
        code = headings.cell(row, "code")
        if group and code in {"", headings.cell(group[0], "code")}:
            group.append(row)
            continue
        if group:
            yield group
        if code in seen:
            notes.append(Note(row.line, headings.columns["code"], _AGAIN, _TOGETHER))
        seen.add(code)
        group = [row]
    if group:
        yield group


def _about(headings: Headings) -> Iterator[Note]:
    """What is wrong with the headings themselves."""
    for column in headings.twice:
        yield Note(headings.line, column, _TWICE, _ONE_COLUMN)
    for column in headings.unknown:
        yield Note(headings.line, column, _UNKNOWN_HEADING, _KNOWN_HEADINGS)
    for name in ("code", "title", "item"):
        if name not in headings.columns:
            yield Note(headings.line, 1, _MISSING.format(name=SPELLINGS[name][0]), _HEADINGS_NEEDED)


def _next(existing: Mapping[str, Resource]) -> Any:  # noqa: ANN401 - a function of a resource
    def version(resource: Resource) -> Resource:
        before = existing.get(resource.code)
        return msgspec.structs.replace(resource, version=1 if before is None else before.version + 1)

    return version


_MOST_DIGITS: Final = 6
_PARTS: Final = 3
_SAID_ONCE: Final = frozenset(
    {"title", "provider", "abstract", "format", "sharing", "condition", "update_cycle", "published_on"}
    | {"upstream", "number", "system", "operation"}
)
_NO_HEADINGS = Text("没有找到表头", "no row of headings was found")
_HEADINGS_NEEDED = Text(
    "表头至少写明“信息资源代码”“信息资源名称”“信息项名称”",
    "give headings, at least 信息资源代码, 信息资源名称 and 信息项名称",
)
_NO_ROWS = Text("表头之下没有内容", "nothing stands under the headings")
_ROWS_NEEDED = Text("每个信息项填写一行", "write one row for each information item")
_MISSING = Text("缺少“{name}”一列", "the column {name} is missing")
_TWICE = Text("该表头已在前面出现", "this heading stands at another column already")
_ONE_COLUMN = Text("删去其中一列", "remove one of the columns")
_UNKNOWN_HEADING = Text("不认识的表头", "the heading is none that is known")
_KNOWN_HEADINGS = Text("改用目录模板中的表头，或删去该列", "use a heading of the template, or remove the column")
_AGAIN = Text("该资源代码已在前面出现", "this code stands in rows further up already")
_TOGETHER = Text("把同一资源的各行放在一起", "put the rows of one resource together")
_DIFFERS = Text("与该资源首行填写的不一致", "it differs from what the resource's first row says")
_UNKNOWN_WORD = Text("不认识的取值，可填：{known}", "the value is none that is known: {known}")
_NO_NUMBER = Text("不是长度", "it is no length")
NO_DATE: Final = Text("不是日期", "it is no date")
_MEND_CELL = Text("修改该单元格后整表重新导入", "mend the cell and import the whole table again")
