"""Problems of input."""

from gateway.core.problems.catalogue import ProblemCode, entry

CITIZEN_ID_INVALID = entry(
    "YW-IN-01",
    ProblemCode.BAD_INPUT,
    ("居民身份号码不正确：{reason}", "the citizen id is wrong: {reason}"),
    ("核对证件上的 18 位号码", "compare the 18 characters with the card"),
)
CREDIT_CODE_INVALID = entry(
    "YW-IN-02",
    ProblemCode.BAD_INPUT,
    ("统一社会信用代码不正确：{reason}", "the unified social credit code is wrong: {reason}"),
    ("核对营业执照或证书上的 18 位代码", "compare the 18 characters with the certificate"),
)
REGION_INVALID = entry(
    "YW-IN-03",
    ProblemCode.BAD_INPUT,
    ("行政区划代码不正确：{reason}", "the region code is wrong: {reason}"),
    ("使用 GB/T 2260 的 6 位或 12 位代码", "use a GB/T 2260 code of 6 or 12 digits"),
)
DOCUMENT_TYPE_UNKNOWN = entry(
    "YW-IN-04",
    ProblemCode.BAD_INPUT,
    ("未知的证件类型", "the document type is unknown"),
    ("使用 111、414、511、001 或 999", "use 111, 414, 511, 001 or 999"),
)
NUMBER_INVALID = entry(
    "YW-IN-05",
    ProblemCode.BAD_INPUT,
    ("证件号码须为 1 到 40 个可见字符", "a document number is 1 to 40 visible characters"),
    ("核对号码中的空格与控制字符", "look for spaces and control characters"),
)
LIMIT_OUT_OF_RANGE = entry(
    "YW-IN-06",
    ProblemCode.BAD_INPUT,
    ("数量须在 {low} 到 {high} 之间", "the number must lie between {low} and {high}"),
    ("调整该参数", "change the argument"),
)
CURSOR_INVALID = entry(
    "YW-IN-07",
    ProblemCode.BAD_INPUT,
    ("游标不是由本字段给出的", "the cursor was not given by this field"),
    ("原样使用上一页的 endCursor", "pass the previous page's endCursor unchanged"),
)
LICENCE_ID_INVALID = entry(
    "YW-IN-08",
    ProblemCode.BAD_INPUT,
    ("证照 id 不是由本网关给出的", "the licence id was not given by this gateway"),
    ("原样使用 licences 返回的 id", "pass an id from licences unchanged"),
)
TYPES_INVALID = entry(
    "YW-IN-09",
    ProblemCode.BAD_INPUT,
    ("证照类型最多 {limit} 个，每个 1 到 64 个字符", "at most {limit} licence types of 1 to 64 characters each"),
    ("从 licenceTypes 选取类型编码", "take type codes from licenceTypes"),
)
NAME_INVALID = entry(
    "YW-IN-10",
    ProblemCode.BAD_INPUT,
    ("姓名或名称须为 1 到 200 个字符", "a name is 1 to 200 characters"),
    ("按证件填写", "write it as on the document"),
)
INSTANT_INVALID = entry(
    "YW-IN-11",
    ProblemCode.BAD_INPUT,
    (
        "时刻须为带时区偏移的 ISO 8601，年份在 {low} 到 {high} 之间",
        "an instant is written as ISO 8601 with its offset from UTC, in the years {low} to {high}",
    ),
    ("例如 2026-03-01T08:00:00+08:00", "for instance 2026-03-01T08:00:00+08:00"),
)
CHARACTER_INVALID = entry(
    "YW-IN-12",
    ProblemCode.BAD_INPUT,
    ("文本中有空字符（U+0000）", "a text holds the null character (U+0000)"),
    ("去掉该字符", "leave it out"),
)
