"""Files of departments are read within bounds, whatever is in them; what is written cannot do anything."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.sharing.sheets import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Sheet
from gateway.core.sharing.tables import CellTooLong, TableFormat, Value
from gateway.store import spreadsheets
from gateway.store.spreadsheets import book as books
from gateway.store.spreadsheets import package as packages
from gateway.store.spreadsheets import read_sheet, writing
from tests.sharing_store.tables import MAIN, RELATIONS, WORKBOOK, book, cells, package

TABLE = "名称,代码\r\n“一”,00123\r\n"


def places(found: Sheet) -> list[tuple[int, int, str]]:
    return [(note.line, note.column, note.what.en) for note in found.notes]


# ---- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_of_offices_and_keeps_leading_zeros(encoding: str) -> None:
    found = read_sheet(TABLE.encode(encoding))
    assert (cells(found), found.notes) == ([("名称", "代码"), ("“一”", "00123")], ())


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_are_known_by_the_first_line(delimiter: str) -> None:
    assert cells(read_sheet(f"甲{delimiter}乙\n1,2{delimiter}3".encode())) == [("甲", "乙"), ("1,2", "3")]


def test_lines_are_those_that_people_see() -> None:
    found = read_sheet('甲,乙\n"一\n二",=1+1\n="007",=A1\n'.encode())
    assert cells(found)[2][0] == "007", "a text that is written as a formula, to keep its zeros"
    assert places(found) == [(3, 2, "the cell is a formula"), (4, 2, "the cell is a formula")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfe\x00\x81", "no text"),
        (b"a,b\n\x00,", "no text"),
        (b'a,b\n"x"y,1', "quotes"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old XLS"),
        (b"x," * (MOST_COLUMNS + 1), "columns"),
        (b"a,b\n" + b"x" * (LONGEST_CELL + 1), "characters"),
        (b"a,b\n" * (MOST_ROWS + 1), "rows"),
        (b"PK\x03\x04", "no XLSX"),
        (package({"x": "y"}), "no XLSX"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_told(content: bytes, what: str) -> None:
    (note,) = read_sheet(content).notes
    assert what in note.what.en


def test_a_file_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST", 3)
    assert "MB" in read_sheet(b"a,b\n").notes[0].what.en


# ---- XLSX


def test_xlsx_is_read_as_it_is_shown() -> None:
    texts = (
        f'<sst xmlns="{MAIN}"><si><t>名称</t></si>'
        "<si><r><t>婚</t></r><r><t>姻</t></r><rPh><t>hun</t></rPh></si><si><t/></si></sst>"
    )
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d"/>'
        '<numFmt numFmtId="171" formatCode="000000"/><numFmt numFmtId="172" formatCode="0.00&quot;md&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/>'
        '<xf numFmtId="171"/><xf numFmtId="14"/><xf numFmtId="172"/><xf/></cellXfs></styleSheet>'
    )
    rows = """<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>
    <row><c s="1"><v>46082</v></c><c s="2"><v>123</v></c><c s="3"><v>46082.75</v></c><c s="4"><v>1.5</v></c>
    <c><v>1e3</v></c>
    <c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="str"><v>x</v></c><c t="inlineStr"><is><t>y</t></is></c>
    <c s="99"><v>-7</v></c>
    <c><v>1.5e-3</v></c><c t="s"><v>2</v></c><c/></row>"""
    found = read_sheet(book(rows, texts=texts, styles=styles))
    assert found.notes == ()
    assert [row.line for row in found.rows] == [2, 3]
    assert cells(found) == [
        ("名称", "", "婚姻"),
        ("2026-03-01", "000123", "2026-03-01 18:00:00", "1.5", "1000", "是", "否", "x", "y", "-7", "0.001500"),
    ]


def test_merged_cells_all_say_what_the_first_one_says() -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>组</v></c></row><row r="2"><c r="C2" t="str"><v>x</v></c></row>'
    merged = '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="E1:E2"/><mergeCell ref="?"/></mergeCells>'
    assert cells(read_sheet(book(rows, merged))) == [("组", "组"), ("组", "组", "x")]


def test_formulas_errors_and_numbers_that_lost_digits_are_told_with_their_places() -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = """<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="e"><v>#REF!</v></c>
    <c r="C1"><v>420106199001011234</v></c><c r="D1" s="1"><v>99999999</v></c></row>"""
    found = read_sheet(book(rows, styles=styles))
    assert [(line, column) for line, column, _ in places(found)] == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_days_may_be_counted_from_1904() -> None:
    workbook = WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    assert cells(read_sheet(book("<row><c><v>0</v></c></row>", workbook=workbook, styles=styles))) == [("1904-01-01",)]


def test_a_million_rows_are_left_after_the_first_that_are_too_many() -> None:
    rows = "<row><c><v>1</v></c></row>" * 1_000_000
    found = read_sheet(book(rows))
    assert len(found.rows) == MOST_ROWS
    assert "rows" in found.notes[0].what.en


def test_columns_beyond_the_bound_are_told_and_left() -> None:
    found = read_sheet(book(f"<row>{'<c><v>1</v></c>' * (MOST_COLUMNS + 5)}</row>"))
    assert (len(cells(found)[0]), len(found.notes)) == (MOST_COLUMNS, 1)


def test_findings_of_a_sheet_full_of_formulas_are_bounded() -> None:
    found = read_sheet(book("<row><c><f>1</f><v>1</v></c></row>" * 5_000))
    assert found.notes[-1].what.en == "there is more wrong from here on"


DEEP = "<a>" * 100
NO_SHEET = f'<workbook xmlns="{MAIN}"><sheets/></workbook>'


@pytest.mark.parametrize(
    "content",
    [
        book("", sheet="<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet>&a;</worksheet>"),
        book("", sheet="<worksheet>"),
        book("", sheet=DEEP),
        book("", workbook=NO_SHEET),
        book("", rels=RELATIONS.replace("rId2", "rId9")),
        book("", rels=RELATIONS.replace("sheet2", "../../../etc/passwd")),
        book('<row><c t="s"><v>0</v></c></row>'),
        book('<row><c t="s"><v>x</v></c></row>', texts=f'<sst xmlns="{MAIN}"/>'),
        book("<row><c><v>x</v></c></row>"),
        book('<row r="0"/>'),
        book('<row r="9999999"/>'),
        book("<row/>", "".join(f'<mergeCell ref="A{n}:GR{n + 20_000}"/>' for n in range(1, 3))),
        package({f"x{number}": "" for number in range(packages.MOST_PARTS + 1)}),
    ],
    ids=range(13),
)
def test_what_no_spreadsheet_program_writes_is_refused(content: bytes) -> None:
    found = read_sheet(content)
    assert (found.rows, [note.what.en for note in found.notes]) == ((), ["it is no XLSX file that can be read"])


def test_what_unpacks_to_more_than_it_may_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = book("", sheet=f"<worksheet>{' ' * 10_000_000}</worksheet>")
    assert len(content) < 50_000
    monkeypatch.setattr(packages, "MOST_BYTES", 1_000_000)
    assert read_sheet(content).notes


def test_texts_beyond_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_TEXT", 3)
    texts = f'<sst xmlns="{MAIN}"><si><t>1234</t></si></sst>'
    assert read_sheet(book('<row><c t="s"><v>0</v></c></row>', texts=texts)).notes


def test_encrypted_and_broken_parts_are_refused() -> None:
    content = bytearray(book("<row/>"))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    assert read_sheet(bytes(content)).notes
    broken = bytearray(book("<row><c><v>1</v></c></row>" * 50))
    place = broken.index(b"xl/worksheets/sheet2.xml") + 26
    broken[place : place + 8] = b"\xff" * 8
    assert read_sheet(bytes(broken)).notes


@given(st.binary(max_size=300), st.integers(0, 1_000))
def test_no_bytes_raise_anything(noise: bytes, place: int) -> None:
    whole = book("<row><c><v>1</v></c></row>")
    for content in (noise, b"PK\x03\x04" + noise, whole[:place] + noise + whole[place + len(noise) :]):
        assert isinstance(read_sheet(content), Sheet)


# ---- writing

COLUMNS = (("name", "姓名"), ("number", "证号"), ("count", "数量"), ("on", "日期"), ("is", "有效"))
ROWS = (
    ("张三", "00123", 7, date(2026, 3, 1), True),
    ("=HYPERLINK(1)", "+1", 10**17, datetime(2026, 3, 1, 4, tzinfo=UTC), None),
    ("<&>\"'\x07", "", 1.5, None, False),
)


def written(kind: TableFormat, *rows: tuple[Value, ...]) -> bytes:
    file = BytesIO()
    with writing.writing(kind, file, COLUMNS) as table:
        table.write(rows[:1])
        table.write(rows[1:])
    return file.getvalue()


def test_csv_opens_in_chinese_and_calculates_nothing() -> None:
    content = written(TableFormat.CSV, *ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [
        ["姓名", "证号", "数量", "日期", "有效"],
        ["张三", "00123", "7", "2026-03-01", "是"],
        ["'=HYPERLINK(1)", "+1", "100000000000000000", "2026-03-01T04:00:00+00:00", ""],
        ["<&>\"'\x07", "", "1.5", "", "否"],
    ]


@pytest.mark.parametrize("text", ["=1", "+a", "-a", "@x", "\tx", "\rx", " =1", "＝1", "-1+2"])
def test_a_cell_that_would_be_a_formula_is_a_text_in_csv(text: str) -> None:
    assert writing.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+8.5", "a=b", "", "张三"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert writing.neutral(text) == text


def test_xlsx_comes_back_as_it_was_written_and_its_formulas_are_texts() -> None:
    content = written(TableFormat.XLSX, *ROWS)
    found = read_sheet(content)
    assert found.notes == ()
    assert cells(found) == [
        ("姓名", "证号", "数量", "日期", "有效"),
        ("张三", "00123", "7", "2026-03-01", "是"),
        ("=HYPERLINK(1)", "+1", "100000000000000000", "2026-03-01T04:00:00+00:00"),
        ("<&>\"'\ufffd", "", "1.5", "", "否"),
    ]
    with zipfile.ZipFile(BytesIO(content)) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in file.read("xl/styles.xml")


def test_more_rows_than_a_sheet_has_stand_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS_A_SHEET", 3)
    with zipfile.ZipFile(BytesIO(written(TableFormat.XLSX, *ROWS))) as file:
        sheets = [name for name in file.namelist() if "sheet" in name]
        assert sheets == ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]
        assert all("姓名" in file.read(name).decode() for name in sheets)


def test_json_lines_say_everything_as_it_is() -> None:
    lines = [json.loads(line) for line in written(TableFormat.JSON_LINES, *ROWS).splitlines()]
    assert lines[1] == {
        "name": "=HYPERLINK(1)", "number": "+1", "count": 10**17, "on": "2026-03-01T04:00:00Z", "is": None,
    }  # fmt: skip


def test_what_no_cell_can_hold_is_not_cut_in_silence() -> None:
    with pytest.raises(CellTooLong):
        written(TableFormat.XLSX, ("x" * (writing.LONGEST_CELL + 1), "", "", "", ""))


@pytest.mark.parametrize("kind", TableFormat)
def test_a_row_has_a_value_for_every_column(kind: TableFormat) -> None:
    with pytest.raises(ValueError, match=r"every column|argument 2"):
        written(kind, ("x",))
