"""The catalogue of problems: every public error, its number, code, sentence and remedy.

A number is ``YW-<group>-<nn>`` and is never used for anything else again. docs/errors.md is generated from here.
"""

from enum import StrEnum

import msgspec

from gateway.core.text import Text


class ProblemCode(StrEnum):
    """The class of a problem, ``extensions.code`` of a GraphQL error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_INPUT = "BAD_INPUT"
    LIMIT = "LIMIT"
    TIMEOUT = "TIMEOUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INTERNAL = "INTERNAL"


class Problem(msgspec.Struct, frozen=True):
    """A catalogue entry."""

    number: str
    code: ProblemCode
    message: Text
    remedy: Text


_ALL: dict[str, Problem] = {}


def _entry(number: str, code: ProblemCode, message: tuple[str, str], remedy: tuple[str, str]) -> Problem:
    if number in _ALL:
        raise ValueError(number)
    _ALL[number] = problem = Problem(number, code, Text(*message), Text(*remedy))
    return problem


def catalogue() -> tuple[Problem, ...]:
    """Every entry, ordered by number."""
    return tuple(_ALL[number] for number in sorted(_ALL))


# ---- AU: who asks
TOKEN_MISSING = _entry(
    "YW-AU-01",
    ProblemCode.UNAUTHENTICATED,
    ("请求没有携带访问令牌", "the request carries no access token"),
    ("在 Authorization 头中携带 Bearer 令牌", "send an Authorization header with a Bearer token"),
)
TOKEN_INVALID = _entry(
    "YW-AU-02",
    ProblemCode.UNAUTHENTICATED,
    ("访问令牌无效：{reason}", "the access token proves nothing: {reason}"),
    ("向令牌签发方重新申请令牌", "ask the issuer for a new token"),
)
PERSON_MISSING = _entry(
    "YW-AU-03",
    ProblemCode.UNAUTHENTICATED,
    ("该操作需要已登录的人员", "this needs a signed-in person"),
    ("使用带人员身份的令牌", "use a token that names a person"),
)
PERSON_TOKEN_INVALID = _entry(
    "YW-AU-04",
    ProblemCode.UNAUTHENTICATED,
    ("人员令牌无效：{reason}", "the person token proves nothing: {reason}"),
    ("请人员重新登录，取得发给本应用的令牌", "have the person sign in again, for this application"),
)
CERTIFICATE_INVALID = _entry(
    "YW-AU-05",
    ProblemCode.UNAUTHENTICATED,
    ("客户端证书无效：{reason}", "the client certificate proves nothing: {reason}"),
    ("使用已登记且在有效期内的证书", "use a certificate that is registered and in force"),
)
ISSUER_UNREACHABLE = _entry(
    "YW-AU-06",
    ProblemCode.UNAUTHENTICATED,
    ("暂时无法取得令牌签发方的公钥", "the keys of the token's issuer cannot be had at present"),
    ("稍后重试；持续出现时告知运维人员", "try again shortly; tell operations if it goes on"),
)

# ---- US: uses
USE_UNKNOWN = _entry(
    "YW-US-01",
    ProblemCode.FORBIDDEN,
    ("用途不存在、已过期或不属于当前调用者", "the use does not exist, has expired or belongs to another caller"),
    ("先调用 openUse 取得新的用途", "open a new use with openUse"),
)
USE_ITEM_INVALID = _entry(
    "YW-US-02",
    ProblemCode.BAD_INPUT,
    ("事项编码应为 6 到 40 位字母、数字或连字符", "an item code is 6 to 40 letters, digits or hyphens"),
    ("填写事项实施清单中的编码", "give the code from the implementation list"),
)
USE_NEEDS_CITIZEN = _entry(
    "YW-US-03",
    ProblemCode.FORBIDDEN,
    ("持证人授权只能由已登录的持证人本人办理", "only the signed-in holder himself can open a holder's use"),
    (
        "使用持证人的令牌，或以经办人员身份办理 statutory 用途",
        "use the holder's token, or a statutory use as an officer",
    ),
)
USE_NEEDS_OFFICER = _entry(
    "YW-US-04",
    ProblemCode.FORBIDDEN,
    ("依职能查验只能由经办人员办理", "only an officer can open a statutory use"),
    ("使用带机构与岗位的经办人员令牌", "use an officer's token that names body and post"),
)
USE_CASE_NEEDED = _entry(
    "YW-US-05",
    ProblemCode.BAD_INPUT,
    ("依职能查验须在办件编号与预办编号中填写且只填一个", "a statutory use cites exactly one of case and application"),
    ("填写 case 或 application 之一", "give either case or application"),
)
USE_TEXT_INVALID = _entry(
    "YW-US-08",
    ProblemCode.BAD_INPUT,
    ("文本须为 1 到 {limit} 个字符", "a text is 1 to {limit} characters"),
    ("缩短该字段，或不填写", "shorten the field, or leave it out"),
)
HOLDER_MISSING = _entry(
    "YW-US-25",
    ProblemCode.BAD_INPUT,
    ("没有指明持证人", "the holder is not named"),
    ("写 viewer: true 或给出 document", "give viewer: true or a document"),
)
VIEWER_HAS_NO_DOCUMENT = _entry(
    "YW-US-09",
    ProblemCode.BAD_INPUT,
    ("该用途不指向某一持证人", "this use was not proven for one holder, so viewer names nobody"),
    ("用 document 指明持证人", "name the holder with document"),
)

MANDATE_UNKNOWN = _entry(
    "YW-US-10",
    ProblemCode.FORBIDDEN,
    ("委托不存在、已结束，或与当前人员无关", "the mandate does not exist, has ended, or is not yours"),
    ("请委托人重新办理委托", "ask the principal to record a new mandate"),
)
MANDATE_OUT_OF_SCOPE = _entry(
    "YW-US-11",
    ProblemCode.FORBIDDEN,
    ("委托不包含该事项", "the mandate does not cover this item"),
    ("请委托人为该事项办理委托", "ask the principal for a mandate that names the item"),
)
MANDATE_TO_ONESELF = _entry(
    "YW-US-12",
    ProblemCode.BAD_INPUT,
    ("不能委托自己", "a mandate to oneself says nothing"),
    ("填写受托人的证件", "give the agent's document"),
)
MANDATE_END_INVALID = _entry(
    "YW-US-13",
    ProblemCode.BAD_INPUT,
    ("委托的截止时间须晚于现在且在 {days} 天之内", "a mandate ends after now and within {days} days"),
    ("调整截止时间", "change expiresAt"),
)
CODE_UNKNOWN = _entry(
    "YW-US-14",
    ProblemCode.FORBIDDEN,
    ("亮证码不存在或已失效", "the presented code does not exist or is over"),
    ("请持证人重新亮证", "ask the holder to show a new code"),
)
CASE_UNPROVEN = _entry(
    "YW-US-15",
    ProblemCode.FORBIDDEN,
    ("办件不能证明该用途：{reason}", "the case does not prove this use: {reason}"),
    ("核对办件编号、事项与办件状态", "compare the case's number, item and state"),
)
CASE_UNREACHABLE = _entry(
    "YW-US-16",
    ProblemCode.FORBIDDEN,
    ("暂时无法核验办件：{reason}", "the case cannot be checked at present: {reason}"),
    ("稍后再试", "try again later"),
)
APPLICATION_UNKNOWN = _entry(
    "YW-US-17",
    ProblemCode.FORBIDDEN,
    ("预办编号不存在，或与当前人员无关", "the pre-application number does not exist or is not yours"),
    ("使用本人申请的预办编号", "use a number that you opened"),
)
APPLICATION_OVERDUE = _entry(
    "YW-US-18",
    ProblemCode.FORBIDDEN,
    ("预办编号未在期限内关联办件", "the pre-application number was not bound to a case in time"),
    ("先关联办件", "bind it to its case first"),
)
APPLICATION_BOUND = _entry(
    "YW-US-19",
    ProblemCode.CONFLICT,
    ("预办编号已关联其他办件", "the pre-application number is bound to another case"),
    ("为新的办件另取预办编号", "open another number for another case"),
)
SUPERVISION_ONLY = _entry(
    "YW-US-20",
    ProblemCode.FORBIDDEN,
    ("仅供监督与枢纽管理人员查阅", "this is for supervision and the hub office"),
    ("使用相应人员的令牌", "use a token of such a person"),
)
POLICY_DENIED = _entry(
    "YW-PO-01",
    ProblemCode.FORBIDDEN,
    ("规则不允许：{reason}", "the rules do not allow it: {reason}"),
    ("向枢纽管理单位申请开放", "ask the hub office to open it"),
)
NO_TYPE_OPENED = Text("所查的证照类型均未开放", "none of the licence types asked for is opened")
TOO_MANY_HOLDERS = _entry(
    "YW-PO-02",
    ProblemCode.LIMIT,
    ("短时间内查询的不同持证人过多", "too many different holders were asked for in a short time"),
    ("{seconds} 秒后再试；大批量查验请办理数据共享", "try again in {seconds} s; for bulk checks request data sharing"),
)
LICENCE_NOT_FOUND = _entry(
    "YW-US-22",
    ProblemCode.NOT_FOUND,
    ("没有系统确认这是持证人的证照", "no system knows this licence as the holder's at this moment"),
    ("重新查询后再亮证", "ask for the licences again first"),
)
SCAN_NEEDS_CLERK = _entry(
    "YW-US-23",
    ProblemCode.FORBIDDEN,
    ("现场授权只能由窗口人员办理", "on-site authorisation is for counter clerks"),
    ("使用窗口人员的令牌", "use a clerk's token"),
)
SCAN_UNREACHABLE = _entry(
    "YW-US-26",
    ProblemCode.FORBIDDEN,
    ("身份平台暂时无法核验扫码", "the identity platform gave no usable answer about the scan"),
    ("稍后再试；若一直如此，告知运维人员", "try again later; if it stays so, tell operations"),
)
SCAN_UNPROVEN = _entry(
    "YW-US-24",
    ProblemCode.FORBIDDEN,
    ("扫码不代表任何持证人，或已失效", "the scan stands for nobody, or is over"),
    ("请持证人重新出示", "ask the holder to show it again"),
)
USE_REACHES_ANOTHER = _entry(
    "YW-US-21",
    ProblemCode.FORBIDDEN,
    ("该用途只能查询其所指的持证人", "this use reaches the holder that it was proven for only"),
    ("核对持证人，或另行开立用途", "check the holder, or open another use"),
)
USES_TOO_MANY = _entry(
    "YW-US-27",
    ProblemCode.LIMIT,
    ("该人员在本应用中未到期的用途已达 {limit} 个", "this person has {limit} open uses in this application"),
    ("沿用已开立的用途，或等待其到期", "go on with one that is open, or wait until some are over"),
)
MANDATES_TOO_MANY = _entry(
    "YW-US-28",
    ProblemCode.LIMIT,
    ("该持证人已有 {limit} 个有效委托", "this holder has {limit} mandates that are open"),
    ("先撤回不再需要的委托", "take back one that is no longer needed"),
)
CODES_TOO_MANY = _entry(
    "YW-US-29",
    ProblemCode.LIMIT,
    ("该持证人已有 {limit} 个有效亮证码", "this holder has {limit} codes that are alive"),
    ("等待其到期，几分钟即可", "wait until one is over, some minutes"),
)
APPLICATIONS_TOO_MANY = _entry(
    "YW-US-30",
    ProblemCode.LIMIT,
    ("该人员在本应用中未关联办件的预办编号已达 {limit} 个", "this officer has {limit} numbers here that are not bound"),
    ("先将已有的编号关联到办件", "bind some to their cases first"),
)

# ---- IN: input
CITIZEN_ID_INVALID = _entry(
    "YW-IN-01",
    ProblemCode.BAD_INPUT,
    ("居民身份号码不正确：{reason}", "the citizen id is wrong: {reason}"),
    ("核对证件上的 18 位号码", "compare the 18 characters with the card"),
)
CREDIT_CODE_INVALID = _entry(
    "YW-IN-02",
    ProblemCode.BAD_INPUT,
    ("统一社会信用代码不正确：{reason}", "the unified social credit code is wrong: {reason}"),
    ("核对营业执照或证书上的 18 位代码", "compare the 18 characters with the certificate"),
)
REGION_INVALID = _entry(
    "YW-IN-03",
    ProblemCode.BAD_INPUT,
    ("行政区划代码不正确：{reason}", "the region code is wrong: {reason}"),
    ("使用 GB/T 2260 的 6 位或 12 位代码", "use a GB/T 2260 code of 6 or 12 digits"),
)
DOCUMENT_TYPE_UNKNOWN = _entry(
    "YW-IN-04",
    ProblemCode.BAD_INPUT,
    ("未知的证件类型", "the document type is unknown"),
    ("使用 111、414、511、001 或 999", "use 111, 414, 511, 001 or 999"),
)
NUMBER_INVALID = _entry(
    "YW-IN-05",
    ProblemCode.BAD_INPUT,
    ("证件号码须为 1 到 40 个可见字符", "a document number is 1 to 40 visible characters"),
    ("核对号码中的空格与控制字符", "look for spaces and control characters"),
)
LIMIT_OUT_OF_RANGE = _entry(
    "YW-IN-06",
    ProblemCode.BAD_INPUT,
    ("数量须在 {low} 到 {high} 之间", "the number must lie between {low} and {high}"),
    ("调整该参数", "change the argument"),
)
CURSOR_INVALID = _entry(
    "YW-IN-07",
    ProblemCode.BAD_INPUT,
    ("游标不是由本字段给出的", "the cursor was not given by this field"),
    ("原样使用上一页的 endCursor", "pass the previous page's endCursor unchanged"),
)
LICENCE_ID_INVALID = _entry(
    "YW-IN-08",
    ProblemCode.BAD_INPUT,
    ("证照 id 不是由本网关给出的", "the licence id was not given by this gateway"),
    ("原样使用 licences 返回的 id", "pass an id from licences unchanged"),
)
TYPES_INVALID = _entry(
    "YW-IN-09",
    ProblemCode.BAD_INPUT,
    ("证照类型最多 {limit} 个，每个 1 到 64 个字符", "at most {limit} licence types of 1 to 64 characters each"),
    ("从 licenceTypes 选取类型编码", "take type codes from licenceTypes"),
)
NAME_INVALID = _entry(
    "YW-IN-10",
    ProblemCode.BAD_INPUT,
    ("姓名或名称须为 1 到 200 个字符", "a name is 1 to 200 characters"),
    ("按证件填写", "write it as on the document"),
)
INSTANT_INVALID = _entry(
    "YW-IN-11",
    ProblemCode.BAD_INPUT,
    (
        "时刻须为带时区偏移的 ISO 8601，年份在 {low} 到 {high} 之间",
        "an instant is written as ISO 8601 with its offset from UTC, in the years {low} to {high}",
    ),
    ("例如 2026-03-01T08:00:00+08:00", "for instance 2026-03-01T08:00:00+08:00"),
)
CHARACTER_INVALID = _entry(
    "YW-IN-12",
    ProblemCode.BAD_INPUT,
    ("文本中有空字符（U+0000）", "a text holds the null character (U+0000)"),
    ("去掉该字符", "leave it out"),
)

# ---- OP: operations
OPERATIONS_ONLY = _entry(
    "YW-OP-01",
    ProblemCode.FORBIDDEN,
    (
        "仅供运维、枢纽管理、审计人员与系统所属部门查阅",
        "this is for operations, the hub office, auditors and owners of systems",
    ),
    ("使用相应人员的令牌", "use a token of such a person"),
)
CALLS_UNSEEN = _entry(
    "YW-OP-02",
    ProblemCode.FORBIDDEN,
    ("该系统的调用记录不对当前调用者开放", "the calls to this system are not shown to this caller"),
    (
        "部门查阅本部门的系统，应用查阅本应用的调用",
        "a department sees those of its own systems, an application its own calls",
    ),
)
WINDOW_INVALID = _entry(
    "YW-OP-03",
    ProblemCode.BAD_INPUT,
    ("时间段须早于结束且不超过 {days} 天", "the span must begin before it ends and last {days} days at most"),
    ("调整 since 与 until", "change since and until"),
)

# ---- ST: streams
STREAM_NEEDED = _entry(
    "YW-ST-01",
    ProblemCode.BAD_INPUT,
    ("订阅需要以流的方式应答", "a subscription is answered by a stream"),
    (
        "使用 Accept: text/event-stream 或 graphql-transport-ws",
        "ask with Accept: text/event-stream or over graphql-transport-ws",
    ),
)
STREAMS_TOO_MANY = _entry(
    "YW-ST-02",
    ProblemCode.LIMIT,
    ("同时打开的流已达 {limit} 个", "{limit} streams are open already"),
    ("关闭不再需要的流，或在一个流中订阅多项", "close streams, or subscribe more than once in one"),
)
STREAM_OPERATIONS_TOO_MANY = _entry(
    "YW-ST-03",
    ProblemCode.LIMIT,
    ("一个流中最多同时有 {limit} 个操作", "a stream carries at most {limit} operations at a time"),
    ("先结束不再需要的操作", "complete some operations first"),
)
STREAM_UNKNOWN = _entry(
    "YW-ST-04",
    ProblemCode.NOT_FOUND,
    ("流的令牌不存在、已失效或属于其他调用者", "the stream's token is unknown, over, or another caller's"),
    ("用 PUT 重新预约", "reserve a stream with PUT"),
)
STREAM_TAKEN = _entry(
    "YW-ST-05",
    ProblemCode.CONFLICT,
    ("该流已有连接", "the stream is connected already"),
    ("沿用已有连接，或用 PUT 另行预约", "keep that connection, or reserve another stream with PUT"),
)
OPERATION_ID_INVALID = _entry(
    "YW-ST-06",
    ProblemCode.BAD_INPUT,
    ("操作标识须为 1 到 {limit} 个字符", "an operation's id is 1 to {limit} characters"),
    ("在 extensions.operationId 中给出标识", "give it in extensions.operationId"),
)
OPERATION_ID_TAKEN = _entry(
    "YW-ST-07",
    ProblemCode.CONFLICT,
    ("该流中已有此标识的操作", "the stream has an operation of this id"),
    ("为每个操作另取标识", "give every operation an id of its own"),
)
STREAMS_ENDING = _entry(
    "YW-ST-08",
    ProblemCode.LIMIT,
    ("网关正在停止，不再打开新的流", "the gateway is stopping and opens no streams"),
    ("稍后重新连接", "connect again shortly"),
)
ORIGIN_REFUSED = _entry(
    "YW-ST-09",
    ProblemCode.FORBIDDEN,
    ("不接受来自该网页的连接", "connections of this page are not taken"),
    ("请运维人员在 YIWANG_ORIGINS 中登记其来源", "have operations add its origin to YIWANG_ORIGINS"),
)
SYSTEM_CODES_INVALID = _entry(
    "YW-ST-10",
    ProblemCode.BAD_INPUT,
    ("系统代码须为 1 到 {limit} 个，每个 1 到 64 个字符", "1 to {limit} system codes of 1 to 64 characters each"),
    ("从 systems 选取系统代码，或不填写以关注全部系统", "take codes from systems, or leave them out for all systems"),
)

# ---- AD: audit
AUDIT_UNAVAILABLE = _entry(
    "YW-AD-01",
    ProblemCode.INTERNAL,
    ("暂时无法记录审计，因此不作应答", "this cannot be audited at present, so it is not answered"),
    ("稍后再试；持续出现时告知运维人员", "try again shortly; tell operations if it goes on"),
)
AUDITORS_ONLY = _entry(
    "YW-AD-02",
    ProblemCode.FORBIDDEN,
    ("仅供审计人员查阅", "this is for auditors"),
    ("使用审计人员的令牌", "use an auditor's token"),
)
OWN_DATA_ONLY = _entry(
    "YW-AD-03",
    ProblemCode.FORBIDDEN,
    ("仅供已登录的本人查阅", "this is for the signed-in citizen himself"),
    ("使用本人的令牌", "use the citizen's own token"),
)
AUDIT_KIND_UNKNOWN = _entry(
    "YW-AD-04",
    ProblemCode.BAD_INPUT,
    ("审计目录中没有该事件", "the catalogue of audit events has no such kind"),
    ("从 docs/reference/audit-events.md 选取", "take one from docs/reference/audit-events.md"),
)

# ---- GQ: GraphQL over HTTP
BODY_INVALID = _entry(
    "YW-GQ-01",
    ProblemCode.BAD_INPUT,
    ("请求体不是有效的 GraphQL 请求：{reason}", "the body is no GraphQL request: {reason}"),
    ("发送含 query 的 JSON 对象", "send a JSON object with a query"),
)
DOCUMENT_INVALID = _entry(
    "YW-GQ-02",
    ProblemCode.BAD_INPUT,
    ("GraphQL 文档有误：{reason}", "the GraphQL document is wrong: {reason}"),
    ("按 schema.graphql 修改文档", "mend the document by schema.graphql"),
)
BODY_TOO_LARGE = _entry(
    "YW-GQ-03",
    ProblemCode.LIMIT,
    ("请求体超过 {limit} 字节", "the body is over {limit} bytes"),
    ("缩小请求", "send less"),
)
DOCUMENT_TOO_LARGE = _entry(
    "YW-GQ-04",
    ProblemCode.LIMIT,
    ("GraphQL 文档超过限制：{reason}", "the GraphQL document is over a limit: {reason}"),
    ("拆分或简化查询", "split or simplify the query"),
)
OUT_OF_TIME = _entry(
    "YW-GQ-05",
    ProblemCode.TIMEOUT,
    ("未能在 {milliseconds} 毫秒的期限内完成", "not done within the deadline of {milliseconds} ms"),
    ("缩小查询，或用 X-Request-Timeout 放宽期限", "ask for less, or allow more with X-Request-Timeout"),
)
HEADER_INVALID = _entry(
    "YW-GQ-06",
    ProblemCode.BAD_INPUT,
    ("请求头 {header} 不正确", "the header {header} is wrong"),
    ("X-Request-Timeout 为 1 到 60000 的毫秒数", "X-Request-Timeout is a number of milliseconds from 1 to 60000"),
)
MEDIA_TYPE_UNSUPPORTED = _entry(
    "YW-GQ-07",
    ProblemCode.BAD_INPUT,
    ("请求体须为 application/json", "the body must be application/json"),
    ("设置 Content-Type: application/json", "set Content-Type: application/json"),
)
METHOD_UNSUPPORTED = _entry(
    "YW-GQ-08",
    ProblemCode.BAD_INPUT,
    ("该地址不支持此 HTTP 方法", "this address does not serve that HTTP method"),
    ("使用 Allow 头所列的方法", "use a method that the Allow header names"),
)
GET_CHANGES_NOTHING = _entry(
    "YW-GQ-09",
    ProblemCode.BAD_INPUT,
    ("GET 只能用于查询", "GET is for queries only"),
    ("改用 POST", "use POST"),
)
GET_IS_PERSONAL = _entry(
    "YW-GQ-10",
    ProblemCode.BAD_INPUT,
    (
        "GET 请求不得携带个人信息：地址会留在日志与历史记录中",
        "a GET request must not carry personal data: addresses stay in logs and histories",
    ),
    ("改用 POST", "use POST"),
)
GET_IS_SIMPLE = _entry(
    "YW-GQ-11",
    ProblemCode.FORBIDDEN,
    ("其他网站的页面也能发出这样的 GET 请求", "a page of any other site could have sent this GET request"),
    (
        "添加 X-Yiwang-Request: 1 头，或改用 POST",
        "add the header X-Yiwang-Request: 1, or use POST",
    ),
)
NOT_ACCEPTABLE = _entry(
    "YW-GQ-12",
    ProblemCode.BAD_INPUT,
    ("Accept 头所列的媒体类型均无法提供", "the Accept header names no media type that is served here"),
    (
        "接受 application/graphql-response+json 或 application/json",
        "accept application/graphql-response+json or application/json",
    ),
)
ENCODING_UNSUPPORTED = _entry(
    "YW-GQ-13",
    ProblemCode.BAD_INPUT,
    ("不接受压缩的请求体", "a compressed body is not read"),
    ("发送未压缩的请求体，不带 Content-Encoding", "send the body as it is, without Content-Encoding"),
)
ADDRESS_TOO_LONG = _entry(
    "YW-GQ-14",
    ProblemCode.LIMIT,
    ("请求地址超过 {limit} 字节", "the address is over {limit} bytes"),
    ("改用 POST", "use POST"),
)
HEADERS_TOO_LARGE = _entry(
    "YW-GQ-15",
    ProblemCode.LIMIT,
    ("请求头合计超过 {limit} 字节", "the headers are over {limit} bytes together"),
    ("缩短请求头", "send shorter headers"),
)
INTROSPECTION_REFUSED = _entry(
    "YW-GQ-16",
    ProblemCode.FORBIDDEN,
    ("当前调用者不能内省", "this caller may not ask for the schema"),
    (
        "使用随版本发布的 schema.graphql，或请运维人员在 YIWANG_INTROSPECTION 中列出该应用",
        "use the schema.graphql of this release, or have operations list the application in YIWANG_INTROSPECTION",
    ),
)
STORE_UNAVAILABLE = _entry(
    "YW-GQ-98",
    ProblemCode.INTERNAL,
    ("网关暂时无法读写自身的记录", "the gateway's own records cannot be reached"),
    ("稍后重试；若持续出现请联系运维", "try again shortly; if it lasts, tell operations"),
)
DEFECT = _entry(
    "YW-GQ-99",
    ProblemCode.INTERNAL,
    ("网关内部错误，请求编号 {request_id}", "an error inside the gateway, request {request_id}"),
    ("把请求编号告知运维人员", "give the request number to operations"),
)

# ---- LI: limits
VARIABLES_TOO_LARGE = _entry(
    "YW-LI-01",
    ProblemCode.LIMIT,
    ("变量超过限制：{reason}", "the variables are over a limit: {reason}"),
    ("缩小或拆分输入", "send less, or split the input"),
)
COST_TOO_HIGH = _entry(
    "YW-LI-02",
    ProblemCode.LIMIT,
    ("操作的成本为 {cost}，超过上限 {limit}", "the operation costs {cost}, over the limit of {limit}"),
    ("减小 first 或 limit，或拆分查询", "lower first or limit, or split the query"),
)
RATE_EXCEEDED = _entry(
    "YW-LI-03",
    ProblemCode.LIMIT,
    ("请求过于频繁", "requests come too fast"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)
OVERLOADED = _entry(
    "YW-LI-06",
    ProblemCode.LIMIT,
    ("网关当前负载过高", "the gateway has more to do than it can at present"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)
PROOFS_FAIL_TOO_OFTEN = _entry(
    "YW-LI-04",
    ProblemCode.LIMIT,
    ("该网络中身份验证失败过多", "too many requests from this network have proven nobody"),
    ("修正令牌，{seconds} 秒后再试", "mend the token, and try again in {seconds} s"),
)
TRANSFERS_TOO_MANY = _entry(
    "YW-LI-05",
    ProblemCode.LIMIT,
    ("正在接收的上传过多", "too many uploads are being received"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)

# ---- TD: trusted documents
DOCUMENT_UNKNOWN = _entry(
    "YW-TD-01",
    ProblemCode.NOT_FOUND,
    ("没有该标识的可信文档", "no trusted document has this id"),
    (
        "网关不在运行时登记文档；请运维人员把它加入可信文档清单，或直接发送文档",
        "documents are not registered by asking: have operations add it to the trusted documents, or send its text",
    ),
)
DOCUMENT_ID_INVALID = _entry(
    "YW-TD-02",
    ProblemCode.BAD_INPUT,
    ("文档标识不正确：{reason}", "the document's id is wrong: {reason}"),
    ("使用文档的 SHA-256：sha256:<64 位十六进制>", "give the document's SHA-256: sha256:<64 hexadecimal digits>"),
)
DOCUMENT_UNTRUSTED = _entry(
    "YW-TD-03",
    ProblemCode.FORBIDDEN,
    ("本应用只能执行可信文档", "this application may run trusted documents only"),
    ("请运维人员把该文档加入可信文档清单", "have operations add the document to the trusted documents"),
)

# ---- FI: files
FILE_NAME_INVALID = _entry(
    "YW-FI-01",
    ProblemCode.BAD_INPUT,
    ("文件名中没有可用的字符", "nothing of the file name can be used"),
    ("另取文件名", "give it another name"),
)
FILE_SIZE_INVALID = _entry(
    "YW-FI-02",
    ProblemCode.BAD_INPUT,
    ("文件须为 1 到 {limit} 字节", "a file is 1 to {limit} bytes"),
    ("拆分或压缩文件", "split or compress the file"),
)
FILE_DIGEST_INVALID = _entry(
    "YW-FI-03",
    ProblemCode.BAD_INPUT,
    ("sha256 须为 64 位小写十六进制", "sha256 is 64 hexadecimal digits in lower case"),
    ("填写文件的 SHA-256", "give the SHA-256 of the file"),
)
FILES_TOO_MANY = _entry(
    "YW-FI-04",
    ProblemCode.LIMIT,
    ("存放的文件超过 {files} 个或 {limit} 字节", "more than {files} files or {limit} bytes are kept for you"),
    ("等待旧文件过期后再试", "try again when older files have expired"),
)
UPLOAD_UNKNOWN = _entry(
    "YW-FI-05",
    ProblemCode.NOT_FOUND,
    (
        "上传不存在、已过期或不属于当前调用者",
        "the upload does not exist, has expired or belongs to another caller",
    ),
    ("用 createUpload 新建上传", "make a new one with createUpload"),
)
UPLOAD_SIZE_WRONG = _entry(
    "YW-FI-06",
    ProblemCode.BAD_INPUT,
    ("收到的字节数与声明的 {bytes} 不符", "not the {bytes} bytes that were declared have come"),
    ("重新发送完整的文件", "send the whole file again"),
)
UPLOAD_DIGEST_WRONG = _entry(
    "YW-FI-07",
    ProblemCode.BAD_INPUT,
    ("收到的内容与声明的 sha256 不符", "what has come does not have the declared sha256"),
    ("重新发送，或重新声明", "send the file again, or declare it anew"),
)
UPLOAD_DIFFERS = _entry(
    "YW-FI-08",
    ProblemCode.CONFLICT,
    ("该上传已完成，内容不同", "this upload is complete, with another content"),
    ("为另一文件新建上传", "make another upload for another file"),
)
UPLOAD_SUPERSEDED = _entry(
    "YW-FI-09",
    ProblemCode.CONFLICT,
    ("同一上传的另一次发送已取代本次", "another sending of the same upload has taken over"),
    ("等待另一次发送结束", "wait for the other one to end"),
)
UPLOAD_INCOMPLETE = _entry(
    "YW-FI-10",
    ProblemCode.CONFLICT,
    ("文件尚未上传完成", "the file has not been sent yet"),
    ("先把文件 PUT 到上传的 url", "PUT the file to the upload's url first"),
)
TICKET_UNKNOWN = _entry(
    "YW-FI-11",
    ProblemCode.NOT_FOUND,
    ("下载票据不存在、已过期或不属于当前调用者", "the ticket does not exist, has expired or belongs to another caller"),
    ("重新申请下载票据", "ask for a new ticket"),
)
RANGE_UNSATISFIABLE = _entry(
    "YW-FI-12",
    ProblemCode.BAD_INPUT,
    ("请求的范围超出文件", "the range lies outside the file"),
    ("按文件大小请求范围", "ask for a range within the file's size"),
)
CONTENT_ENCODED = _entry(
    "YW-FI-13",
    ProblemCode.BAD_INPUT,
    ("上传不接受 Content-Encoding 或 Content-Range", "an upload takes no Content-Encoding and no Content-Range"),
    ("一次发送文件的原始字节", "send the file's plain bytes in one go"),
)
UPLOAD_TOO_SLOW = _entry(
    "YW-FI-14",
    ProblemCode.TIMEOUT,
    ("上传停顿或过慢", "the upload stood still, or was too slow"),
    ("在更好的网络上重新发送", "send it again over a better network"),
)

# ---- SY: systems
SYSTEM_NOTICE_FORBIDDEN = _entry(
    "YW-SY-01",
    ProblemCode.FORBIDDEN,
    ("只有枢纽管理人员与运维人员可以停用系统或安排维护", "only the hub office and operations may close systems"),
    ("使用枢纽管理或运维角色的令牌", "use a token of the role hub or operations"),
)
SYSTEM_UNKNOWN = _entry(
    "YW-SY-02",
    ProblemCode.NOT_FOUND,
    ("没有这个系统", "there is no such system"),
    ("systems 列出全部系统的代码", "systems lists the codes of all"),
)
SYSTEM_NOTICES_CHANGED = _entry(
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
SYSTEM_NOTICE_TEXT_INVALID = _entry(
    "YW-SY-04",
    ProblemCode.BAD_INPUT,
    (
        "公告须有中英文两种文字，每种 1 至 {limit} 个字符",
        "a notice has a text in both languages, of 1 to {limit} characters",
    ),
    ("补全或缩短公告", "complete or shorten it"),
)
SYSTEM_NOTICE_TIME_INVALID = _entry(
    "YW-SY-05",
    ProblemCode.BAD_INPUT,
    (
        "结束时间须晚于开始时间与当前时间，且在 {days} 天之内",
        "the end lies after the beginning and after now, within {days} days",
    ),
    ("改正时间，写明时区", "mend the times, and say their zone"),
)
SYSTEM_WINDOW_UNKNOWN = _entry(
    "YW-SY-06",
    ProblemCode.NOT_FOUND,
    ("该系统没有这个维护窗口，或它已结束", "the system has no such maintenance window, or it is over"),
    ("maintenance 列出该系统的窗口", "maintenance lists the windows of a system"),
)
SYSTEM_WINDOWS_TOO_MANY = _entry(
    "YW-SY-07",
    ProblemCode.LIMIT,
    ("一个系统最多安排 {limit} 个维护窗口", "a system has at most {limit} maintenance windows"),
    ("先取消一个", "cancel one first"),
)
