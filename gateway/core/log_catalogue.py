"""The catalogue of log lines: every event, its level, its fields and its meaning. docs/reference/logs.md shows it.

A test reads the code: what is logged is here, and what is here is logged.
"""

from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.text import Text


class Level(StrEnum):
    """How much a line matters: ``info`` tells what happened, ``warning`` what to look at, ``error`` what to mend."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogEvent(msgspec.Struct, frozen=True):
    """A kind of line. No field holds anything of a person, and none a secret."""

    name: str
    level: Level
    fields: tuple[str, ...]
    meaning: Text


COMMON: Final = ("event", "level", "timestamp", "request_id", "application")
"""Fields of every line; the last two while a request is answered."""


def _info(name: str, fields: str, zh: str, en: str) -> LogEvent:
    return LogEvent(name, Level.INFO, tuple(fields.split()), Text(zh, en))


def _warning(name: str, fields: str, zh: str, en: str) -> LogEvent:
    return LogEvent(name, Level.WARNING, tuple(fields.split()), Text(zh, en))


def _error(name: str, fields: str, zh: str, en: str) -> LogEvent:
    return LogEvent(name, Level.ERROR, tuple(fields.split()), Text(zh, en))


EVENTS: Final = (
    # ---- serving
    _info("serve.ready", "address ops opened failed", "网关开始应答；列出已打开与未能打开的系统",
          "the gateway answers; which systems were opened, and which were not and why"),
    _info("serve.stopping", "drain_seconds connections", "收到停止信号，先排空再关闭",
          "asked to stop: it serves on for a while, then closes"),
    _info("serve.stopped", "cut_off", "已停止；cut_off 为被中断的请求数",
          "it has stopped; how many requests were cut off"),
    _warning("serve.connections.limited", "wanted afforded open_files", "文件描述符上限不足以容纳所设的连接数",
             "the limit of open files does not allow as many connections as are set"),
    _error("server.defect", "trace", "HTTP 服务器自身出错", "the HTTP server itself broke"),
    # ---- requests
    _info("request", "status codes milliseconds", "一个请求已应答", "a request was answered"),
    _error("request.defect", "trace", "网关在应答请求时出错", "the gateway broke while it answered a request"),
    _error("request.store_unavailable", "trace", "数据库不可用，请求未能完成",
           "the database was not there, so a request was not carried out"),
    _warning("overload.begun", "late", "网关负载过高，开始拒绝部分请求",
             "the gateway cannot keep up and has begun to refuse requests"),
    _warning("overload.ended", "", "网关已恢复，不再拒绝请求", "the gateway keeps up again and refuses no more"),
    _error("field.defect", "path trace", "某个字段的解析出错", "a field's resolver broke"),
    _info("schema.edition", "fields", "目录资源的类型化字段已更新",
          "the schema has a typed field for each resource of the catalogue that can be used"),
    _warning("schema.edition.incomplete", "fields left_out", "部分目录资源超出数量上限，没有类型化字段",
             "some resources have no typed field, since there is no room for more"),
    _error("schema.edition.refused", "reason", "目录不能生成有效的 schema，沿用原有的 schema",
           "no valid schema can be made of the catalogue, so the one that there was serves on"),
    _error("schema.edition.defect", "trace", "网关在生成 schema 时出错，沿用原有的 schema",
           "the gateway broke while it made a schema, so the one that there was serves on"),
    _info("stream.request", "method status", "一个流式请求已应答；事件流在打开时记录",
          "a request about a stream of events was answered; of one that opens it, when it is open"),
    _info("stream.operation", "codes milliseconds responses", "一个流式操作已结束",
          "an operation on a stream has ended"),
    _error("stream.defect", "trace", "网关在流式操作中出错",
          "the gateway broke while it served an operation on a stream"),
    _info("stream.closed", "code", "一个 WebSocket 连接已关闭", "a WebSocket was closed"),
    _info("transfer", "method status", "一次文件上传或下载已应答", "a file was sent or fetched"),
    _error("transfer.defect", "trace", "网关在传输文件时出错", "the gateway broke while it moved a file"),
    _error("transfer.store_unavailable", "trace", "数据库不可用，文件未能传输",
           "the database was not there, so a file was not moved"),
    _info("callback", "status", "一次平台回调已应答", "a platform's callback was answered"),
    _error("callback.defect", "trace", "网关在处理平台回调时出错", "the gateway broke while it followed a callback"),
    # ---- callers
    _info("issuer.keys.read", "issuer", "签发方的公钥恢复可读", "the keys of an issuer can be read again"),
    _error("issuer.keys.unread", "issuer reason", "签发方的公钥无法读取", "the keys of an issuer cannot be read"),
    # ---- systems
    _info("system.call", "system operation outcome fault milliseconds rows", "对系统的一次查询已结束",
          "a system was asked, and what came of it"),
    _error("system.defect", "system trace", "网关在查询系统时出错", "the gateway broke while it asked a system"),
    _warning("system.state", "system before after fault error", "系统的运行状况改变",
             "the health of a system has changed; fault and error say why while it is DOWN or DEGRADED"),
    _warning("system.notices.unread", "reason", "停用与维护通知暂时无法更新",
             "notices of disabled systems and maintenance cannot be brought up to date"),
    # ---- data sharing
    _info("sharing.export.ready", "pages rows", "共享数据导出成文件", "an export of shared records has its file"),
    _info("sharing.export.waiting", "pages rows days", "共享数据导出用尽当日用量，等待次日",
          "an export of shared records has used up the quota of the day, and waits for the next one"),
    _warning("sharing.export.failed", "reason pages rows", "共享数据导出失败，reason 为问题编号",
             "an export of shared records ended without a file; reason is the number of a problem"),
    _info("sharing.day", "day expired told over", "完成一天的共享时限办理：失效、催办督办与到期授权的件数",
          "a day of data sharing is done: requests that expired, deadlines that were told of, grants that are over"),
    _warning("sharing.catalogue.unread", "reason", "目录暂时无法读取，类型化字段未更新",
             "the catalogue cannot be read for now, so the schema's typed fields are not brought up to date"),
    _info("share.forwarding", "system state", "一件共享申请或校核在上级平台有进展",
          "a share request or a dispute went on at its exchange"),
    _warning("share.dispute.returned", "system", "上级平台不受理的校核已交回本级数源单位",
             "a dispute that an exchange does not take was handed back to the source here"),
    _warning("share.forwarding.doubtful", "system state", "转办结果不明或上级平台查无此件，须由人裁定",
             "nobody knows whether an exchange took a request or dispute, or it has forgotten it: a person settles it"),
    _error("share.forwarding.unused", "system", "上级平台批准了本级已撤回的申请，未使用：须告知上级平台",
           "an exchange approved a request that was withdrawn here; it is not used, and the exchange should be told"),
    _error("share.forwarding.odd", "system reason", "上级平台的应答无法采用",
           "what an exchange said of a request or dispute cannot be used"),
    _error("share.forwarding.defect", "system trace", "网关在询问上级平台时出错",
           "the gateway broke while it asked an exchange"),
    _warning("share.upstream.ended", "system", "上级平台终止了授权，其下的授权随之终止",
             "an exchange has ended a grant, and all below it ended with it"),
    _warning("share.upstream.forgotten", "system", "上级平台不认识它批准过的申请",
             "an exchange does not know a request that it had approved"),
    _error("share.list.unread", "system day outcome", "上级平台的清单无法读取，暂不能对账",
           "the list of an exchange cannot be read, so nothing can be compared with it"),
    _info("share.list.compared", "system day lines settled", "已与上级平台的清单对账",
          "a day of an exchange's list was compared with ours"),
    _error("share.list.differs", "system day unknown missing doubled", "上级平台的清单与本网关不符：须人工核查",
           "the list of an exchange does not fit ours: somebody has to look"),
    # ---- sealings
    _error("seal.broken", "system trace", "用印反复出错，已停止重试",
           "a sealing broke again and again and is not tried any more"),
    _error("seal.unverified", "system verdict", "盖章结果未通过核验，已扣留",
           "what came back sealed did not pass verification and is withheld"),
    _warning("seal.doubtful", "system", "印章平台未作应答，用印存疑",
             "a seal platform gave no answer, so a sealing is in doubt"),
    _error("seal.key.unusable", "reason", "印章的密钥无法使用", "the key of a seal cannot be used"),
    _error("seal.defect", "trace", "网关在处理用印时出错", "the gateway broke while it worked on a sealing"),
    _error("seal.log.unread", "system day outcome", "印章平台的日志无法读取，暂不能对账",
           "the log of a seal platform cannot be read, so nothing can be compared with it"),
    _info("seal.log.compared", "system day lines settled", "已与印章平台的日志对账",
          "a day of a seal platform's log was compared with ours"),
    _error("seal.log.differs", "system day unknown missing doubled", "印章平台的日志与本网关不符：须人工核查",
           "the log of a seal platform does not fit ours: somebody has to look"),
    _error("document.process.died", "status", "处理文档的进程中止，已换用新进程",
           "a process that worked on a document ended by itself and is replaced"),
    _warning("document.process.spent", "", "一份文件超出进程的时间或内存限额，进程已中止并换用新进程",
             "a document took more time or memory than a process may; the process was ended and is replaced"),
    # ---- durable work
    _error("task.defect", "kind tasks attempt trace", "网关在执行一组后台任务时出错，稍后重试",
           "the gateway broke while it did a group of tasks; they are done again later"),
    _error("task.overlong", "kind tasks seconds", "一组后台任务超时未结束，已被中止，稍后重试",
           "a group of tasks took too long and was stopped; it is done again later"),
    _error("task.unsettled", "kind tasks", "后台任务的处理程序没有交代结果，稍后重试",
           "a handler ended without saying what becomes of its tasks; they are done again later"),
    _warning("task.lease_lost", "kind tasks", "租约已失效，任务由其他副本接手，本副本的结果作废",
             "leases ended, so other replicas do the tasks and what came of them here does not count"),
    _info("task.handed_back", "kind tasks", "停止时交还未完成的任务，由其他副本立即接手",
          "tasks were left undone by a worker that stopped; another replica takes them at once"),
    _warning("task.store_unavailable", "reason", "数据库不可用，后台任务暂停",
             "the database was not there, so tasks wait"),
    _info("task.store_back", "", "数据库已恢复，后台任务继续", "the database is back, and tasks go on"),
    # ---- what ends
    _warning("expiry.near", "kind name system days expires_at", "证书、密钥或凭据临近到期或已到期",
             "a certificate, key or secret is about to end, or has ended"),
    # ---- the operational record
    _warning("calls.dropped", "dropped", "调用记录写不及时而丢失", "call records were lost, since they came too fast"),
    _error("calls.unwritten", "waiting reason", "调用记录暂时无法写入", "call records cannot be written for now"),
    _error("calls.defect", "trace", "一批调用记录无法写入而被丢弃", "a batch of call records cannot be written at all"),
    _info("calls.swept", "removed", "过期的调用记录已清除", "call records that were kept long enough were removed"),
    _error("calls.unswept", "reason", "过期的调用记录暂时无法清除", "old call records cannot be removed for now"),
    # ---- the database
    _warning("database.listen.lost", "reason", "与 PostgreSQL 的通知连接中断，改为轮询",
             "the connection on which PostgreSQL notifies broke; changes are looked for instead"),
    _info("database.listen.back", "", "通知连接已恢复", "that connection is back"),
    _info("database.swept", "rows", "过期的记录已清除", "records that had ended were removed"),
    _warning("database.sweep.failed", "", "过期的记录暂时无法清除", "records that had ended cannot be removed for now"),
    # ---- the audit
    _info("audit.checkpoint", "number root chains", "审计检查点已写入", "a checkpoint of the audit was made"),
    _error("audit.checkpoint.failed", "trace", "审计检查点写入失败", "a checkpoint of the audit could not be made"),
    _warning("audit.unsigned", "remedy", "没有审计密钥，检查点不签名",
          "there is no key, so checkpoints are not signed"),
    _warning("audit.timestamp.refused", "host reason", "时间戳机构没有给出可信的时间戳",
             "a timestamping authority gave no token that holds"),
    _warning("audit.unstamped", "number reason", "检查点没有取得时间戳", "a checkpoint has no timestamp"),
    _error("audit.forked", "anchored reason", "数据库的审计与外部锚点不符：可能恢复了旧备份",
           "the audit does not fit what was anchored outside: an old backup may have been restored"),
    _warning("audit.adopted", "events", "接管了已停止的副本留下的审计事件",
             "audit events that a replica left behind were chained by another"),
    _error("audit.unwritten", "events trace", "审计事件暂时无法入链", "audit events cannot be chained for now"),
    _error("audit.full", "waiting", "等待入链的审计事件过多，敏感应答被拒绝",
           "too many audit events wait, so sensitive answers are refused"),
    _info("audit.pruned", "chain entries retention", "超过保留期限的审计记录已封存删除",
          "audit entries beyond their retention were sealed and removed"),
)  # fmt: skip
"""All of them, by topic."""


def logs_page() -> str:
    """docs/reference/logs.md."""
    rows = [
        f"| `{event.name}` | {event.level.value} | {', '.join(f'`{field}`' for field in event.fields) or '–'} "
        f"| {event.meaning.zh}<br>{event.meaning.en} |"
        for event in EVENTS
    ]
    return "\n".join([*_HEAD, *rows]) + "\n"


_HEAD = (
    "# Log lines · 日志目录",
    "<!-- Written by `python -m gateway.cli.generate`; change the source, not this page. -->",
    "",
    "One JSON object a line, on standard error. Every line has " + ", ".join(f"`{name}`" for name in COMMON[:3]) + ",",
    "and while a request is answered " + " and ".join(f"`{name}`" for name in COMMON[3:]) + ". No line holds",
    "anything of a person, and none a secret; `trace` says where a defect was raised, never with what.",
    "每行一个 JSON 对象，写入标准错误；不含个人信息与密钥，`trace` 只说明出错位置。",
    "",
    "| event · 事件 | level · 级别 | fields · 字段 | meaning · 含义 |",
    "|---|---|---|---|",
)
