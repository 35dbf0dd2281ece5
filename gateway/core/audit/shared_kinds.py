"""Kinds of events of using shared data."""

from typing import Final

from gateway.core.audit.catalogue import Retention, declare

RECORDS_SHARED: Final = declare(
    "records.shared", Retention.USE, ("按授权使用共享数据", "records were used under a grant"),
    ("按授权使用共享数据未成", "using records under a grant failed"),
    "use", "subject", "about", "systems", "shown", "withheld", "count",
    "note.resource", "note.version", "note.foreign", "note.unproven", "note.outside", "note.dropped",
    told=True,
)  # fmt: skip
