"""An office that keeps the catalogue, over a database without resources; files that were uploaded to it."""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from gateway.core.call import Call
from gateway.core.files import File, Owner, Purpose, Quota
from gateway.services.receive_upload import ReceiveUpload
from gateway.services.sharing.catalogue.import_catalogue import (
    CatalogueTable,
    ImportCatalogue,
    ImportReport,
    ImportRequest,
)
from gateway.store.database import Database
from gateway.store.files import SqlFiles
from gateway.store.spreadsheets import read_sheet
from tests.sharing_service.offices import HUB_OFFICE, Bureau
from tests.store.keys import a_cipher

HEADINGS = (
    "信息资源代码", "信息资源名称", "提供方代码", "共享类型", "共享条件", "信息项名称", "字段英文名", "查询主键",
)  # fmt: skip
RELATED = ("事项编码", "信息资源代码", "所需信息项")


def table(*rows: Sequence[str]) -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows(rows)
    return made.getvalue().encode("gb18030")


class Office(Bureau):
    """A bureau that imports."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.files = SqlFiles(database, a_cipher())
        self.uploads = ReceiveUpload(self.files, self.clock, self.desk.audit)
        self.importing = ImportCatalogue(self.desk, self.files, self.uploads, read_sheet)
        self._numbers = count(1)

    async def uploaded(self, content: bytes, who: Call, name: str = "目录.csv") -> str:
        """The id of an upload of this content, all of which is there."""
        now = self.clock.now()
        upload = File(
            id=f"upload-{next(self._numbers)}", purpose=Purpose.UPLOAD, owner=Owner.of(who.caller), name=name,
            media_type="application/octet-stream", bytes=len(content), sha256=None, created_at=now,
            expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        assert await self.files.declare(upload, Quota(1_000, 10**9), now)
        sending = await self.files.begin(upload.id)
        assert sending is not None
        for number, begin in enumerate(range(0, len(content), 1_048_576)):
            assert await self.files.append(upload.id, sending, number, content[begin : begin + 1_048_576])
        assert await self.files.complete(upload.id, sending, len(content), hashlib.sha256(content).hexdigest())
        return upload.id

    async def imported(
        self,
        content: bytes,
        who: Call = HUB_OFFICE,
        table: CatalogueTable = CatalogueTable.RESOURCES,
        *,
        dry_run: bool = False,
    ) -> ImportReport:
        upload = await self.uploaded(content, who)
        return await self.importing(ImportRequest(upload=upload, table=table, dry_run=dry_run), who)
