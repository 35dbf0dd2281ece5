"""Tables as departments send them: rows in memory, and XLSX files of hand-written parts."""

import zipfile
from io import BytesIO

from gateway.core.sharing.sheets import Note, Row, Sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>
<sheet name="草稿" sheetId="1" state="hidden" r:id="rId1"/>
<sheet name="目录" sheetId="2" r:id="rId2"/></sheets></workbook>"""
RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId2" Type="x" Target="worksheets/sheet2.xml"/>
<Relationship Id="rId3" Type="x" TargetMode="External" Target="http://elsewhere.example/"/></Relationships>"""


def sheet(*rows: tuple[str, ...], notes: tuple[Note, ...] = ()) -> Sheet:
    return Sheet(tuple(Row(line, cells) for line, cells in enumerate(rows, 1)), notes)


def package(parts: dict[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def book(rows: str, after: str = "", **parts: str | bytes) -> bytes:
    """An XLSX file whose shown sheet has these rows; ``parts`` by their names with ``_`` for what is no letter."""
    named = {"workbook": "xl/workbook.xml", "rels": "xl/_rels/workbook.xml.rels", "texts": "xl/sharedStrings.xml"}
    named |= {"styles": "xl/styles.xml", "sheet": "xl/worksheets/sheet2.xml"}
    content: dict[str, str | bytes] = {
        named["workbook"]: WORKBOOK,
        named["rels"]: RELATIONS,
        named["sheet"]: f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>',
    }
    return package(content | {named[name]: part for name, part in parts.items()})


def cells(found: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in found.rows]
