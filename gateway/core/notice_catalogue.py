"""The sentences in which the gateway explains how a call to a system ended, in English and in Chinese.

The English sentence is the key: code writes it, and who reads Chinese gets the other. A ``{placeholder}`` stands for a
short value; ``{notice}`` for further notices and ``{reasons}`` for a list, which are themselves translated.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LINE: Final = {
    "the deadline had passed before the system was asked": "询问该系统之前截止时刻已过",
    "no place was free among the calls that the system is asked at once": "对该系统的并发调用已满，未等到空位",
    "too many calls are waiting for this system already": "等待询问该系统的调用已过多",
    "no turn came within the calls a second that the system allows": "按该系统允许的每秒调用次数，未能轮到",
    "calls to this system are paused for {seconds} s after failures; last: {notice}": (
        "该系统连续失败，暂停询问 {seconds} 秒；最近一次：{notice}"
    ),
    "calls to this system are paused while a few try whether it has recovered; last: {notice}": (
        "正以少量调用试探该系统是否恢复，其余暂停；最近一次：{notice}"
    ),
    "the answer took {milliseconds} ms": "应答耗时 {milliseconds} 毫秒",
    "no connection became free within {milliseconds} ms": "{milliseconds} 毫秒内没有空闲连接",
    "no connection within {milliseconds} ms": "{milliseconds} 毫秒内未能建立连接",
    "no answer within {milliseconds} ms": "{milliseconds} 毫秒内未收到应答",
    "no complete answer within {milliseconds} ms": "{milliseconds} 毫秒内未收到完整应答",
    "no connection within the time that making one may take": "在建立连接的时限内未能连接",
    "the host name could not be resolved": "主机名无法解析",
    "the host name leads to an address that is never allowed": "主机名解析到了绝不允许访问的地址",
    "the connection was refused": "连接被拒绝",
    "the connection could not be made": "无法建立连接",
    "the connection was lost": "连接中断",
    "the connection was closed before an answer came": "对方未应答就关闭了连接",
    "the connection was closed before the answer was complete": "应答尚未传完，对方就关闭了连接",
    "no TLS connection could be agreed on": "未能协商建立 TLS 连接",
    "the server's certificate was not accepted: {notice}": "未通过对服务器证书的校验：{notice}",
    "certificate has expired": "证书已过期",
    "certificate is not yet valid": "证书尚未生效",
    "self-signed certificate": "证书为自签名证书",
    "self-signed certificate in certificate chain": "证书链中含有自签名证书",
    "unable to get local issuer certificate": "本地没有签发该证书的机构的证书",
    "unable to verify the first certificate": "缺少中间证书，无法校验服务器证书",
    "Hostname mismatch, certificate is not valid for '{host}'.": "证书与主机名 {host} 不符",
    "IP address mismatch, certificate is not valid for '{host}'.": "证书与地址 {host} 不符",
}
"""The way there and back; the phrases on certificates are those of OpenSSL that operations meet."""

_HEALTH: Final = {
    "answers take longer than {milliseconds} ms": "应答超过 {milliseconds} 毫秒",
    "the system does not know the test subject that its manifest declares": "该系统不认识其清单所声明的测试对象",
    "the system knows a test subject that should be nobody's": "该系统认出了本不应代表任何人的测试对象",
}
"""What probes find."""

_ADDRESS: Final = {
    "the address is malformed, too long, or has characters that a URL cannot have": (
        "地址格式有误、过长，或含有 URL 不允许的字符"
    ),
    "the address is neither http nor https": "地址既不是 http 也不是 https",
    "the address holds credentials; give them as settings": "地址中带有账号或口令，应改用设置项提供",
    "the address names no host": "地址中没有主机",
    "host {host} is not on the system's list of allowed hosts": "主机 {host} 不在该系统允许访问的主机名单中",
    "the answer names an address that is none": "应答给出的地址不是有效地址",
}

_HTTP: Final = {
    "the request is not valid HTTP": "请求不符合 HTTP 规范",
    "what came back is not valid HTTP": "收到的内容不符合 HTTP 规范",
    "answered with HTTP status {status}": "应答的 HTTP 状态码为 {status}",
    "answered with a redirect (HTTP status {status}), and none is ever followed": (
        "应答要求跳转（HTTP 状态码 {status}），网关从不跟随跳转"
    ),
    "the answer does not come to its point: too many interim ones": "中间应答过多，迟迟没有正式应答",
    "the answer has more than {limit} headers": "应答的头部超过 {limit} 个",
    "the answer is longer than {limit} bytes": "应答超过 {limit} 字节",
    "the answer is in a content encoding that was not asked for": "应答使用了未请求的内容编码",
    "the answer's compression is damaged": "应答的压缩数据已损坏",
    "the answer's compressed data ends too early": "应答的压缩数据不完整",
    "the answer is compressed in too many pieces": "应答被压缩成过多的分段",
    "answered with an HTML page instead of {format}": "应答是 HTML 网页，而不是 {format}",
    "answered with an HTML page instead of the file": "应答是 HTML 网页，而不是文件",
}

_REQUEST: Final = {
    "setting {name} is not filled": "设置项 {name} 未填写",
    "the manifest nests values where only one plain value can be sent": "接入清单在只能发送单个值的地方使用了嵌套结构",
    "the manifest nests {name} where only plain values can be sent": (
        "接入清单给 {name} 写了嵌套结构，而此处只能发送单个值"
    ),
    "the manifest's auth puts values into {name}, which is no object": (
        "接入清单的 auth 要把值放入 {name}，而它不是对象"
    ),
    "the value for the header {name} has characters beyond plain ASCII": "请求头 {name} 的值含有 ASCII 以外的字符",
    "a value of the request has a character that XML cannot carry": "请求中有一个值含有 XML 无法表示的字符",
    "a value has an ampersand, which this system's forms cannot carry": ("有一个值含有 & 符号，而该系统的表单无法传送"),
    "the path needs a value for {name}": "路径中的 {name} 缺少值",
    "code table {table} has no code of this system for the value asked for": (
        "代码表 {table} 中没有所查值在该系统的代码"
    ),
    "the request does not fit its description: {notice}": "请求与接口描述不符：{notice}",
    "{path} holds elements and takes no plain value": "{path} 应含下级元素，不能直接写值",
    "{path} has no {name}": "{path} 没有 {name}",
    "{path} comes once and takes no list": "{path} 只能出现一次，不能写成列表",
    "{path} is required and missing": "缺少必填的 {path}",
    "{path} has an item without a value": "{path} 中有一项没有值",
    "{path} takes text, numbers, truth values, dates and bytes only": "{path} 只能是文本、数字、真假值、日期或字节",
}

_KEYS: Final = {
    "no engine for SM2, SM3 and SM4 is connected": "没有接入 SM2、SM3、SM4 密码引擎",
    "setting {name} holds no usable key": "设置项 {name} 中没有可用的密钥",
    "setting {name} holds no usable SM2 private key": "设置项 {name} 中没有可用的 SM2 私钥",
    "setting {name} holds no usable SM2 public key": "设置项 {name} 中没有可用的 SM2 公钥",
    "setting {name} holds no usable SM4 key": "设置项 {name} 中没有可用的 SM4 密钥",
    "{reference} holds no usable SM2 public key": "{reference} 中没有可用的 SM2 公钥",
    "{reference} holds no usable SM4 key": "{reference} 中没有可用的 SM4 密钥",
    "setting {name} holds no vector of {length} bytes": "设置项 {name} 中没有 {length} 字节的初始向量",
    "the text cannot be encrypted": "该文本无法加密",
    "the reply's signature is missing": "应答缺少签名",
    "the reply's signature does not verify": "应答的签名验证不通过",
}

_SESSION: Final = {
    "the login was refused: check the system's account settings": "登录被拒绝：请检查该系统的账号设置",
    "the login was not answered within the deadline": "截止时刻之前未收到登录的应答",
    "a session was called expired right after its login": "刚登录的会话就被该系统称已过期",
    "the system refused our credentials": "该系统拒绝了网关的凭据",
}

_REPLY: Final = {
    "the answer is neither UTF-8 nor GB18030": "应答的编码既不是 UTF-8 也不是 GB18030",
    "the answer is neither UTF-8 nor GB18030 (labelled {label})": (
        "应答的编码既不是 UTF-8 也不是 GB18030（标注为 {label}）"
    ),
    "the answer is not {charset}": "应答的编码不是 {charset}",
    "the answer is not {charset} (labelled {label})": "应答的编码不是 {charset}（标注为 {label}）",
    "the answer is empty": "应答为空",
    "the answer has more than {limit} elements": "应答的元素超过 {limit} 个",
    "the answer declares a DOCTYPE, which is refused": "应答含有 DOCTYPE 声明，不予接受",
    "the answer is not well-formed XML, or cut short": "应答不是格式良好的 XML，或者不完整",
    "the reply is no JSON": "应答不是 JSON",
    "the reply is nested too deep": "应答的嵌套层次过深",
    "the reply has another shape than the manifest says at {path}": "应答在 {path} 处的结构与接入清单所述不符",
    "the embedded document at {path} is empty": "{path} 处内嵌的文档为空",
    "the embedded document at {path} has more than {limit} elements": "{path} 处内嵌的文档的元素超过 {limit} 个",
    "the embedded document at {path} declares a DOCTYPE, which is refused": (
        "{path} 处内嵌的文档含有 DOCTYPE 声明，不予接受"
    ),
    "the embedded document at {path} is not well-formed XML, or cut short": (
        "{path} 处内嵌的文档不是格式良好的 XML，或者不完整"
    ),
    "the embedded document at {path} comes several times": "{path} 处内嵌的文档出现多次",
    "the embedded document at {path} is no text": "{path} 处内嵌的文档不是文本",
    "the embedded document at {path} is no JSON": "{path} 处内嵌的文档不是 JSON",
    "the embedded document at {path} is no text in UTF-8 or GB18030": (
        "{path} 处内嵌的文档不是 UTF-8 或 GB18030 编码的文本"
    ),
    "the embedded document at {path} is not written in {encoding}": "{path} 处内嵌的文档不是 {encoding} 编码",
    "the embedded document at {path} is too short for a ciphertext, or cut short": ("{path} 处内嵌的密文过短或不完整"),
    (
        "the embedded document at {path} does not decrypt:"
        " compare setting {name} with the key that the system encrypts for"
    ): "{path} 处内嵌的密文无法解密：请核对设置项 {name} 与该系统加密所用的密钥是否配对",
}

_SOAP: Final = {
    "answered in several parts (MTOM or attachments), which are not read": (
        "应答分为多个部分（MTOM 或附件），网关不读取"
    ),
    "answered with XML that is no SOAP envelope": "应答的 XML 不是 SOAP 信封",
    "the SOAP envelope has no body, or several": "SOAP 信封没有 Body，或者有多个",
    "the SOAP body is empty": "SOAP Body 为空",
    "the SOAP body has several payloads": "SOAP Body 中有多个内容元素",
    "answered in SOAP {spoken} although asked in SOAP {version}: set protocol.soap.version": (
        "以 SOAP {version} 询问，却以 SOAP {spoken} 应答：请设定 protocol.soap.version"
    ),
    "answered with a SOAP fault": "应答为 SOAP Fault",
    "the system does not speak the SOAP version it was asked in: set protocol.soap.version": (
        "该系统不支持询问所用的 SOAP 版本：请设定 protocol.soap.version"
    ),
    "the system does not understand the security header": "该系统不识别安全头部",
}

_MEANING: Final = {
    "the system says that the call failed, with a code that its manifest explains": (
        "该系统称调用失败，其代码含义见清单"
    ),
    "the system refused: our credentials or rights do not suffice": "该系统拒绝：我方凭证或权限不足",
    "the system finds the request wrong or incomplete": "该系统认为请求有误或不完整",
    "this system has no operation for the question": "该系统没有可回答此查询的操作",
    "this system has no such operation for resources": "该系统没有提供该资源的操作",
    "the body says that the call failed, with a code that the manifest does not map": (
        "应答表示调用失败，其代码在接入清单中没有对应"
    ),
    "the system refused {count} rows ({reasons})": "该系统拒绝了 {count} 条记录（{reasons}）",
    "code {code}": "代码 {code}",
    "a code that the manifest does not map": "接入清单中没有对应的代码",
    "page {number} failed: {notice}": "第 {number} 页读取失败：{notice}",
    "page {number} was refused": "第 {number} 页被拒绝",
    "the system gave the same page again: it seems to ignore paging": "该系统重复返回同一页，似乎不支持分页",
    "not read beyond {limit} pages": "只读取了前 {limit} 页",
    "the file in the answer is not written in base64": "应答中的文件不是 base64 编码",
    "the answer holds no file": "应答中没有文件",
    "the answer holds something that is no file": "应答中的内容不是文件",
    "answered with several licences where one was asked for": "查询一件电子证照，应答却有多件",
    "answered with another licence than the one asked for": "应答的不是所查询的电子证照",
    "answered with another case than the one asked for": "应答的不是所查询的办件",
    "answered with the case several times, each time otherwise": "应答中同一办件出现多次且内容不一",
    "the answer holds something that is no case": "应答中的内容不是办件",
    "the system answered {outcome}": "该系统的应答结果为 {outcome}",
    "the answer holds something that is no holder": "应答中的内容不是持证主体",
    "answered with several holders for one code": "一个码对应了多个持证主体",
    "the answer names no holder by type and number": "应答没有给出持证主体的证件类型和号码",
    "the holder's document is none that can be right": "持证主体的证件类型或号码不可能正确",
    "the state is a code that the manifest's table does not know": "办件状态的代码不在接入清单的代码表中",
    "no explanation": "没有说明原因",
}

_SEALING: Final = {
    "this platform does not seal what is sent in this mode": "该印章平台不以这种方式盖章",
    "the platform did not take the request for now": "印章平台暂不受理",
    "this platform cannot be asked what became of the request": "该印章平台不能查询用印结果",
    "what became of the request is said in a word that the manifest's table does not know": (
        "用印结果的代码不在接入清单的代码表中"
    ),
    "called a key unknown that it was just given": "平台称不知道刚刚提交的请求编号",
    "the reply says nothing of the request": "应答没有说明该请求的结果",
    "answered with several requests to seal where one was asked for": "查询一次用印，应答却有多次",
    "answered about another request than the one asked for": "应答的不是所查询的用印",
    "says that it has sealed, and gives no document that can be read": "平台称已盖章，却没有给出可读的文件",
    "gave a document that is larger than any that is sent to it": "平台给出的文件超过允许的大小",
    "says that it has signed, and gives no signature that can be read": "平台称已签名，却没有给出可读的签名值",
    "this platform gives no log": "该印章平台不提供用印台账",
    "the log has lines that cannot be read": "用印台账中有无法读取的行",
    "the log has more lines than were read: raise limits.rows": "用印台账没有读完：请调大 limits.rows",
    "there is no document to send": "没有要发送的文件",
    "the document to send cannot be read": "要发送的文件无法读取",
    "the document is larger than this platform takes: {megabytes} MB": "文件超过该平台接受的大小：{megabytes} MB",
}
"""What is said of requests to seal platforms."""

_EXCHANGE: Final = {
    "this exchange takes no requests": "该上级平台不接受共享申请",
    "the exchange did not take the request for now": "上级平台暂不受理",
    "this exchange cannot be asked how far the request is": "该上级平台不能查询申请进展",
    "took a request, and gives no number that can be read": "平台受理了申请，却没有给出可读的编号",
    "gives a number that cannot be one": "平台给出的编号不可能是编号",
    "answered with several requests where one was asked about": "查询一件申请，应答却有多件",
    "answered about another request than the one asked about, or does not say about which": (
        "应答的不是所查询的申请，或没有说明是哪一件"
    ),
    "says how far the request is in a word that the manifest's table does not know": (
        "申请进展的代码不在接入清单的代码表中"
    ),
    "approved a request, and what it gives cannot be read": "平台批准了申请，批准的内容却无法读取",
    "this exchange cannot be asked how far the dispute is": "该上级平台不能查询校核进展",
    "took a dispute, and gives no number that can be read": "平台受理了校核，却没有给出可读的编号",
    "says how far the dispute is in a word that the manifest's table does not know": (
        "校核进展的代码不在接入清单的代码表中"
    ),
    "corrected a record, and which fields cannot be read": "平台更正了记录，更正了哪些字段却无法读取",
    "this exchange gives no list": "该上级平台不提供申请清单",
    "the list has lines that cannot be read": "申请清单中有无法读取的行",
    "the list has more lines than were read: raise limits.rows": "申请清单没有读完：请调大 limits.rows",
    "this exchange gives no catalogue": "该上级平台不提供目录",
    "the catalogue has entries that cannot even be counted": "目录中有连条数都无法确定的内容",
    "the catalogue has more than was read: raise limits.rows": "目录没有读完：请调大 limits.rows",
}
"""What is said of requests to exchanges of shared data, of disputes there, and of their lists and catalogues."""

_OPENING: Final = {
    "the manifest of {system} has 1 finding; `yiwang system check` tells": (
        "{system} 的接入清单有 1 处问题，详见 `yiwang system check`"
    ),
    "the manifest of {system} has {count} findings; `yiwang system check` tells": (
        "{system} 的接入清单有 {count} 处问题，详见 `yiwang system check`"
    ),
    "not filled: {names}; give them in the deployment file": "未填写：{names}，请在部署文件中填写",
    "hosts of {system}: {notice}; give host or host:port": "{system} 的主机名单：{notice}，应写作主机或“主机:端口”",
    "{host} is not a host or host:port": "{host} 不是主机或“主机:端口”",
    "{host} is a link-local, metadata, multicast or unspecified address, never allowed": (
        "{host} 是链路本地、元数据、组播或未指定地址，绝不允许"
    ),
    "not a host name": "不是主机名",
}
"""Why a system could not be opened."""

NOTICES: Final[Mapping[str, str]] = MappingProxyType(
    _LINE
    | _HEALTH
    | _ADDRESS
    | _HTTP
    | _REQUEST
    | _KEYS
    | _SESSION
    | _REPLY
    | _SOAP
    | _MEANING
    | _SEALING
    | _EXCHANGE
    | _OPENING
)
"""Chinese templates by English ones; both have the same placeholders."""
