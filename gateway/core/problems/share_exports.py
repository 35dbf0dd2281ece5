"""Problems of exports of shared records."""

from gateway.core.problems.catalogue import ProblemCode, entry

EXPORT_KEY_INVALID = entry(
    "YW-SX-01",
    ProblemCode.BAD_INPUT,
    ("幂等键须为 1 到 {limit} 个可见的 ASCII 字符", "an idempotency key is 1 to {limit} visible ASCII characters"),
    ("另取幂等键，如 UUID", "take another one, such as a UUID"),
)
EXPORT_KEY_TAKEN = entry(
    "YW-SX-02",
    ProblemCode.CONFLICT,
    ("该幂等键已用于另一次导出", "this idempotency key stands for another export"),
    ("每次导出使用新的幂等键；重试时原样重发", "use a new key for each export, and the same input to try again"),
)
EXPORTS_TOO_MANY = entry(
    "YW-SX-03",
    ProblemCode.LIMIT,
    ("正在进行的导出已有 {limit} 件", "{limit} exports of yours go on already"),
    ("等待其完成，或撤回不需要的导出", "wait until one has ended, or cancel what is not needed"),
)
EXPORT_UNKNOWN = entry(
    "YW-SX-04",
    ProblemCode.NOT_FOUND,
    ("没有该导出，或不属于当前调用者", "there is no such export, or it is another caller's"),
    ("核对 id；导出只对申请人可见", "check the id; an export is seen by who asked for it"),
)
EXPORT_OVER = entry(
    "YW-SX-05",
    ProblemCode.CONFLICT,
    ("导出已结束，状态为 {state}", "the export has ended: it is {state}"),
    ("需要时重新导出", "export again, if it is needed"),
)
EXPORT_MOVED = entry(
    "YW-SX-06",
    ProblemCode.CONFLICT,
    ("导出已由另一进程推进或已结束", "another process has gone on with the export, or it has ended"),
    ("查询导出的现状", "look at the export as it is now"),
)
EXPORT_TOO_LARGE = entry(
    "YW-SX-07",
    ProblemCode.LIMIT,
    ("导出超过 {rows} 行或 {megabytes} MB", "the export has more than {rows} records or {megabytes} MB"),
    ("缩小查询范围或减少字段，分几次导出", "narrow the parameters or name fewer fields, and export in parts"),
)
EXPORT_CHANGED = entry(
    "YW-SX-08",
    ProblemCode.CONFLICT,
    (
        "导出期间授权开放的字段、脱敏方式或目录已变更",
        "the fields, their masking or the catalogue changed while the export went on",
    ),
    ("核对授权后重新导出", "look at the grant, then export again"),
)
EXPORT_LOST = entry(
    "YW-SX-09",
    ProblemCode.CONFLICT,
    ("提供系统不再认得续查的位置", "the provider does not know any more where the question goes on"),
    ("重新导出", "export again"),
)
EXPORT_REPEATED = entry(
    "YW-SX-10",
    ProblemCode.CONFLICT,
    ("提供系统重复返回同一页数据", "the provider gives the same page again and again"),
    ("告知该系统的运维人员", "tell who runs that system"),
)
EXPORT_SOURCE_AWAY = entry(
    "YW-SX-11",
    ProblemCode.CONFLICT,
    ("系统 {system} 持续 {minutes} 分钟未给出数据（{outcome}）", "{system} gave nothing for {minutes} min ({outcome})"),
    ("待该系统恢复后重新导出", "export again when the system is back"),
)
EXPORT_CELL_TOO_LONG = entry(
    "YW-SX-12",
    ProblemCode.CONFLICT,
    ("有数值长于 XLSX 单元格的上限", "a value is longer than a cell of XLSX may be"),
    ("改用 CSV 或 JSON_LINES", "export as CSV or JSON_LINES"),
)
EXPORT_BROKEN = entry(
    "YW-SX-13",
    ProblemCode.INTERNAL,
    ("导出多次中断，未能完成", "the export broke off again and again"),
    ("稍后重新导出；持续出现时告知运维人员", "export again later; tell operations if it goes on"),
)
EXPORT_DELETED = entry(
    "YW-SX-14",
    ProblemCode.CONFLICT,
    (
        "已取得的 {rows} 行（{pages} 页）已删除，其用量仍计入授权",
        "the {rows} records of {pages} pages that had been fetched are deleted; they stay counted in the grant's quota",
    ),
    ("凭据仍可查询与核验", "their receipts can still be read and verified"),
)
EXPORT_CUT = entry(
    "YW-SX-15",
    ProblemCode.CONFLICT,
    (
        "提供系统的数据多于可查询的数量，文件不完整",
        "the provider has more than can be asked for: the file is not complete",
    ),
    ("缩小查询范围，分几次导出", "narrow the parameters, and export in parts"),
)
EXPORT_RECEIPTS_RANGE = entry(
    "YW-SX-16",
    ProblemCode.BAD_INPUT,
    ("first 须为 1 到 {limit}，after 不为负", "first is 1 to {limit}, and after is not negative"),
    ("分段读取凭据", "read the receipts in parts"),
)
EXPORT_WITHHELD = entry(
    "YW-SX-17",
    ProblemCode.FORBIDDEN,
    ("文件不再给出：{reason}", "the file is not given any more: {reason}"),
    ("核对授权，或另行申请", "compare with the grant, or request another"),
)
EXPORT_DAYS = entry(
    "YW-SX-18",
    ProblemCode.LIMIT,
    ("导出已等待 {days} 天的用量，仍未完成", "the export waited for the quota of {days} days and is not done"),
    ("缩小查询范围，或申请更多用量", "narrow the parameters, or request a greater quota"),
)
