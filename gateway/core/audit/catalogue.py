"""The catalogue of audit events: every kind, what its record says, how long it is kept. A code is never reused."""

from enum import StrEnum

import msgspec

from gateway.core.text import Text


class Retention(StrEnum):
    """Classes of events by how long they are kept."""

    USE = "USE"
    ADMIN = "ADMIN"
    SECURITY = "SECURITY"
    TECHNICAL = "TECHNICAL"


LEAST_YEARS = {Retention.USE: 6, Retention.ADMIN: 10, Retention.SECURITY: 3, Retention.TECHNICAL: 1}
"""Years that events are kept at least, by class; a deployment can only lengthen them."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event.

    Attributes:
        code: what records say.
        title: for people who read the audit; ``failed`` is its title when the attempt was refused or broke.
        fields: of the record, besides those that every event has.
        told: whether the person concerned sees it among the uses of his data.
    """

    code: str
    title: Text
    failed: Text
    retention: Retention
    fields: tuple[str, ...]
    told: bool = False


COMMON = ("id", "kind", "at", "ending", "request_id", "application", "actor", "problem")
"""Fields of every event; ``problem`` stands in a failure's only."""

_ALL: dict[str, Kind] = {}


def declare(
    code: str,
    retention: Retention,
    title: tuple[str, str],
    failed: tuple[str, str],
    *fields: str,
    told: bool = False,
) -> Kind:
    """A new kind; raises ValueError for a code that is taken."""
    if code in _ALL:
        raise ValueError(code)
    _ALL[code] = kind = Kind(
        code=code, title=Text(*title), failed=Text(*failed), retention=retention, fields=fields, told=told
    )
    return kind


def kinds() -> tuple[Kind, ...]:
    """Every kind, ordered by code."""
    return tuple(_ALL[code] for code in sorted(_ALL))


def find_kind(code: str) -> Kind | None:
    """The kind of this code."""
    return _ALL.get(code)


# ---- uses of data
USE_OPENED = declare(
    "use.opened",
    Retention.USE,
    ("开立用途", "a use was opened"),
    ("开立用途未成", "opening a use failed"),
    "use",
    "subject",
    "note.basis",
)
LICENCES_FETCHED = declare(
    "licences.fetched",
    Retention.USE,
    ("查询持证人的证照", "a holder's licences were fetched"),
    ("查询证照未成", "fetching licences failed"),
    "use",
    "subject",
    "systems",
    "shown",
    "withheld",
    "count",
    told=True,
)
LICENCE_FETCHED = declare(
    "licence.fetched",
    Retention.USE,
    ("查询一个证照", "one licence was fetched"),
    ("查询一个证照未成", "fetching one licence failed"),
    "use",
    "subject",
    "systems",
    "shown",
    "withheld",
    "count",
    told=True,
)
LICENCE_PRESENTED = declare(
    "licence.presented",
    Retention.USE,
    ("亮证", "a licence was presented"),
    ("亮证未成", "presenting a licence failed"),
    "use",
    "subject",
    told=True,
)
MANDATE_RECORDED = declare(
    "mandate.recorded",
    Retention.USE,
    ("登记委托", "a mandate was recorded"),
    ("登记委托未成", "recording a mandate failed"),
    "subject",
    "about",
    "note.agent",
    "note.until",
)
MANDATE_REVOKED = declare(
    "mandate.revoked",
    Retention.USE,
    ("撤销委托", "a mandate was revoked"),
    ("撤销委托未成", "revoking a mandate failed"),
    "subject",
    "about",
)
APPLICATION_OPENED = declare(
    "application.opened",
    Retention.USE,
    ("开立预办编号", "a pre-application number was opened"),
    ("开立预办编号未成", "opening a pre-application number failed"),
    "about",
    "note.item",
)
APPLICATION_BOUND = declare(
    "application.bound",
    Retention.USE,
    ("关联办件", "a pre-application number was bound to its case"),
    ("关联办件未成", "binding a pre-application number failed"),
    "about",
    "note.item",
    "note.case",
)

# ---- supervision
APPLICATIONS_SUPERVISED = declare(
    "applications.supervised",
    Retention.ADMIN,
    ("查阅逾期预办编号", "overdue pre-application numbers were read"),
    ("查阅逾期预办编号未成", "reading overdue pre-application numbers failed"),
    "count",
)
AUDIT_READ = declare(
    "audit.read",
    Retention.ADMIN,
    ("查阅审计记录", "the audit was read"),
    ("查阅审计记录未成", "reading the audit failed"),
    "subject",
    "count",
    "note.filter",
)
OWN_USE_READ = declare(
    "audit.own_use_read",
    Retention.TECHNICAL,
    ("本人查阅数据使用情况", "a citizen read the uses of his own data"),
    ("本人查阅数据使用情况未成", "reading the uses of one's own data failed"),
    "count",
)
AUDIT_EXPORTED = declare(
    "audit.exported",
    Retention.ADMIN,
    ("导出审计记录", "the audit was exported"),
    ("导出审计记录未成", "exporting the audit failed"),
    "count",
    "note.from",
    "note.to",
)
AUDIT_PRUNED = declare(
    "audit.pruned",
    Retention.ADMIN,
    ("清除到期的审计分区", "an expired partition of the audit was removed"),
    ("清除到期的审计分区未成", "removing a partition of the audit failed"),
    "count",
    "note.chain",
    "note.head",
    "note.retention",
    "note.month",
    "note.checkpoint",
)
CALLS_EXPORTED = declare(
    "calls.exported",
    Retention.ADMIN,
    ("导出系统调用记录", "the record of calls to systems was exported"),
    ("导出系统调用记录未成", "exporting the record of calls failed"),
    "count",
    "note.filter",
    "note.format",
)

# ---- systems
SYSTEM_DISABLED = declare(
    "system.disabled",
    Retention.ADMIN,
    ("停用系统", "a system was disabled"),
    ("停用系统未成", "disabling a system failed"),
    "note.system",
    "note.version",
    "note.until",
)
SYSTEM_ENABLED = declare(
    "system.enabled",
    Retention.ADMIN,
    ("恢复系统", "a system was enabled"),
    ("恢复系统未成", "enabling a system failed"),
    "note.system",
    "note.version",
)
MAINTENANCE_PLANNED = declare(
    "maintenance.planned",
    Retention.ADMIN,
    ("安排维护时段", "a maintenance window was planned"),
    ("安排维护时段未成", "planning a maintenance window failed"),
    "note.system",
    "note.version",
    "note.window",
    "note.begins",
    "note.ends",
)
MAINTENANCE_CANCELLED = declare(
    "maintenance.cancelled",
    Retention.ADMIN,
    ("取消维护时段", "a maintenance window was cancelled"),
    ("取消维护时段未成", "cancelling a maintenance window failed"),
    "note.system",
    "note.version",
    "note.window",
)

# ---- files that callers send and fetch
UPLOAD_CREATED = declare(
    "upload.created",
    Retention.TECHNICAL,
    ("登记上传", "an upload was declared"),
    ("登记上传未成", "declaring an upload failed"),
    "about",
    "note.bytes",
)
UPLOAD_RECEIVED = declare(
    "upload.received",
    Retention.TECHNICAL,
    ("接收上传", "an upload was received"),
    ("接收上传未成", "receiving an upload failed"),
    "about",
    "note.bytes",
    "note.sha256",
)
TICKET_ISSUED = declare(
    "ticket.issued",
    Retention.TECHNICAL,
    ("发放文件领取凭据", "a ticket for a file was issued"),
    ("发放文件领取凭据未成", "issuing a ticket for a file failed"),
    "about",
    "note.bytes",
    "note.sha256",
)
TICKET_REDEEMED = declare(
    "ticket.redeemed",
    Retention.TECHNICAL,
    ("凭据领取文件", "a file was fetched by its ticket"),
    ("凭据领取文件未成", "fetching a file by its ticket failed"),
    "about",
    "note.bytes",
    "note.sha256",
)

# ---- security
CALLER_REFUSED = declare(
    "caller.refused",
    Retention.SECURITY,
    ("调用者身份未获证明（抽样）", "a caller proved nothing (sampled)"),
    ("调用者身份未获证明（抽样）", "a caller proved nothing (sampled)"),
    "note.shown",
    "note.uncounted",
)

# ---- the gateway itself
EPOCH_BEGUN = declare(
    "epoch.begun",
    Retention.TECHNICAL,
    ("网关副本启动", "a replica of the gateway began"),
    ("网关副本启动未成", "the start of a replica failed"),
    "note.version",
)
