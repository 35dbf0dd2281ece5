"""文件: where callers send files, and tickets by which they fetch them. The bytes themselves travel over HTTP."""

from datetime import datetime

import strawberry

from gateway.services.create_upload import Upload as CoreUpload
from gateway.services.issue_ticket import FileTicket as CoreFileTicket
from schema.types.common import Problem


@strawberry.type(description="上传：把文件 PUT 到 url，一小时内有效 · PUT the file to its url within the hour")
class Upload:
    id: strawberry.ID
    url: str = strawberry.field(
        description="地址，可能相对于本端点 · Address; it may be relative to that of this endpoint"
    )
    expires_at: datetime

    @classmethod
    def of(cls, upload: CoreUpload) -> "Upload":
        """The upload as it is shown."""
        return cls(id=strawberry.ID(upload.id), url=upload.url, expires_at=upload.expires_at)


@strawberry.input(description="申请上传 · Declares a file that is going to be sent")
class CreateUploadInput:
    name: str
    bytes: int
    sha256: str | None = strawberry.field(
        default=None, description="64 位小写十六进制，收到后核对 · 64 hexadecimal digits in lower case, to be checked"
    )


@strawberry.type(description="申请上传的结果 · What declaring a file gave")
class CreateUploadPayload:
    upload: Upload | None
    problems: list[Problem]


@strawberry.type(
    description="下载票据：仅限当前调用者，短时有效，可分段、可重试 · "
    "A file to fetch: for its caller alone, for a short time, in ranges and repeatedly"
)
class FileTicket:
    url: str = strawberry.field(
        description="地址，可能相对于本端点 · Address; it may be relative to that of this endpoint"
    )
    name: str
    media_type: str
    bytes: int
    sha256: str
    expires_at: datetime

    @classmethod
    def of(cls, ticket: CoreFileTicket) -> "FileTicket":
        """The ticket as it is shown."""
        return cls(
            url=ticket.url,
            name=ticket.name,
            media_type=ticket.media_type,
            bytes=ticket.bytes,
            sha256=ticket.sha256,
            expires_at=ticket.expires_at,
        )
