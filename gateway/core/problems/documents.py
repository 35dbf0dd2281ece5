"""Problems of documents that are to be sealed or examined."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- DO: documents
DOCUMENT_FORMAT_UNKNOWN = entry(
    "YW-DO-01",
    ProblemCode.BAD_INPUT,
    ("文件既不是 OFD 也不是 PDF", "the file is neither OFD nor PDF"),
    ("先转换为 OFD 或 PDF", "convert it to OFD or PDF first"),
)
DOCUMENT_UNREADABLE = entry(
    "YW-DO-02",
    ProblemCode.BAD_INPUT,
    ("文件无法处理：{reason}", "the document cannot be worked with: {reason}"),
    (
        "用制作它的软件重新保存，或重新取得该文件",
        "save it anew with the program that made it, or fetch it again",
    ),
)
DOCUMENT_ENCRYPTED = entry(
    "YW-DO-03",
    ProblemCode.BAD_INPUT,
    ("文件已加密", "the document is encrypted"),
    ("用制作它的软件去除密码后再试", "take its password away with the program that made it"),
)
DOCUMENT_LOCKED = entry(
    "YW-DO-04",
    ProblemCode.BAD_INPUT,
    ("文件不允许再盖章：{reason}", "the document may not be sealed further: {reason}"),
    (
        "请锁定者提供未锁定的文件，或在锁定之前盖章",
        "have it sealed before it is locked, or ask for a copy that is not",
    ),
)
PLACE_UNUSABLE = entry(
    "YW-DO-05",
    ProblemCode.BAD_INPUT,
    ("印章不能盖在该位置：{reason}", "the seal cannot be put there: {reason}"),
    (
        "换一个位置：页码从 1 起（-1 为末页），毫米自页面左上角到印章左上角",
        "name another place: pages from 1 (-1 is the last), mm from the page's top left corner to the seal's",
    ),
)
KEYWORD_NOWHERE = entry(
    "YW-DO-06",
    ProblemCode.BAD_INPUT,
    ("文件中找不到关键字", "the keyword is nowhere in the document"),
    ("写出文件中的一段文字，或指定页和坐标", "give a text that is in the document, or a page and a point"),
)
KEYWORD_TOO_OFTEN = entry(
    "YW-DO-07",
    ProblemCode.BAD_INPUT,
    ("关键字出现次数过多：{reason}", "the keyword is in too many places: {reason}"),
    ("换用更具体的关键字，或指定页和坐标", "give a more specific text, or a page and a point"),
)
SEAL_UNUSABLE = entry(
    "YW-DO-08",
    ProblemCode.CONFLICT,
    ("印章或证书不能用于盖章：{reason}", "the seal or its certificate cannot be used: {reason}"),
    (
        "使用有效期内、未吊销、签章人列表中有该证书的印章",
        "use a seal that is in force, was not revoked and lists this certificate",
    ),
)
DOCUMENT_TOO_MUCH = entry(
    "YW-DO-09",
    ProblemCode.BAD_INPUT,
    (
        "处理该文件所需的时间或内存超出限额",
        "working on the document takes more time or memory than there is for one",
    ),
    (
        "用制作它的软件重新保存或拆分；确属正常文件时请告知运维人员",
        "save it anew or divide it with the program that made it; if nothing is odd about it, tell operations",
    ),
)
