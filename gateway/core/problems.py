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
USE_BASIS_UNPROVEN = _entry(
    "YW-US-06",
    ProblemCode.FORBIDDEN,
    ("没有可以核验该依据的系统：{basis}", "no system is connected that could prove this basis: {basis}"),
    ("改用 holder 或 statutory", "use holder or statutory"),
)
USE_HOLDER_ONLY = _entry(
    "YW-US-07",
    ProblemCode.FORBIDDEN,
    ("持证人授权只能查询本人的证照", "a holder's use reaches the holder's own licences only"),
    ("将 holder 写为 viewer: true", "ask with holder: {{viewer: true}}"),
)
USE_TEXT_INVALID = _entry(
    "YW-US-08",
    ProblemCode.BAD_INPUT,
    ("文本须为 1 到 {limit} 个字符", "a text is 1 to {limit} characters"),
    ("缩短该字段，或不填写", "shorten the field, or leave it out"),
)
VIEWER_HAS_NO_DOCUMENT = _entry(
    "YW-US-09",
    ProblemCode.BAD_INPUT,
    ("当前人员没有可用于查询的身份证件", "the signed-in person has no identity document to ask with"),
    ("用 document 指明持证人", "name the holder with document"),
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
