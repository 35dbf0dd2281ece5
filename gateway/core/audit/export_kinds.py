"""Kinds of events of exports of shared records. Each page of one has its own event, as any use of records."""

from typing import Final

from gateway.core.audit.catalogue import Retention, declare

EXPORT_ASKED: Final = declare(
    "share.export_asked", Retention.USE, ("申请导出共享数据", "an export of shared records was asked for"),
    ("申请导出共享数据未成", "asking for an export of shared records failed"),
    "use", "subject", "about", "note.resource", "note.version", "note.format",
)  # fmt: skip
EXPORT_ENDED: Final = declare(
    "share.export_ended", Retention.USE,
    ("共享数据导出结束：成文件、失败或撤回", "an export of shared records ended: with a file or without"),
    ("撤回共享数据导出未成", "cancelling an export of shared records failed"),
    "use", "about", "count", "note.resource", "note.version", "note.format", "note.result", "note.pages",
    "note.sha256", "note.bytes", "note.reason",
)  # fmt: skip
