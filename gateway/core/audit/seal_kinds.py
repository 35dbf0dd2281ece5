"""Kinds of events of seals: their register, the seal log, and the examination of documents."""

from typing import Final

from gateway.core.audit.catalogue import Retention, declare

# ---- the seal register
_OF_REGISTER: Final = ("about", "note.seal", "note.version")
SEAL_REGISTERED: Final = declare(
    "seal.registered", Retention.ADMIN, ("登记印章", "a seal was registered"),
    ("登记印章未成", "registering a seal failed"), *_OF_REGISTER, "note.body",
)  # fmt: skip
SEAL_AUTHORISED: Final = declare(
    "seal.authorised", Retention.ADMIN, ("授权用印", "the use of a seal was authorised"),
    ("授权用印未成", "authorising the use of a seal failed"), *_OF_REGISTER, "note.authorisation",
)  # fmt: skip
SEAL_WITHDRAWN: Final = declare(
    "seal.withdrawn", Retention.ADMIN, ("撤销用印授权", "an authorisation to use a seal was withdrawn"),
    ("撤销用印授权未成", "withdrawing an authorisation failed"), *_OF_REGISTER, "note.authorisation",
)  # fmt: skip
SEAL_FROZEN: Final = declare(
    "seal.frozen", Retention.ADMIN, ("冻结印章", "a seal was frozen"),
    ("冻结印章未成", "freezing a seal failed"), *_OF_REGISTER,
)  # fmt: skip
SEAL_UNFROZEN: Final = declare(
    "seal.unfrozen", Retention.ADMIN, ("解冻印章", "a seal was unfrozen"),
    ("解冻印章未成", "unfreezing a seal failed"), *_OF_REGISTER,
)  # fmt: skip
SEAL_REVOKED: Final = declare(
    "seal.revoked", Retention.ADMIN, ("注销印章", "a seal was revoked"),
    ("注销印章未成", "revoking a seal failed"), *_OF_REGISTER,
)  # fmt: skip
SEAL_RENEWED: Final = declare(
    "seal.renewed", Retention.ADMIN, ("换发印章", "a seal was renewed"),
    ("换发印章未成", "renewing a seal failed"), *_OF_REGISTER,
)  # fmt: skip
SEAL_HANDED_OVER: Final = declare(
    "seal.handed-over", Retention.ADMIN, ("移交印章", "a seal was handed over to another body"),
    ("移交印章未成", "handing over a seal failed"), *_OF_REGISTER, "note.body",
)  # fmt: skip

# ---- sealings: the seal log
_OF_SEALING: Final = ("use", "about", "note.seal", "note.key", "note.before", "note.after", "note.pages", "note.result")
"""What each line of the seal log says, as far as it is known: digests of the document before and after, SHA-256."""
SEAL_ASKED: Final = declare(
    "seal.asked", Retention.USE,
    ("提交用印申请", "seals were asked for"), ("提交用印申请未成", "asking for seals failed"),
    "use", "count", "note.key",
)  # fmt: skip
SEAL_REQUESTED: Final = declare(
    "seal.requested", Retention.USE, ("登记一份文件的用印", "a sealing was requested"),
    ("登记用印未成", "requesting a sealing failed"), *_OF_SEALING,
)  # fmt: skip
SEAL_APPROVED: Final = declare(
    "seal.approved", Retention.USE, ("审批用印", "a sealing was approved, or was not"),
    ("审批用印未成", "approving a sealing failed"), *_OF_SEALING,
)  # fmt: skip
SEAL_USED: Final = declare(
    "seal.used", Retention.USE, ("动用印章，发出前记录", "a seal is used; written before anything is sent"),
    ("动用印章未成", "using a seal failed"), *_OF_SEALING, "note.platform", "note.attempt",
)  # fmt: skip
SEAL_RELEASED: Final = declare(
    "seal.released", Retention.USE, ("盖章结果通过核验并放行", "a sealed document was verified and released"),
    ("放行未成", "releasing failed"), *_OF_SEALING, "note.attempt",
)  # fmt: skip
SEAL_FAILED: Final = declare(
    "seal.failed", Retention.USE, ("用印终止，没有放行", "a sealing ended without a release"),
    ("终止用印未成", "ending a sealing failed"), *_OF_SEALING, "note.attempt",
)  # fmt: skip
SEAL_IN_DOUBT: Final = declare(
    "seal.in_doubt", Retention.USE, ("用印存疑，结果扣留", "it is not known whether a document was sealed"),
    ("标记存疑未成", "marking a sealing in doubt failed"), *_OF_SEALING, "note.platform", "note.attempt",
)  # fmt: skip
SEAL_SETTLED: Final = declare(
    "seal.settled", Retention.USE, ("裁定存疑的用印", "a sealing in doubt was settled"),
    ("裁定存疑的用印未成", "settling a sealing failed"), *_OF_SEALING, "note.by", "note.way",
)  # fmt: skip
SEAL_RECONCILED: Final = declare(
    "seal.reconciled", Retention.ADMIN, ("与印章平台对账", "the seal log was compared with a platform's own"),
    ("与印章平台对账未成", "comparing with a platform's log failed"),
    "note.platform", "note.day", "note.lines", "note.settled", "note.unknown", "note.missing", "note.doubled",
)  # fmt: skip
DOCUMENT_VERIFIED: Final = declare(
    "document.verified", Retention.TECHNICAL, ("核验盖章文件", "a sealed document was examined"),
    ("核验盖章文件未成", "examining a sealed document failed"), "about", "note.sha256", "note.result",
)  # fmt: skip
