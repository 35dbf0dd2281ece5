"""Problems of GraphQL over HTTP, limits and trusted documents."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- GQ: GraphQL over HTTP
BODY_INVALID = entry(
    "YW-GQ-01",
    ProblemCode.BAD_INPUT,
    ("不是有效的 GraphQL 请求：{reason}", "this is no GraphQL request: {reason}"),
    ("按 docs/reference/http.md 发送 query", "send a query as docs/reference/http.md says"),
)
DOCUMENT_INVALID = entry(
    "YW-GQ-02",
    ProblemCode.BAD_INPUT,
    ("GraphQL 文档有误：{reason}", "the GraphQL document is wrong: {reason}"),
    ("按 schema.graphql 修改文档", "mend the document by schema.graphql"),
)
BODY_TOO_LARGE = entry(
    "YW-GQ-03",
    ProblemCode.LIMIT,
    ("请求体超过 {limit} 字节", "the body is over {limit} bytes"),
    ("缩小请求", "send less"),
)
DOCUMENT_TOO_LARGE = entry(
    "YW-GQ-04",
    ProblemCode.LIMIT,
    ("GraphQL 文档超过限制：{reason}", "the GraphQL document is over a limit: {reason}"),
    ("拆分或简化查询", "split or simplify the query"),
)
OUT_OF_TIME = entry(
    "YW-GQ-05",
    ProblemCode.TIMEOUT,
    ("未能在 {milliseconds} 毫秒的期限内完成", "not done within the deadline of {milliseconds} ms"),
    ("缩小查询，或用 X-Request-Timeout 放宽期限", "ask for less, or allow more with X-Request-Timeout"),
)
HEADER_INVALID = entry(
    "YW-GQ-06",
    ProblemCode.BAD_INPUT,
    ("请求头 {header} 不正确", "the header {header} is wrong"),
    ("X-Request-Timeout 为 1 到 60000 的毫秒数", "X-Request-Timeout is a number of milliseconds from 1 to 60000"),
)
MEDIA_TYPE_UNSUPPORTED = entry(
    "YW-GQ-07",
    ProblemCode.BAD_INPUT,
    ("请求体须为 application/json", "the body must be application/json"),
    ("设置 Content-Type: application/json", "set Content-Type: application/json"),
)
METHOD_UNSUPPORTED = entry(
    "YW-GQ-08",
    ProblemCode.BAD_INPUT,
    ("该地址不支持此 HTTP 方法", "this address does not serve that HTTP method"),
    ("使用 Allow 头所列的方法", "use a method that the Allow header names"),
)
GET_CHANGES_NOTHING = entry(
    "YW-GQ-09",
    ProblemCode.BAD_INPUT,
    ("GET 只能用于查询", "GET is for queries only"),
    ("改用 POST", "use POST"),
)
GET_IS_PERSONAL = entry(
    "YW-GQ-10",
    ProblemCode.BAD_INPUT,
    (
        "GET 请求不得携带个人信息：地址会留在日志与历史记录中",
        "a GET request must not carry personal data: addresses stay in logs and histories",
    ),
    ("改用 POST", "use POST"),
)
GET_IS_SIMPLE = entry(
    "YW-GQ-11",
    ProblemCode.FORBIDDEN,
    ("其他网站的页面也能发出这样的 GET 请求", "a page of any other site could have sent this GET request"),
    (
        "添加 X-Yiwang-Request: 1 头，或改用 POST",
        "add the header X-Yiwang-Request: 1, or use POST",
    ),
)
NOT_ACCEPTABLE = entry(
    "YW-GQ-12",
    ProblemCode.BAD_INPUT,
    ("Accept 头所列的媒体类型均无法提供", "the Accept header names no media type that is served here"),
    (
        "接受 application/graphql-response+json 或 application/json",
        "accept application/graphql-response+json or application/json",
    ),
)
ENCODING_UNSUPPORTED = entry(
    "YW-GQ-13",
    ProblemCode.BAD_INPUT,
    ("不接受压缩的请求体", "a compressed body is not read"),
    ("发送未压缩的请求体，不带 Content-Encoding", "send the body as it is, without Content-Encoding"),
)
ADDRESS_TOO_LONG = entry(
    "YW-GQ-14",
    ProblemCode.LIMIT,
    ("请求地址超过 {limit} 字节", "the address is over {limit} bytes"),
    ("改用 POST", "use POST"),
)
HEADERS_TOO_LARGE = entry(
    "YW-GQ-15",
    ProblemCode.LIMIT,
    ("请求头合计超过 {limit} 字节", "the headers are over {limit} bytes together"),
    ("缩短请求头", "send shorter headers"),
)
INTROSPECTION_REFUSED = entry(
    "YW-GQ-16",
    ProblemCode.FORBIDDEN,
    ("当前调用者不能内省", "this caller may not ask for the schema"),
    (
        "使用随版本发布的 schema.graphql，或请运维人员在 YIWANG_INTROSPECTION 中列出该应用",
        "use the schema.graphql of this release, or have operations list the application in YIWANG_INTROSPECTION",
    ),
)
VARIABLES_INVALID = entry(
    "YW-GQ-17",
    ProblemCode.BAD_INPUT,
    ("变量 {variable} 有误：{reason}", "the variable {variable} is wrong: {reason}"),
    ("按 schema.graphql 修改变量的值", "mend the variable's value by schema.graphql"),
)
STORE_UNAVAILABLE = entry(
    "YW-GQ-98",
    ProblemCode.INTERNAL,
    ("网关暂时无法读写自身的记录", "the gateway's own records cannot be reached"),
    ("稍后重试；若持续出现请联系运维", "try again shortly; if it lasts, tell operations"),
)
DEFECT = entry(
    "YW-GQ-99",
    ProblemCode.INTERNAL,
    ("网关内部错误，请求编号 {request_id}", "an error inside the gateway, request {request_id}"),
    ("把请求编号告知运维人员", "give the request number to operations"),
)

# ---- LI: limits
VARIABLES_TOO_LARGE = entry(
    "YW-LI-01",
    ProblemCode.LIMIT,
    ("变量超过限制：{reason}", "the variables are over a limit: {reason}"),
    ("缩小或拆分输入", "send less, or split the input"),
)
COST_TOO_HIGH = entry(
    "YW-LI-02",
    ProblemCode.LIMIT,
    ("操作的成本为 {cost}，超过上限 {limit}", "the operation costs {cost}, over the limit of {limit}"),
    ("减小 first 或 limit，或拆分查询", "lower first or limit, or split the query"),
)
RATE_EXCEEDED = entry(
    "YW-LI-03",
    ProblemCode.LIMIT,
    ("请求过于频繁", "requests come too fast"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)
OVERLOADED = entry(
    "YW-LI-06",
    ProblemCode.LIMIT,
    ("网关当前负载过高", "the gateway has more to do than it can at present"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)
PROOFS_FAIL_TOO_OFTEN = entry(
    "YW-LI-04",
    ProblemCode.LIMIT,
    ("该网络中身份验证失败过多", "too many requests from this network have proven nobody"),
    ("修正令牌，{seconds} 秒后再试", "mend the token, and try again in {seconds} s"),
)
TRANSFERS_TOO_MANY = entry(
    "YW-LI-05",
    ProblemCode.LIMIT,
    ("正在接收的上传过多", "too many uploads are being received"),
    ("{seconds} 秒后再试", "try again in {seconds} s"),
)

# ---- TD: trusted documents
DOCUMENT_UNKNOWN = entry(
    "YW-TD-01",
    ProblemCode.NOT_FOUND,
    ("没有该标识的可信文档", "no trusted document has this id"),
    (
        "网关不在运行时登记文档；请运维人员把它加入可信文档清单，或直接发送文档",
        "documents are not registered by asking: have operations add it to the trusted documents, or send its text",
    ),
)
DOCUMENT_ID_INVALID = entry(
    "YW-TD-02",
    ProblemCode.BAD_INPUT,
    ("文档标识不正确：{reason}", "the document's id is wrong: {reason}"),
    ("使用文档的 SHA-256：sha256:<64 位十六进制>", "give the document's SHA-256: sha256:<64 hexadecimal digits>"),
)
DOCUMENT_UNTRUSTED = entry(
    "YW-TD-03",
    ProblemCode.FORBIDDEN,
    ("本应用只能执行可信文档", "this application may run trusted documents only"),
    ("请运维人员把该文档加入可信文档清单", "have operations add the document to the trusted documents"),
)
DOCUMENT_UNKNOWN_TO_BOUND = entry(
    "YW-TD-04",
    ProblemCode.NOT_FOUND,
    (
        "没有该标识的可信文档，而本应用只能执行可信文档",
        "no trusted document has this id, and this application may run no others",
    ),
    ("请运维人员把该文档加入可信文档清单", "have operations add the document to the trusted documents"),
)
