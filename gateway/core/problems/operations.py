"""Problems of operations, audit and systems."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- OP: operations
OPERATIONS_ONLY = entry(
    "YW-OP-01",
    ProblemCode.FORBIDDEN,
    (
        "仅供运维、枢纽管理、审计人员与系统所属部门查阅",
        "this is for operations, the hub office, auditors and owners of systems",
    ),
    ("使用相应人员的令牌", "use a token of such a person"),
)
CALLS_UNSEEN = entry(
    "YW-OP-02",
    ProblemCode.FORBIDDEN,
    ("该系统的调用记录不对当前调用者开放", "the calls to this system are not shown to this caller"),
    (
        "部门查阅本部门的系统，应用查阅本应用的调用",
        "a department sees those of its own systems, an application its own calls",
    ),
)
WINDOW_INVALID = entry(
    "YW-OP-03",
    ProblemCode.BAD_INPUT,
    ("时间段须早于结束且不超过 {days} 天", "the span must begin before it ends and last {days} days at most"),
    ("调整 since 与 until", "change since and until"),
)

# ---- AD: audit
AUDIT_UNAVAILABLE = entry(
    "YW-AD-01",
    ProblemCode.INTERNAL,
    ("暂时无法记录审计，因此不作应答", "this cannot be audited at present, so it is not answered"),
    ("稍后再试；持续出现时告知运维人员", "try again shortly; tell operations if it goes on"),
)
AUDITORS_ONLY = entry(
    "YW-AD-02",
    ProblemCode.FORBIDDEN,
    ("仅供审计人员查阅", "this is for auditors"),
    ("使用审计人员的令牌", "use an auditor's token"),
)
OWN_DATA_ONLY = entry(
    "YW-AD-03",
    ProblemCode.FORBIDDEN,
    ("仅供已登录的本人查阅", "this is for the signed-in citizen himself"),
    ("使用本人的令牌", "use the citizen's own token"),
)
AUDIT_KIND_UNKNOWN = entry(
    "YW-AD-04",
    ProblemCode.BAD_INPUT,
    ("审计目录中没有该事件", "the catalogue of audit events has no such kind"),
    ("从 docs/reference/audit-events.md 选取", "take one from docs/reference/audit-events.md"),
)

# ---- SY: systems
SYSTEM_NOTICE_FORBIDDEN = entry(
    "YW-SY-01",
    ProblemCode.FORBIDDEN,
    ("只有枢纽管理人员与运维人员可以停用系统或安排维护", "only the hub office and operations may close systems"),
    ("使用枢纽管理或运维角色的令牌", "use a token of the role hub or operations"),
)
SYSTEM_UNKNOWN = entry(
    "YW-SY-02",
    ProblemCode.NOT_FOUND,
    ("没有这个系统", "there is no such system"),
    ("systems 列出全部系统的代码", "systems lists the codes of all"),
)
SYSTEM_NOTICES_CHANGED = entry(
    "YW-SY-03",
    ProblemCode.CONFLICT,
    (
        "该系统的公告已被他人修改，现为版本 {version}",
        "the system's notices were changed; they are at version {version} now",
    ),
    (
        "重新读取系统的 noticeVersion，确认后再试",
        "read the system's noticeVersion again and see whether it still holds",
    ),
)
SYSTEM_NOTICE_TEXT_INVALID = entry(
    "YW-SY-04",
    ProblemCode.BAD_INPUT,
    (
        "公告须有中英文两种文字，每种 1 至 {limit} 个字符",
        "a notice has a text in both languages, of 1 to {limit} characters",
    ),
    ("补全或缩短公告", "complete or shorten it"),
)
SYSTEM_NOTICE_TIME_INVALID = entry(
    "YW-SY-05",
    ProblemCode.BAD_INPUT,
    (
        "结束时间须晚于开始时间与当前时间，且在 {days} 天之内",
        "the end lies after the beginning and after now, within {days} days",
    ),
    ("改正时间，写明时区", "mend the times, and say their zone"),
)
SYSTEM_WINDOW_UNKNOWN = entry(
    "YW-SY-06",
    ProblemCode.NOT_FOUND,
    ("该系统没有这个维护窗口，或它已结束", "the system has no such maintenance window, or it is over"),
    ("maintenance 列出该系统的窗口", "maintenance lists the windows of a system"),
)
SYSTEM_WINDOWS_TOO_MANY = entry(
    "YW-SY-07",
    ProblemCode.LIMIT,
    ("一个系统最多安排 {limit} 个维护窗口", "a system has at most {limit} maintenance windows"),
    ("先取消一个", "cancel one first"),
)
