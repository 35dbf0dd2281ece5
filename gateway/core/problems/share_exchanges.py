"""Problems of what exchanges decide."""

from gateway.core.problems.catalogue import ProblemCode, entry

SHARE_SETTLEMENT_INVALID = entry(
    "YW-SF-01",
    ProblemCode.BAD_INPUT,
    (
        "number 与 sendAgain 须且只须给出一个，编号不超过 100 个字符",
        "give either number or sendAgain, and a number of 100 characters at most",
    ),
    ("填写上级平台的编号，或要求重新发送", "give the number that the exchange has, or have it sent again"),
)
SHARE_NOT_DOUBTFUL = entry(
    "YW-SF-02",
    ProblemCode.CONFLICT,
    ("该申请在上级平台的进展没有存疑", "nothing is in doubt about this request at its exchange"),
    ("用 forwardings 查询需要裁定的申请", "list those that are to be settled with forwardings"),
)
SHARE_NUMBER_OTHER = entry(
    "YW-SF-03",
    ProblemCode.CONFLICT,
    ("该编号是另一件申请的", "this number is another request's"),
    ("在上级平台按本件的资源与时间核对编号", "look it up at the exchange by resource and time"),
)
SHARE_NUMBER_UNKNOWN = entry(
    "YW-SF-04",
    ProblemCode.CONFLICT,
    ("上级平台没有该编号", "the exchange does not know this number"),
    ("向上级平台核对编号", "ask the exchange which number it has"),
)
SHARE_EXCHANGE_SILENT = entry(
    "YW-SF-05",
    ProblemCode.CONFLICT,
    ("上级平台 {system} 未接入，或现在没有应答", "the exchange {system} is not connected, or does not answer now"),
    ("稍后再试", "try again later"),
)
GRANT_NOT_UPSTREAM = entry(
    "YW-SF-06",
    ProblemCode.CONFLICT,
    ("该授权不在上级平台的授权之下", "this grant is under no grant of an exchange"),
    ("只核对上级平台资源的授权", "check grants of resources on which an exchange decides"),
)
EXCHANGE_NO_CATALOGUE = entry(
    "YW-SF-07",
    ProblemCode.CONFLICT,
    ("上级平台 {system} 没有可读取的目录", "the exchange {system} has no catalogue that could be read"),
    ("改用表格导入目录", "import its catalogue from a table"),
)
