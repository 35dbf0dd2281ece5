"""Problems of streams and files."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- ST: streams
STREAM_NEEDED = entry(
    "YW-ST-01",
    ProblemCode.BAD_INPUT,
    ("订阅需要以流的方式应答", "a subscription is answered by a stream"),
    (
        "使用 Accept: text/event-stream 或 graphql-transport-ws",
        "ask with Accept: text/event-stream or over graphql-transport-ws",
    ),
)
STREAMS_TOO_MANY = entry(
    "YW-ST-02",
    ProblemCode.LIMIT,
    ("同时打开的流已达 {limit} 个", "{limit} streams are open already"),
    ("关闭不再需要的流，或在一个流中订阅多项", "close streams, or subscribe more than once in one"),
)
STREAM_OPERATIONS_TOO_MANY = entry(
    "YW-ST-03",
    ProblemCode.LIMIT,
    ("一个流中最多同时有 {limit} 个操作", "a stream carries at most {limit} operations at a time"),
    ("先结束不再需要的操作", "complete some operations first"),
)
STREAM_UNKNOWN = entry(
    "YW-ST-04",
    ProblemCode.NOT_FOUND,
    ("流的令牌不存在、已失效或属于其他调用者", "the stream's token is unknown, over, or another caller's"),
    ("用 PUT 重新预约", "reserve a stream with PUT"),
)
STREAM_TAKEN = entry(
    "YW-ST-05",
    ProblemCode.CONFLICT,
    ("该流已有连接", "the stream is connected already"),
    ("沿用已有连接，或用 PUT 另行预约", "keep that connection, or reserve another stream with PUT"),
)
OPERATION_ID_INVALID = entry(
    "YW-ST-06",
    ProblemCode.BAD_INPUT,
    ("操作标识须为 1 到 {limit} 个字符", "an operation's id is 1 to {limit} characters"),
    ("在 extensions.operationId 中给出标识", "give it in extensions.operationId"),
)
OPERATION_ID_TAKEN = entry(
    "YW-ST-07",
    ProblemCode.CONFLICT,
    ("该流中已有此标识的操作", "the stream has an operation of this id"),
    ("为每个操作另取标识", "give every operation an id of its own"),
)
STREAMS_ENDING = entry(
    "YW-ST-08",
    ProblemCode.LIMIT,
    ("网关正在停止，不再打开新的流", "the gateway is stopping and opens no streams"),
    ("稍后重新连接", "connect again shortly"),
)
ORIGIN_REFUSED = entry(
    "YW-ST-09",
    ProblemCode.FORBIDDEN,
    ("不接受来自该网页的连接", "connections of this page are not taken"),
    ("请运维人员在 YIWANG_ORIGINS 中登记其来源", "have operations add its origin to YIWANG_ORIGINS"),
)
SYSTEM_CODES_INVALID = entry(
    "YW-ST-10",
    ProblemCode.BAD_INPUT,
    ("系统代码须为 1 到 {limit} 个，每个 1 到 64 个字符", "1 to {limit} system codes of 1 to 64 characters each"),
    ("从 systems 选取系统代码，或不填写以关注全部系统", "take codes from systems, or leave them out for all systems"),
)

# ---- FI: files
FILE_NAME_INVALID = entry(
    "YW-FI-01",
    ProblemCode.BAD_INPUT,
    ("文件名中没有可用的字符", "nothing of the file name can be used"),
    ("另取文件名", "give it another name"),
)
FILE_SIZE_INVALID = entry(
    "YW-FI-02",
    ProblemCode.BAD_INPUT,
    ("文件须为 1 到 {limit} 字节", "a file is 1 to {limit} bytes"),
    ("拆分或压缩文件", "split or compress the file"),
)
FILE_DIGEST_INVALID = entry(
    "YW-FI-03",
    ProblemCode.BAD_INPUT,
    ("sha256 须为 64 位小写十六进制", "sha256 is 64 hexadecimal digits in lower case"),
    ("填写文件的 SHA-256", "give the SHA-256 of the file"),
)
FILES_TOO_MANY = entry(
    "YW-FI-04",
    ProblemCode.LIMIT,
    ("存放的文件超过 {files} 个或 {limit} 字节", "more than {files} files or {limit} bytes are kept for you"),
    ("等待旧文件过期后再试", "try again when older files have expired"),
)
UPLOAD_UNKNOWN = entry(
    "YW-FI-05",
    ProblemCode.NOT_FOUND,
    (
        "上传不存在、已过期或不属于当前调用者",
        "the upload does not exist, has expired or belongs to another caller",
    ),
    ("用 createUpload 新建上传", "make a new one with createUpload"),
)
UPLOAD_SIZE_WRONG = entry(
    "YW-FI-06",
    ProblemCode.BAD_INPUT,
    ("收到的字节数与声明的 {bytes} 不符", "not the {bytes} bytes that were declared have come"),
    ("重新发送完整的文件", "send the whole file again"),
)
UPLOAD_DIGEST_WRONG = entry(
    "YW-FI-07",
    ProblemCode.BAD_INPUT,
    ("收到的内容与声明的 sha256 不符", "what has come does not have the declared sha256"),
    ("重新发送，或重新声明", "send the file again, or declare it anew"),
)
UPLOAD_DIFFERS = entry(
    "YW-FI-08",
    ProblemCode.CONFLICT,
    ("该上传已完成，内容不同", "this upload is complete, with another content"),
    ("为另一文件新建上传", "make another upload for another file"),
)
UPLOAD_SUPERSEDED = entry(
    "YW-FI-09",
    ProblemCode.CONFLICT,
    ("同一上传的另一次发送已取代本次", "another sending of the same upload has taken over"),
    ("等待另一次发送结束", "wait for the other one to end"),
)
UPLOAD_INCOMPLETE = entry(
    "YW-FI-10",
    ProblemCode.CONFLICT,
    ("文件尚未上传完成", "the file has not been sent yet"),
    ("先把文件 PUT 到上传的 url", "PUT the file to the upload's url first"),
)
TICKET_UNKNOWN = entry(
    "YW-FI-11",
    ProblemCode.NOT_FOUND,
    ("下载票据不存在、已过期或不属于当前调用者", "the ticket does not exist, has expired or belongs to another caller"),
    ("重新申请下载票据", "ask for a new ticket"),
)
RANGE_UNSATISFIABLE = entry(
    "YW-FI-12",
    ProblemCode.BAD_INPUT,
    ("请求的范围超出文件", "the range lies outside the file"),
    ("按文件大小请求范围", "ask for a range within the file's size"),
)
CONTENT_ENCODED = entry(
    "YW-FI-13",
    ProblemCode.BAD_INPUT,
    ("上传不接受 Content-Encoding 或 Content-Range", "an upload takes no Content-Encoding and no Content-Range"),
    ("一次发送文件的原始字节", "send the file's plain bytes in one go"),
)
UPLOAD_TOO_SLOW = entry(
    "YW-FI-14",
    ProblemCode.TIMEOUT,
    ("上传停顿或过慢", "the upload stood still, or was too slow"),
    ("在更好的网络上重新发送", "send it again over a better network"),
)
