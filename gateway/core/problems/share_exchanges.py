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
    (
        "上级平台 {system} 现在没有可读的应答",
        "the exchange {system} gives no answer now that can be read",
    ),
    ("稍后再试；仍如此请运维查看该系统", "try again later; if it stays so, have operations look at the system"),
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
SHARE_NUMBER_UNCLEAR = entry(
    "YW-SF-08",
    ProblemCode.CONFLICT,
    (
        "上级平台没有就该编号给出可读的应答：暂无应答，或该编号不是本件的",
        "the exchange gives no answer about this number that can be read: it is away, or the number another's",
    ),
    ("核对编号，稍后再试", "look the number up again, and try later"),
)
EXCHANGE_UNKNOWN = entry(
    "YW-SF-09",
    ProblemCode.CONFLICT,
    ("没有接入上级平台 {system}", "no exchange {system} is connected"),
    ("用 systems 查询已接入的系统", "look at the systems that are connected"),
)
SHARE_SETTLER_FORBIDDEN = entry(
    "YW-SF-10",
    ProblemCode.FORBIDDEN,
    (
        "只有枢纽管理、运维人员和主管部门可以裁定转办的申请",
        "the hub office, operations and the competent authority settle what is in doubt at an exchange",
    ),
    ("使用相应人员的令牌", "use a token of such a person"),
)
EXCHANGE_IMPORT_FORBIDDEN = entry(
    "YW-SF-11",
    ProblemCode.FORBIDDEN,
    ("只有枢纽管理可以导入上级平台的目录", "the hub office alone imports the catalogue of an exchange"),
    ("使用枢纽管理的令牌", "use a token of the hub office"),
)
DISPUTE_AT_EXCHANGE = entry(
    "YW-SF-12",
    ProblemCode.CONFLICT,
    ("该校核由上级平台答复", "this dispute is answered by the exchange that the record came from"),
    (
        "等待上级平台答复；不受理时会交回，主管部门也可裁定由本级答复",
        "wait for its answer; what it does not take is handed back, and the competent authority can do that as well",
    ),
)
DISPUTE_NEEDS_RECORD = entry(
    "YW-SF-13",
    ProblemCode.BAD_INPUT,
    (
        "该记录来自上级平台，record 须给出凭据所指记录的 {keys}",
        "the record is an exchange's: give in record its {keys}, as the record of this receipt was asked for",
    ),
    ("按查询该记录时的参数填写", "give the values with which the record was asked for"),
)
DISPUTE_NOT_DOUBTFUL = entry(
    "YW-SF-14",
    ProblemCode.CONFLICT,
    ("该校核在上级平台的进展没有需要裁定的", "nothing is to be settled about this dispute at its exchange"),
    (
        "结果不明或查无此件时可给出编号或重新发送；未答复时可交回本级",
        "number it or send it again where it is in doubt or lost; hand it back while it is not answered",
    ),
)
DISPUTE_SETTLEMENT_INVALID = entry(
    "YW-SF-15",
    ProblemCode.BAD_INPUT,
    (
        "number、sendAgain 与 handBack 须且只须给出一个，编号不超过 100 个字符",
        "give one of number, sendAgain and handBack, and a number of 100 characters at most",
    ),
    (
        "填写上级平台的编号，或要求重新发送，或交回本级答复",
        "give the number that the exchange has, have it sent again, or have it answered here",
    ),
)
