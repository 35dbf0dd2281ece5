"""Problems of data sharing: catalogue, requests, grants, corrections."""

from gateway.core.problems.catalogue import ProblemCode, entry
from gateway.core.text import Text

SHARE_STATE = entry(
    "YW-SH-01",
    ProblemCode.CONFLICT,
    ("申请当前状态为 {state}，不能{action}", "the request is {state}, in which nobody can {action}"),
    ("刷新后按当前状态办理", "look at it again and go on from its present state"),
)
SHARE_PARTY = entry(
    "YW-SH-02",
    ProblemCode.FORBIDDEN,
    ("该步骤由{party}办理", "this step is for {party}"),
    ("由该单位的人员办理", "have a person of that body take it"),
)
SHARE_SAME_PERSON = entry(
    "YW-SH-03",
    ProblemCode.FORBIDDEN,
    (
        "同一人不得在同一申请中经办又审核",
        "the same person must not act on both sides of a request, nor approve his own",
    ),
    ("由另一人办理", "have another person take this step"),
)
SHARE_REASON_UNKNOWN = entry(
    "YW-SH-04",
    ProblemCode.BAD_INPUT,
    ("理由须从规则列出的理由中选择", "the reason must be one that the rules list for this step"),
    ("填写 {known} 之一", "give one of {known}"),
)
SHARE_NOT_SHARED = entry(
    "YW-SH-05",
    ProblemCode.FORBIDDEN,
    ("该资源依法不予共享", "this resource is not shared"),
    ("查阅目录中的共享条件及其依据", "read the catalogue's condition and its basis"),
)
SHARE_INVALID = entry(
    "YW-SH-06",
    ProblemCode.BAD_INPUT,
    ("共享申请有误：{reason}", "the share request is wrong: {reason}"),
    ("按目录与事项关系修改申请", "mend it by the catalogue and what the item needs"),
)
SHARE_BEYOND_REQUEST = entry(
    "YW-SH-07",
    ProblemCode.BAD_INPUT,
    ("决定不得超出申请：{reason}", "a decision gives no more than was asked for: {reason}"),
    ("只同意申请中的全部或一部分", "approve what was asked for, or a part of it"),
)
BEYOND_WANTED = Text("决定的内容多于申请", "it opens more than was asked for")
NO_TIME_LEFT = Text("补正期限须晚于现在", "it leaves no time to mend it")
TOO_MUCH_TIME = Text("补正期限过长", "it leaves too much time to mend it")
OTHER_RESOURCE = Text("资源或提供单位不符", "another resource, or another provider, is asked for")
OWN_RESOURCE = Text("该资源由申请单位自己提供", "the body that asks provides the resource itself")
SHARE_EXTENDED_ALREADY = entry(
    "YW-SH-08",
    ProblemCode.CONFLICT,
    ("该环节已延期一次", "this stage was extended once already"),
    ("在延长后的期限内办结", "decide within the extended time"),
)
SHARE_TEXT_INVALID = entry(
    "YW-SH-09",
    ProblemCode.BAD_INPUT,
    ("文本须为 1 到 {limit} 个字符", "a text is 1 to {limit} characters"),
    ("缩短该字段，或不填写", "shorten the field, or leave it out"),
)
SHARE_TOO_MANY = entry(
    "YW-SH-10",
    ProblemCode.LIMIT,
    ("附件、消息或步骤已达 {limit} 个", "there are {limit} of these on the record already"),
    ("另行提出", "open another one"),
)
SHARE_FORWARDING = entry(
    "YW-SH-11",
    ProblemCode.CONFLICT,
    ("上级平台的转办状态为 {state}，不能{action}", "forwarding is {state}, in which nobody can {action}"),
    ("刷新后按当前状态办理", "look at it again and go on from its present state"),
)
GRANT_EMPTY = entry(
    "YW-SH-20",
    ProblemCode.BAD_INPUT,
    ("收窄之后没有可用的内容：{reason}", "nothing is left of the grant: {reason}"),
    ("在上级授权之内提出申请", "ask for something that the grant above opens"),
)
GRANT_DENIED = entry(
    "YW-SH-21",
    ProblemCode.FORBIDDEN,
    ("授权不允许：{reason}", "the grant does not allow it: {reason}"),
    ("核对授权，或另行申请", "compare with the grant, or request another"),
)
GRANT_PARAMETER = entry(
    "YW-SH-28",
    ProblemCode.BAD_INPUT,
    ("查询参数有误：{reason}", "the parameters are wrong: {reason}"),
    (
        "须给出 {keys} 的完整值，不含通配符；其他参数见目录",
        "give {keys} as whole values without wildcards; the catalogue has the other parameters",
    ),
)
GRANT_ENDED = entry(
    "YW-SH-22",
    ProblemCode.CONFLICT,
    ("授权已终止", "the grant has ended already"),
    ("无须再次终止", "nothing more is to be done"),
)
GRANT_NOT_NARROWED = entry(
    "YW-SH-27",
    ProblemCode.BAD_INPUT,
    ("收窄后须少于现有授权：{reason}", "what is left of a grant is a part of it: {reason}"),
    ("只写要保留的部分；终止授权用 revokeGrant", "name what is to be left; revokeGrant ends it"),
)
NARROWED_NOTHING = Text("没有任何变化", "nothing would change")
NARROWED_BEYOND = Text("多于现有授权", "it is more than the grant gives")
QUOTA_EXHAUSTED = entry(
    "YW-SH-23",
    ProblemCode.LIMIT,
    ("授权的使用量已达上限", "the grant's quota is used up"),
    ("次日再试，或申请更多用量", "try on another day, or request a greater quota"),
)
SHARE_APPLICATION_UNKNOWN = entry(
    "YW-SH-29",
    ProblemCode.BAD_INPUT,
    ("没有登记的应用：{codes}", "no application of this code is registered: {codes}"),
    (
        "更正应用代码；确有该应用的，由运维在 YIWANG_ISSUERS 文件中登记",
        "correct the code; if there is such an application, operations name it in the file of YIWANG_ISSUERS",
    ),
)
SHARE_BODY_UNKNOWN = entry(
    "YW-SH-40",
    ProblemCode.BAD_INPUT,
    ("没有登记的使用单位：{codes}", "no body of this code is registered: {codes}"),
    (
        "更正信用代码；确有该单位的，由运维在 YIWANG_SHARE_OFFICES 文件中登记",
        "correct the code; if there is such a body, operations name it in the file of YIWANG_SHARE_OFFICES",
    ),
)
DISPUTE_STATE = entry(
    "YW-SH-30",
    ProblemCode.CONFLICT,
    ("校核申请当前状态为 {state}，不能{action}", "the dispute is {state}, in which nobody can {action}"),
    ("刷新后按当前状态办理", "look at it again and go on from its present state"),
)
DISPUTE_NEEDS_EVIDENCE = entry(
    "YW-SH-31",
    ProblemCode.BAD_INPUT,
    (
        "校核申请须指明本单位收到过的字段并附证据",
        "a dispute names fields that your body was given, and brings evidence",
    ),
    ("从凭据 fields 中给出的字段里选取，并上传证据", "name fields that the receipt shows as given, and attach a file"),
)
SHARE_UNKNOWN = entry(
    "YW-SH-12",
    ProblemCode.NOT_FOUND,
    ("共享申请不存在，或当前人员无权查看", "there is no such share request, or it is not yours to see"),
    ("用 shareRequests 查询可见的申请", "list those that you may see with shareRequests"),
)
SHARE_CHANGED = entry(
    "YW-SH-13",
    ProblemCode.CONFLICT,
    ("该记录已被他人变更，当前版本为 {version}", "somebody else changed it, its version is {version}"),
    ("重新读取后再办理", "read it again, then go on"),
)
SHARE_ROLE = entry(
    "YW-SH-14",
    ProblemCode.FORBIDDEN,
    ("数据共享由单位的经办人员办理", "data sharing is for people who work for a body"),
    ("使用单位经办人员的令牌", "use a token of an officer or a department"),
)
SHARE_RESOURCE_UNKNOWN = entry(
    "YW-SH-15",
    ProblemCode.NOT_FOUND,
    ("目录中没有该资源", "the catalogue has no such resource"),
    ("用 resources 查询目录", "look into the catalogue with resources"),
)
SHARE_NO_AUTHORITY = entry(
    "YW-SH-16",
    ProblemCode.CONFLICT,
    (
        "提供单位所在地区 {region} 没有登记数据共享主管部门",
        "no competent authority is set for the provider's region {region}",
    ),
    ("由运维在 YIWANG_SHARE_OFFICES 文件中登记", "operations name one in the file of YIWANG_SHARE_OFFICES"),
)
SHARE_KEY_INVALID = entry(
    "YW-SH-17",
    ProblemCode.BAD_INPUT,
    ("idempotencyKey 须为 1 到 {limit} 个可见 ASCII 字符", "an idempotencyKey is 1 to {limit} visible characters"),
    ("每件申请用一个新的随机值", "use a new random value for each request"),
)
SHARE_KEY_TAKEN = entry(
    "YW-SH-18",
    ProblemCode.CONFLICT,
    ("该 idempotencyKey 已用于另一件", "this idempotencyKey was used for something else"),
    ("原样重发，或换用新的值", "repeat exactly what was sent, or use a new one"),
)
SHARE_SUPERVISION_FORBIDDEN = entry(
    "YW-SH-19",
    ProblemCode.FORBIDDEN,
    ("共享办理的督办与统计不对当前人员开放", "supervision of data sharing is not open to you"),
    ("由枢纽、运维、审计或主管部门人员办理", "have the hub, operations, auditors or the competent authority do it"),
)
GRANT_UNKNOWN = entry(
    "YW-SH-24",
    ProblemCode.NOT_FOUND,
    ("授权不存在，或当前人员无权查看", "there is no such grant, or it is not yours to see"),
    ("用 grants 查询可见的授权", "list those that you may see with grants"),
)
SHARE_RULES_INVALID = entry(
    "YW-SH-25",
    ProblemCode.BAD_INPUT,
    ("规则文件有误：{findings}", "the rules are wrong: {findings}"),
    ("按所列各处修改", "mend what is listed"),
)
DISPUTE_UNKNOWN = entry(
    "YW-SH-32",
    ProblemCode.NOT_FOUND,
    ("校核申请或其凭据不存在，或当前人员无权查看", "there is no such dispute or receipt, or it is not yours to see"),
    ("核对编号", "compare the id"),
)
DISPUTE_FIELDS_UNKNOWN = entry(
    "YW-SH-33",
    ProblemCode.BAD_INPUT,
    (
        "更正的字段须为校核所列的字段，且只在答复时填写",
        "corrected fields are among those that are disputed, and named in an answer only",
    ),
    ("填写 {known} 中已更正的字段，不填即核实无误", "name those of {known} that are corrected, none if it was right"),
)
DISPUTE_NO_EXTENSION = entry(
    "YW-SH-34",
    ProblemCode.CONFLICT,
    ("时限规则不允许延期", "the rule of its deadline gives no extension"),
    ("在期限内答复，或退回补充证据", "answer in time, or return it for more evidence"),
)
DISPUTE_NOT_RECEIVED = entry(
    "YW-SH-35",
    ProblemCode.BAD_INPUT,
    ("本单位没有通过该应用收到这条记录", "your body did not receive this record through that application"),
    ("填写 recipients 所列的应用", "name an application that recipients lists"),
)
DISPUTE_GOES_ON = entry(
    "YW-SH-36",
    ProblemCode.CONFLICT,
    ("本单位对同一记录的这些字段已提出校核，正在办理", "your body disputes these fields of the record already"),
    ("补充该件的证据，或等待答复", "add evidence to that dispute, or wait for its answer"),
)
SHARE_TERMS_INVALID = entry(
    "YW-SH-26",
    ProblemCode.BAD_INPUT,
    ("字段重复，或有效期超过 {days} 天", "a field stands twice, or the time is longer than {days} days"),
    ("每个字段只写一次，并缩短有效期", "name each field once, and shorten the time"),
)
