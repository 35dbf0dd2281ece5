"""共享目录的导入: tables by which the catalogue is kept, and what is wrong with them."""

import strawberry

from gateway.core.sharing.sheets import Note
from gateway.core.text import Language
from gateway.services.sharing.catalogue.import_catalogue import CatalogueTable, ImportReport, ImportRequest
from schema.types.common import Problem
from schema.types.sealing import FileRef


@strawberry.input(description="导入目录或事项关系的表格（CSV、XLSX） · Import a table of the catalogue (CSV, XLSX)")
class ImportShareCatalogueInput:
    file: FileRef
    kind: CatalogueTable
    dry_run: bool = strawberry.field(
        default=False, description="只检查并说明会改变什么 · Only say what it would change, or what is wrong"
    )

    def request(self) -> ImportRequest:
        """The use case's request."""
        return ImportRequest(upload=self.file.upload, table=self.kind, dry_run=self.dry_run)


@strawberry.type(description="表格中的一处问题 · Something that is wrong with a table")
class CatalogueFinding:
    line: int = strawberry.field(description="行号，自 1 起 · Counted from 1, as spreadsheets show it")
    column: int
    message: str
    remedy: str

    @classmethod
    def of(cls, note: Note, language: Language) -> "CatalogueFinding":
        """The finding as it is shown."""
        return cls(
            line=note.line,
            column=note.column,
            message=note.what.render(language),
            remedy=note.remedy.render(language),
        )


@strawberry.type(
    description="导入的结果：有 findings 时未导入任何内容 · What importing gave; with findings nothing was imported"
)
class ImportShareCataloguePayload:
    added: int
    changed: int
    unchanged: int
    absent: int | None = strawberry.field(
        description="同一提供单位在目录中而不在表格中的资源数，均保持不变；事项关系为空 · "
        "Resources of the same providers that the table does not mention: they stay as they are; null of relations"
    )
    findings: list[CatalogueFinding]
    problems: list[Problem]

    @classmethod
    def of(
        cls, report: ImportReport | None, problems: list[Problem], language: Language
    ) -> "ImportShareCataloguePayload":
        """The report as it is shown; without one, why there is none."""
        made = report or ImportReport()
        return cls(
            added=made.added,
            changed=made.changed,
            unchanged=made.unchanged,
            absent=made.absent,
            findings=[CatalogueFinding.of(one, language) for one in made.notes],
            problems=problems,
        )
