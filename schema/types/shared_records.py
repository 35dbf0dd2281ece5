"""共享数据: records that were used under a grant."""

from typing import cast

import strawberry

from gateway.core.text import Language
from gateway.services.sharing.fetch_shared import SharedRecords
from schema.scalars import JSON
from schema.types.common import PageInfo, SourceReport
from schema.types.licences import Withheld


@strawberry.type(
    description="按授权返回的共享数据：只含已开放字段并已脱敏，附可离线核验的凭据 · "
    "Records that a grant opens, masked as it says, with a receipt that can be verified without the gateway"
)
class SharedRecordResult:
    records: list[JSON]
    withheld: list[Withheld] = strawberry.field(
        description="未给出的字段及原因；未开放不等于空 · Fields that are not given, and why: refused is not empty"
    )
    page_info: PageInfo
    sources: list[SourceReport]
    receipt: JSON | None

    @classmethod
    def of(cls, found: SharedRecords, language: Language) -> "SharedRecordResult":
        """The answer as it is shown."""
        return cls(
            records=[JSON(record) for record in found.records],
            withheld=[Withheld(path=field, reason=reason.render(language)) for field, reason in found.withheld.items()],
            page_info=PageInfo(has_next_page=found.cursor is not None, end_cursor=found.cursor),
            sources=cast("list[SourceReport]", list(found.sources)),  # structs of the same fields
            receipt=None if found.receipt is None else JSON(found.receipt),
        )
