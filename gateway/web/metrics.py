"""Metrics of one process: counted as things happen, states read when somebody looks, labels from closed sets only."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from gateway.core.call_record import BreakerState, CallRecord, NotSent
from gateway.core.clock import Clock
from gateway.core.expiry import Expiry
from gateway.core.outcome import Fault, Outcome
from gateway.core.problems import ProblemCode
from gateway.core.system import SystemState, SystemView
from gateway.core.telemetry import PoolState, RecordState, StreamKind
from gateway.services.watch_work import WorkSeen
from gateway.web import metric_catalogue as catalogue
from gateway.web.metric_catalogue import NONE, OTHER, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_NOBODY_READS = 499
_STATUSES = frozenset({*map(int, HTTPStatus), _NOBODY_READS})
_LAG_PERIOD = 0.5
_MOST_PROVEN: Final = 50
"""Applications that labels name for having proven themselves: whoever issues tokens may think of any number."""


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """States that are read at each scrape; what a gateway does not have is left as it is.

    Attributes:
        systems: the systems; their codes and operations are the only ones that labels name.
        applications: codes of the registered applications, which labels name beside some of the proven ones.
        task_kinds: kinds of tasks that labels name.
    """

    systems: Callable[[], Sequence[SystemView]] = tuple
    applications: frozenset[str] = frozenset()
    pool: Callable[[], PoolState | None] = lambda: None
    records: Callable[[], RecordState | None] = lambda: None
    expiries: Callable[[], Sequence[Expiry]] = tuple
    audit_waiting: Callable[[], int | None] = lambda: None
    work: Callable[[], WorkSeen | None] = lambda: None
    task_kinds: frozenset[str] = frozenset()


class _Ending(NamedTuple):
    """The histograms of calls to one system that end in one way; looking them up costs more than counting."""

    seconds: Histogram
    queue_seconds: Histogram
    request_bytes: Histogram
    reply_bytes: Histogram


class Metrics:
    """A Meter and a RecordCall whose numbers are scraped. ``version`` and ``mode`` say what runs."""

    def __init__(self, clock: Clock, *, version: str, mode: str, views: Views | None = None) -> None:
        # a second series for each, which says when it began; the library has this one switch for all registries
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library leaves this one untyped
        self._clock = clock
        self._views = views or Views()
        self._registry = registry = CollectorRegistry(auto_describe=False)
        self._operations: dict[str, frozenset[str]] = {}
        self._proven: set[str] = set()
        self._breakers: dict[str, BreakerState] = {}
        self._ended: dict[tuple[str, str], _Ending] = {}
        self._requests = _counter(catalogue.REQUESTS, registry)
        self._request_seconds = _histogram(catalogue.REQUEST_SECONDS, registry)
        self._in_flight = _gauge(catalogue.IN_FLIGHT, registry)
        self._streams = _gauge(catalogue.STREAMS, registry)
        self._limited = _counter(catalogue.LIMITED, registry)
        self._calls = _counter(catalogue.CALLS, registry)
        self._call_seconds = _histogram(catalogue.CALL_SECONDS, registry)
        self._queue_seconds = _histogram(catalogue.QUEUE_SECONDS, registry)
        self._request_bytes = _histogram(catalogue.REQUEST_BYTES, registry)
        self._reply_bytes = _histogram(catalogue.REPLY_BYTES, registry)
        self._retries = _counter(catalogue.RETRIES, registry)
        self._not_sent = _counter(catalogue.NOT_SENT, registry)
        self._audit_batch = _histogram(catalogue.AUDIT_BATCH, registry)
        self._audit_seconds = _histogram(catalogue.AUDIT_SECONDS, registry)
        self._lag = _histogram(catalogue.LOOP_LAG, registry)
        for kind in StreamKind:
            self._streams.labels(kind.value)
        _gauge(catalogue.BUILD, registry).labels(version, platform.python_version(), mode).set(1)
        ProcessCollector(registry=registry)
        registry.register(_Looking(self))

    def show(self, views: Views) -> None:
        """Read the states of ``views`` from now on: they come to be after what is counted."""
        self._views = views

    def proven(self, application: str) -> None:
        """Name an application that has proven itself from now on, if it is among the first."""
        if application not in self._views.applications and len(self._proven) < _MOST_PROVEN:
            self._proven.add(application)

    def exposition(self) -> bytes:
        """All metrics as CONTENT_TYPE."""
        return generate_latest(self._registry)

    # ---- a Meter

    def request(self, status: int, codes: Collection[str], application: str | None, seconds: float) -> None:
        """Count a request; with several error codes each has its line, so lines are not requests then."""
        shown = str(status) if status in _STATUSES else OTHER
        caller = self._application(application)
        for code in {_member(code, ProblemCode) for code in codes} or {NONE}:
            self._requests.labels(caller, shown, code).inc()
        self._request_seconds.labels(shown).observe(seconds)

    def operation(self) -> AbstractContextManager[None]:
        """Count an operation that is under way."""
        return _counted(self._in_flight)

    def stream(self, kind: StreamKind) -> AbstractContextManager[None]:
        """Count a stream that is open."""
        return _counted(self._streams.labels(kind.value))

    def limited(self, application: str) -> None:
        """Count a refusal for asking too often."""
        self._limited.labels(self._application(application)).inc()

    def audit_written(self, events: int, seconds: float) -> None:
        """Count a batch."""
        self._audit_batch.observe(events)
        self._audit_seconds.observe(seconds)

    # ---- a RecordCall

    def record_call(self, record: CallRecord) -> None:
        """Count a call."""
        system, operation = self._named(record.system, record.operation)
        outcome = _member(record.outcome, Outcome)
        fault = NONE if record.fault is None else _member(record.fault, Fault)
        self._calls.labels(system, operation, outcome, fault).inc()
        ended = self._ended.get((system, outcome))
        if ended is None:
            ended = self._ended[system, outcome] = self._ending(system, outcome)
        ended.queue_seconds.observe(record.queued_ms / 1000)
        if record.not_sent is None:
            ended.seconds.observe(record.taken_ms / 1000)
            ended.request_bytes.observe(record.request_bytes)
        else:
            self._not_sent.labels(system, _member(record.not_sent, NotSent)).inc()
        if record.received is not None:
            ended.reply_bytes.observe(record.received.bytes)
        if record.attempt > 1:
            self._retries.labels(system).inc()
        if system != OTHER:
            self._breakers[system] = record.breaker

    def _ending(self, system: str, outcome: str) -> "_Ending":
        return _Ending(
            self._call_seconds.labels(system, outcome),
            self._queue_seconds.labels(system, outcome),
            self._request_bytes.labels(system, outcome),
            self._reply_bytes.labels(system, outcome),
        )

    def loop_lag(self, seconds: float) -> None:
        """Count how late the event loop was."""
        self._lag.observe(max(0.0, seconds))

    def _application(self, code: str | None) -> str:
        if code is None:
            return NONE
        return code if code in self._views.applications or code in self._proven else OTHER

    def _named(self, system: str, operation: str) -> tuple[str, str]:
        if system not in self._operations:  # a system that was registered since, or nothing of the kind
            self._operations = {view.code: frozenset(view.operations) for view in self._views.systems()}
        operations = self._operations.get(system)
        if operations is None:
            return OTHER, OTHER
        return system, operation if operation in operations else OTHER

    def states(self) -> Iterator[Family]:
        """The states of this moment."""
        states = {view.code: view.state for view in self._views.systems()}
        yield _states(catalogue.SYSTEM_STATE, states, SystemState)
        yield _states(catalogue.BREAKER, self._breakers, BreakerState)
        expiries = _family(catalogue.EXPIRY)
        now = self._clock.now()
        for expiry in self._views.expiries():
            labels = (expiry.kind.value, expiry.system or NONE, expiry.name)
            expiries.add_metric(labels, expiry.remaining(now).total_seconds())
        yield expiries
        waiting = _family(catalogue.AUDIT_PENDING)
        if (events := self._views.audit_waiting()) is not None:
            waiting.add_metric((), events)
        yield waiting
        yield from self._database()
        yield from self._records()
        yield from self._work()

    def _database(self) -> Iterator[Family]:
        used, limit = _family(catalogue.DATABASE), _family(catalogue.DATABASE_LIMIT)
        pool = self._views.pool()
        if pool is not None:
            used.add_metric(("used",), pool.used)
            used.add_metric(("idle",), pool.idle)
            limit.add_metric((), pool.limit)
        yield used
        yield limit

    def _records(self) -> Iterator[Family]:
        pending = _family(catalogue.RECORDS_PENDING)
        written, dropped = _total(catalogue.RECORDS_WRITTEN), _total(catalogue.RECORDS_DROPPED)
        state = self._views.records()
        if state is not None:
            pending.add_metric((), state.pending)
            written.add_metric((), state.written)
            dropped.add_metric((), state.dropped)
        yield pending
        yield written
        yield dropped

    def _work(self) -> Iterator[Family]:
        sealings, sealings_age = _family(catalogue.SEALINGS), _family(catalogue.SEALINGS_AGE)
        forwardings, forwardings_age = _family(catalogue.FORWARDINGS), _family(catalogue.FORWARDINGS_AGE)
        tasks, tasks_age = _family(catalogue.TASKS), _family(catalogue.TASKS_AGE)
        seen, now = self._views.work(), self._clock.now()
        if seen is not None:
            for state, standing in seen.sealings.items():
                sealings.add_metric((state.value,), standing.count)
                sealings_age.add_metric((state.value,), max(0.0, (now - standing.since).total_seconds()))
            for there, forwarded in seen.forwardings.items():
                forwardings.add_metric((there.value,), forwarded.count)
                forwardings_age.add_metric((there.value,), max(0.0, (now - forwarded.since).total_seconds()))
            for kind in self._views.task_kinds & seen.tasks.keys():
                counts = seen.tasks[kind]
                for name, number in (("due", counts.due), ("leased", counts.leased), ("parked", counts.parked)):
                    tasks.add_metric((kind, name), number)
                late = 0.0 if counts.oldest_due_at is None else (now - counts.oldest_due_at).total_seconds()
                tasks_age.add_metric((kind,), max(0.0, late))
        yield from (sealings, sealings_age, forwardings, forwardings_age, tasks, tasks_age)


class _Looking(Collector):
    """Reads the states of ``metrics`` at each scrape."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Family]:
        """The states of this moment."""
        return self._metrics.states()


async def watch_loop(metrics: Metrics, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Measure until cancelled how much later than asked the event loop wakes up."""
    while True:
        due = clock.monotonic() + _LAG_PERIOD
        await sleep(_LAG_PERIOD)
        metrics.loop_lag(clock.monotonic() - due)


@contextmanager
def _counted(gauge: Gauge) -> Iterator[None]:
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()


def _member(value: str, kind: type[Enum]) -> str:
    """The value if the enum has it: types promise it, and labels do not rely on promises."""
    try:
        return str(kind(value).value)
    except ValueError:
        return OTHER


def _states(metric: Metric, states: Mapping[str, Enum], kind: type[Enum]) -> GaugeMetricFamily:
    family = _family(metric)
    for system, current in sorted(states.items()):
        for state in kind:
            family.add_metric((system, state.value), float(state is current))
    return family


def _family(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.meaning.en, labels=metric.labels)


def _total(metric: Metric) -> CounterMetricFamily:
    return CounterMetricFamily(metric.name, metric.meaning.en, labels=metric.labels)


def _counter(metric: Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.meaning.en, metric.labels, registry=registry)


def _gauge(metric: Metric, registry: CollectorRegistry) -> Gauge:
    return Gauge(metric.name, metric.meaning.en, metric.labels, registry=registry)


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    options: dict[str, Any] = {"buckets": metric.buckets}
    return Histogram(metric.name, metric.meaning.en, metric.labels, registry=registry, **options)
