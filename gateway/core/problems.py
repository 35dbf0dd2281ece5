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
DEFECT = _entry(
    "YW-GQ-99",
    ProblemCode.INTERNAL,
    ("网关内部错误，请求编号 {request_id}", "an error inside the gateway, request {request_id}"),
    ("把请求编号告知运维人员", "give the request number to operations"),
)
