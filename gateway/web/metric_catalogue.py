"""Every metric that the ops port shows: name, kind, labels and meaning; docs/reference/metrics.md is made from here."""

from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.text import Text


class Kind(StrEnum):
    """What a metric's numbers do: only grow, go up and down, or gather in buckets."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(msgspec.Struct, frozen=True):
    """One metric; ``buckets`` are the upper bounds of a histogram's."""

    name: str
    kind: Kind
    meaning: Text
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> frozenset[str]:
        """The names under which it is scraped."""
        if self.kind is Kind.HISTOGRAM:
            return frozenset(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return frozenset({self.name})


OTHER: Final = "other"
"""The label's value for everything that is not registered."""

NONE: Final = "none"
"""The label's value where there is nothing to name: no error code, nobody at fault."""

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BRIEF = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_BYTES = (256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0)
_COUNTS = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0)

REQUESTS: Final = Metric(
    "yiwang_requests_total",
    Kind.COUNTER,
    Text("已应答的请求数", "requests that were answered"),
    ("application", "status", "code"),
)
REQUEST_SECONDS: Final = Metric(
    "yiwang_request_duration_seconds",
    Kind.HISTOGRAM,
    Text("请求从到达到应答的秒数", "seconds from a request's arrival to its answer"),
    ("status",),
    _QUICK,
)
IN_FLIGHT: Final = Metric(
    "yiwang_operations_in_flight", Kind.GAUGE, Text("正在执行的操作数", "operations that are under way")
)
STREAMS: Final = Metric(
    "yiwang_streams_open", Kind.GAUGE, Text("打开的订阅流数", "streams of answers that are open"), ("kind",)
)
LIMITED: Final = Metric(
    "yiwang_rate_limited_total",
    Kind.COUNTER,
    Text("因频率超限被拒的请求数", "requests refused because their application asked too often"),
    ("application",),
)
CALLS: Final = Metric(
    "yiwang_system_calls_total",
    Kind.COUNTER,
    Text("对系统的调用次数", "calls to a system, each attempt counted"),
    ("system", "operation", "outcome", "fault"),
)
CALL_SECONDS: Final = Metric(
    "yiwang_system_call_duration_seconds",
    Kind.HISTOGRAM,
    Text("调用从发出到结束的秒数", "seconds from sending a call to its end"),
    ("system", "outcome"),
    _QUICK,
)
QUEUE_SECONDS: Final = Metric(
    "yiwang_system_queue_wait_seconds",
    Kind.HISTOGRAM,
    Text("调用等待空位的秒数", "seconds that a call waited for a place and a turn"),
    ("system", "outcome"),
    _BRIEF,
)
REQUEST_BYTES: Final = Metric(
    "yiwang_system_request_bytes",
    Kind.HISTOGRAM,
    Text("发给系统的字节数", "bytes of a call's request body"),
    ("system", "outcome"),
    _BYTES,
)
REPLY_BYTES: Final = Metric(
    "yiwang_system_reply_bytes",
    Kind.HISTOGRAM,
    Text("系统应答的字节数", "bytes of a system's reply body"),
    ("system", "outcome"),
    _BYTES,
)
RETRIES: Final = Metric(
    "yiwang_system_retries_total", Kind.COUNTER, Text("重试次数", "calls that were repeated"), ("system",)
)
NOT_SENT: Final = Metric(
    "yiwang_system_calls_not_sent_total",
    Kind.COUNTER,
    Text("未发出的调用次数及原因", "calls that never reached the wire, and why"),
    ("system", "reason"),
)
SYSTEM_STATE: Final = Metric(
    "yiwang_system_state",
    Kind.GAUGE,
    Text("系统状态，当前状态为 1", "the state of a system: 1 for the one it is in"),
    ("system", "state"),
)
BREAKER: Final = Metric(
    "yiwang_breaker_state",
    Kind.GAUGE,
    Text("熔断器状态，最近一次调用时的状态为 1", "how calls are let through: 1 for the state at the last call"),
    ("system", "state"),
)
AUDIT_PENDING: Final = Metric(
    "yiwang_audit_pending_events", Kind.GAUGE, Text("等待入链的审计事件数", "audit events that wait for the chain")
)
AUDIT_BATCH: Final = Metric(
    "yiwang_audit_batch_events",
    Kind.HISTOGRAM,
    Text("每批入链的审计事件数", "audit events chained at once"),
    (),
    _COUNTS,
)
AUDIT_SECONDS: Final = Metric(
    "yiwang_audit_commit_seconds",
    Kind.HISTOGRAM,
    Text("一批审计事件入链的秒数", "seconds to chain a batch of audit events"),
    (),
    _BRIEF,
)
DATABASE: Final = Metric(
    "yiwang_database_connections",
    Kind.GAUGE,
    Text("数据库连接数", "connections of the database by what they do"),
    ("state",),
)
DATABASE_LIMIT: Final = Metric(
    "yiwang_database_connections_limit", Kind.GAUGE, Text("数据库连接数上限", "connections that there may be at most")
)
RECORDS_PENDING: Final = Metric(
    "yiwang_call_records_pending", Kind.GAUGE, Text("等待写入的调用记录数", "call records that wait to be written")
)
RECORDS_WRITTEN: Final = Metric(
    "yiwang_call_records_written_total", Kind.COUNTER, Text("已写入的调用记录数", "call records that were written")
)
RECORDS_DROPPED: Final = Metric(
    "yiwang_call_records_dropped_total",
    Kind.COUNTER,
    Text("丢失的调用记录数", "call records that were lost, since none may hold up a call"),
)
EXPIRY: Final = Metric(
    "yiwang_expiry_seconds",
    Kind.GAUGE,
    Text("证书、密钥或凭据距到期的秒数", "seconds until a certificate, key or secret is of no use; negative after"),
    ("kind", "system", "name"),
)
SEALINGS: Final = Metric(
    "yiwang_sealings",
    Kind.GAUGE,
    Text("未结束的用印数，各副本相同", "sealings that have not ended; every replica says the same"),
    ("state",),
)
SEALINGS_AGE: Final = Metric(
    "yiwang_sealings_oldest_seconds",
    Kind.GAUGE,
    Text("处于该状态最久的用印已持续的秒数", "seconds since the first of the sealings in a state came to it"),
    ("state",),
)
FORWARDINGS: Final = Metric(
    "yiwang_share_forwardings",
    Kind.GAUGE,
    Text(
        "在上级平台未办结的共享申请与校核数，各副本相同",
        "share requests and disputes at exchanges; every replica says the same",
    ),
    ("state",),
)
FORWARDINGS_AGE: Final = Metric(
    "yiwang_share_forwardings_oldest_seconds",
    Kind.GAUGE,
    Text("处于该状态最久的转办已持续的秒数", "seconds since the first of those in a state came to it"),
    ("state",),
)
TASKS: Final = Metric(
    "yiwang_tasks",
    Kind.GAUGE,
    Text("未完成的任务数，各副本相同", "tasks that are not done; every replica says the same"),
    ("kind", "state"),
)
TASKS_AGE: Final = Metric(
    "yiwang_tasks_oldest_due_seconds",
    Kind.GAUGE,
    Text("最早到期的任务已逾期的秒数，未到期为 0", "seconds for which the first task is due; 0 before its time"),
    ("kind",),
)
LOOP_LAG: Final = Metric(
    "yiwang_event_loop_lag_seconds",
    Kind.HISTOGRAM,
    Text("事件循环的延迟秒数", "seconds by which the event loop is late for what it should do"),
    (),
    _BRIEF,
)
BUILD: Final = Metric(
    "yiwang_build_info",
    Kind.GAUGE,
    Text("版本与运行模式，恒为 1", "version and mode of what runs; always 1"),
    ("version", "python", "mode"),
)
MEMORY: Final = Metric(
    "process_resident_memory_bytes", Kind.GAUGE, Text("常驻内存字节数", "bytes of memory that the process holds")
)
VIRTUAL: Final = Metric(
    "process_virtual_memory_bytes", Kind.GAUGE, Text("虚拟内存字节数", "bytes of address space of the process")
)
CPU: Final = Metric("process_cpu_seconds_total", Kind.COUNTER, Text("CPU 秒数", "seconds of processor time"))
STARTED: Final = Metric(
    "process_start_time_seconds", Kind.GAUGE, Text("进程启动时刻", "when the process started, seconds of Unix time")
)
FILES: Final = Metric("process_open_fds", Kind.GAUGE, Text("打开的文件描述符数", "file descriptors that are open"))
MOST_FILES: Final = Metric(
    "process_max_fds", Kind.GAUGE, Text("文件描述符上限", "file descriptors that there may be at most")
)

METRICS: Final = tuple(value for value in globals().copy().values() if isinstance(value, Metric))
"""All of them, in the order of this page."""


def metrics_page() -> str:
    """docs/reference/metrics.md."""
    rows = [
        f"| `{metric.name}` | {metric.kind.value} | {', '.join(f'`{label}`' for label in metric.labels) or '–'} "
        f"| {metric.meaning.zh}<br>{metric.meaning.en} |"
        for metric in METRICS
    ]
    return "\n".join([*_HEAD, *rows]) + "\n"


_HEAD = (
    "# Metrics · 指标",
    "<!-- Written by `python -m gateway.cli.generate`; change the source, not this page. -->",
    "",
    "`GET /metrics` on the ops port, in Prometheus' text format. A label never holds what a caller wrote: systems",
    "and operations are those deployed, applications those that the rule book or the issuers file names and the first",
    "50 others that have proven themselves, codes and outcomes those of the catalogue; everything else is",
    f"`{OTHER}`, and `{NONE}` where there is nothing to name.",
    "标签只取已登记的值：系统与操作来自部署，应用来自规则库、签发方文件及最先通过认证的 50 个，",
    "其余一律记为 `other`，无可记者为 `none`。",
    "",
    "| metric · 指标 | kind · 类型 | labels · 标签 | meaning · 含义 |",
    "|---|---|---|---|",
)
