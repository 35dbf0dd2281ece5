"""Problems of who asks."""

from gateway.core.problems.catalogue import ProblemCode, entry

TOKEN_MISSING = entry(
    "YW-AU-01",
    ProblemCode.UNAUTHENTICATED,
    ("请求没有携带访问令牌", "the request carries no access token"),
    ("在 Authorization 头中携带 Bearer 令牌", "send an Authorization header with a Bearer token"),
)
TOKEN_INVALID = entry(
    "YW-AU-02",
    ProblemCode.UNAUTHENTICATED,
    ("访问令牌无效：{reason}", "the access token proves nothing: {reason}"),
    ("向令牌签发方重新申请令牌", "ask the issuer for a new token"),
)
PERSON_MISSING = entry(
    "YW-AU-03",
    ProblemCode.UNAUTHENTICATED,
    ("该操作需要已登录的人员", "this needs a signed-in person"),
    ("使用带人员身份的令牌", "use a token that names a person"),
)
PERSON_TOKEN_INVALID = entry(
    "YW-AU-04",
    ProblemCode.UNAUTHENTICATED,
    ("人员令牌无效：{reason}", "the person token proves nothing: {reason}"),
    ("请人员重新登录，取得发给本应用的令牌", "have the person sign in again, for this application"),
)
CERTIFICATE_INVALID = entry(
    "YW-AU-05",
    ProblemCode.UNAUTHENTICATED,
    ("客户端证书无效：{reason}", "the client certificate proves nothing: {reason}"),
    ("使用已登记且在有效期内的证书", "use a certificate that is registered and in force"),
)
ISSUER_UNREACHABLE = entry(
    "YW-AU-06",
    ProblemCode.UNAUTHENTICATED,
    ("暂时无法取得令牌签发方的公钥", "the keys of the token's issuer cannot be had at present"),
    ("稍后重试；持续出现时告知运维人员", "try again shortly; tell operations if it goes on"),
)
