"""Kinds of events of data sharing: the steps of requests, grants, disputes, and what the gateway does on the clock."""

from typing import Final

from gateway.core.audit.catalogue import Retention, declare

_OF_REQUEST: Final = ("about", "note.resource", "note.version", "note.state", "note.reason")
_OF_GRANT: Final = ("about", "note.request", "note.resource", "note.version", "note.reason")
_OF_DISPUTE: Final = ("subject", "about", "note.resource", "note.version", "note.state")

# ---- the catalogue
CATALOGUE_IMPORTED = declare(
    "catalogue.imported", Retention.ADMIN, ("导入共享目录", "a table was imported into the catalogue, or tried"),
    ("导入共享目录未成", "importing a table into the catalogue failed"),
    "count", "note.table", "note.what", "note.added", "note.changed", "note.unchanged", "note.findings", "note.sha256",
    "note.system",
)  # fmt: skip
RESOURCE_PUT = declare(
    "resource.put", Retention.ADMIN, ("目录资源新增或变更", "a resource of the catalogue was added or changed"),
    ("目录资源变更未成", "changing a resource of the catalogue failed"),
    "about", "note.resource", "note.version", "note.sharing",
)  # fmt: skip
RELATIONS_PUT = declare(
    "resource.related", Retention.ADMIN,
    ("事项与资源的关系变更", "it was changed which fields of a resource service items need"),
    ("事项与资源的关系变更未成", "changing what service items need of a resource failed"),
    "about", "count", "note.resource",
)  # fmt: skip

# ---- requests
SHARE_REQUESTED = declare(
    "share.requested", Retention.ADMIN, ("起草数据共享申请", "a share request was drafted"),
    ("起草数据共享申请未成", "drafting a share request failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_REVISED = declare(
    "share.revised", Retention.ADMIN, ("修改共享申请草稿", "the draft of a share request was changed"),
    ("修改共享申请草稿未成", "changing the draft of a share request failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_SUBMITTED = declare(
    "share.submitted", Retention.ADMIN, ("提交共享申请", "a share request was submitted"),
    ("提交共享申请未成", "submitting a share request failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_ADDED = declare(
    "share.added", Retention.ADMIN, ("补充共享申请的附件或消息", "a file or message was added to a share request"),
    ("补充附件或消息未成", "adding to a share request failed"), *_OF_REQUEST, "note.what",
)  # fmt: skip
SHARE_ATTACHMENT_GIVEN = declare(
    "share.attachment", Retention.ADMIN,
    ("领取共享申请的附件", "a party was given a file that was added to a share request"),
    ("领取共享申请的附件未成", "giving a file of a share request failed"),
    *_OF_REQUEST, "note.bytes", "note.sha256", "note.file",
)  # fmt: skip
SHARE_WITHDRAWN = declare(
    "share.withdrawn", Retention.ADMIN, ("撤回共享申请", "a share request was withdrawn"),
    ("撤回共享申请未成", "withdrawing a share request failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_DECIDED = declare(
    "share.decided", Retention.ADMIN, ("办理共享申请", "who is in charge of a share request took a step"),
    ("办理共享申请未成", "taking a step of a share request failed"), *_OF_REQUEST, "note.action",
)  # fmt: skip
SHARE_OPENED = declare(
    "share.opened", Retention.ADMIN,
    ("无条件共享直接开通，或转上级平台", "opened without a decision, or passed to an exchange"),
    ("直接开通未成", "opening a share request failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_EXPIRED = declare(
    "share.expired", Retention.ADMIN, ("共享申请逾期失效", "a share request expired"),
    ("共享申请失效未成", "letting a share request expire failed"), *_OF_REQUEST,
)  # fmt: skip
SHARE_REMINDED = declare(
    "share.reminded", Retention.ADMIN, ("催办共享申请", "a deadline of a share request comes near"),
    ("催办共享申请未成", "reminding of a deadline failed"), "about", "note.stage", "note.days", "note.day",
)  # fmt: skip
SHARE_ESCALATED = declare(
    "share.escalated", Retention.ADMIN, ("共享申请逾期督办", "a deadline of a share request has passed"),
    ("共享申请逾期督办未成", "escalating a deadline failed"), "about", "note.stage", "note.days", "note.day",
)  # fmt: skip
SHARE_SUPERVISED = declare(
    "share.supervised", Retention.ADMIN,
    ("查阅共享办理时限与统计", "deadlines or statistics of share requests were read"),
    ("查阅共享办理时限与统计未成", "reading deadlines or statistics failed"), "count", "note.what",
)  # fmt: skip

# ---- at exchanges
SHARE_FORWARDED = declare(
    "share.forwarded", Retention.ADMIN, ("共享申请在上级平台的进展", "a share request went on at its exchange"),
    ("共享申请转办登记未成", "recording how a request goes on at its exchange failed"),
    *_OF_REQUEST, "note.system", "note.forwarding",
)  # fmt: skip
SHARE_SETTLED = declare(
    "share.settled", Retention.ADMIN,
    ("裁定转办中存疑的共享申请", "it was settled what became of a request at its exchange"),
    ("裁定存疑的转办未成", "settling what became of a request at its exchange failed"),
    *_OF_REQUEST, "note.system", "note.forwarding", "note.by", "note.what",
)  # fmt: skip
SHARE_RECONCILED = declare(
    "share.reconciled", Retention.ADMIN,
    ("与上级平台的清单对账", "a day of an exchange's list was compared with ours"),
    ("与上级平台的清单对账未成", "comparing an exchange's list with ours failed"),
    "note.system", "note.day", "note.lines", "note.settled", "note.unknown", "note.missing", "note.doubled",
)  # fmt: skip
GRANT_CHECKED = declare(
    "grant.checked", Retention.ADMIN,
    ("要求核对上级平台的授权", "somebody had an exchange asked whether a grant still holds"),
    ("要求核对上级平台的授权未成", "having an exchange asked whether a grant still holds failed"), *_OF_GRANT,
)  # fmt: skip
GRANT_NARROWED = declare(
    "grant.narrowed", Retention.ADMIN,
    ("收窄授权", "a grant gives less by now: one of its parties, or its exchange, narrowed it"),
    ("收窄授权未成", "narrowing a grant failed"), *_OF_GRANT,
)  # fmt: skip

# ---- grants
GRANT_ISSUED = declare(
    "grant.issued", Retention.ADMIN, ("发放共享授权", "a grant was issued"),
    ("发放共享授权未成", "issuing a grant failed"), *_OF_GRANT,
)  # fmt: skip
GRANT_REVOKED = declare(
    "grant.revoked", Retention.ADMIN, ("终止共享授权", "a grant was revoked"),
    ("终止共享授权未成", "revoking a grant failed"), *_OF_GRANT,
)  # fmt: skip
GRANT_OVER = declare(
    "grant.over", Retention.ADMIN, ("共享授权到期", "a grant's time was over"),
    ("共享授权到期登记未成", "recording that a grant is over failed"), *_OF_GRANT,
)  # fmt: skip

# ---- disputes
RECORD_DISPUTED = declare(
    "record.disputed", Retention.USE, ("提出数据校核", "a record was disputed"),
    ("提出数据校核未成", "disputing a record failed"), *_OF_DISPUTE,
)  # fmt: skip
DISPUTE_HANDLED = declare(
    "dispute.handled", Retention.USE, ("办理数据校核", "a step of a dispute was taken"),
    ("办理数据校核未成", "taking a step of a dispute failed"), *_OF_DISPUTE, "note.action",
)  # fmt: skip
DISPUTE_EVIDENCE_GIVEN = declare(
    "dispute.evidence", Retention.USE, ("一方取得校核证据", "a side of a dispute fetched evidence"),
    ("取得校核证据未成", "fetching evidence of a dispute failed"),
    *_OF_DISPUTE, "note.bytes", "note.sha256", "note.file",
)  # fmt: skip
DISPUTE_TOLD = declare(
    "dispute.told", Retention.USE, ("告知校核结果", "a recipient was told what came of a dispute"),
    ("告知校核结果未成", "telling what came of a dispute failed"), *_OF_DISPUTE, "note.through",
)  # fmt: skip
DISPUTE_FORWARDED = declare(
    "dispute.forwarded", Retention.USE, ("校核在上级平台的进展", "a dispute went on at its exchange"),
    ("校核转办登记未成", "recording how a dispute goes on at its exchange failed"),
    *_OF_DISPUTE, "note.system", "note.forwarding",
)  # fmt: skip
DISPUTE_SETTLED = declare(
    "dispute.settled", Retention.USE,
    ("裁定转办的校核", "a person settled what becomes of a dispute at its exchange"),
    ("裁定转办的校核未成", "settling what becomes of a dispute at its exchange failed"),
    *_OF_DISPUTE, "note.system", "note.forwarding",
)  # fmt: skip
