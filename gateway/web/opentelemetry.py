"""Operations and calls as spans, sent by OTLP/HTTP to the one place that the settings name.

A span says who called whom and how it ended: codes of applications, systems and operations, outcomes and numbers. It
holds no argument, no answer and nobody's name. Legacy systems are told of no trace.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.util.types import AttributeValue

from gateway.core.call import Trace
from gateway.core.call_record import CallRecord
from gateway.core.clock import Clock
from gateway.core.problems import ProblemCode

_QUEUE: Final = 4_096
"""Spans that may wait; more are lost, since no operation waits for its trace."""

_BATCH: Final = 512
_DELAY_MS: Final = 2_000
_SECONDS: Final = 5.0
_OURS: Final = frozenset({ProblemCode.INTERNAL, ProblemCode.TIMEOUT})
"""Codes with which the gateway itself failed; with others it did what it should."""


class Traces:
    """A Tracer and a RecordCall that send spans in the background; arguments as of ``tracing``.

    A caller who says that his trace is not recorded is believed; one who says that it is raises nobody's share.
    """

    def __init__(self, endpoint: str, share: float, clock: Clock, version: str) -> None:
        self._clock = clock
        sampled = TraceIdRatioBased(share)
        self._provider = TracerProvider(
            sampler=ParentBased(sampled, remote_parent_sampled=sampled, remote_parent_not_sampled=ALWAYS_OFF),
            resource=Resource({"service.name": "yiwang", "service.version": version}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(
            endpoint=endpoint, timeout=_SECONDS, compression=Compression.Gzip, session=_session()
        )
        processor = BatchSpanProcessor(
            exporter, max_queue_size=_QUEUE, max_export_batch_size=_BATCH, schedule_delay_millis=_DELAY_MS
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("yiwang", version)

    @contextmanager
    def operation(self, request_id: str, parent: Trace | None) -> Iterator["_OperationSpan"]:
        """A span for the block; the calls that are recorded within are drawn below it."""
        span = self._tracer.start_span(
            "operation",
            context=_context(parent),
            kind=SpanKind.SERVER,
            attributes={"yiwang.request_id": request_id},
            start_time=_nanoseconds(self._clock.now()),
        )
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                yield _OperationSpan(span)
        finally:
            span.end(_nanoseconds(self._clock.now()))

    def record_call(self, record: CallRecord) -> None:
        """Draw a call that has ended, from when it was wanted."""
        attributes: dict[str, AttributeValue] = {
            "yiwang.request_id": record.request_id,
            "yiwang.application": record.application,
            "yiwang.system": record.system,
            "yiwang.operation": record.operation,
            "yiwang.outcome": record.outcome.value,
            "yiwang.attempt": record.attempt,
            "yiwang.queued_ms": record.queued_ms,
        }
        if record.fault is not None:
            attributes["yiwang.fault"] = record.fault.value
        if record.not_sent is not None:
            attributes["yiwang.not_sent"] = record.not_sent.value
        span = self._tracer.start_span(
            f"{record.system}/{record.operation}",
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=_nanoseconds(record.asked_at),
        )
        if not record.succeeded:
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nanoseconds(record.answered_at))

    async def aclose(self) -> None:
        """Send what waits, as far as that can be done soon."""
        await asyncio.to_thread(self._provider.shutdown)


class _OperationSpan:
    """The span of one operation."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def ended(self, application: str | None, codes: Collection[str]) -> None:
        """Say who asked and how it ended."""
        self._span.set_attribute("yiwang.outcome", ",".join(sorted(codes)) or "OK")
        if application is not None:
            self._span.set_attribute("yiwang.application", application)
        if not _OURS.isdisjoint(codes):
            self._span.set_status(Status(StatusCode.ERROR))


def _session() -> requests.Session:
    """A connection that goes to the endpoint and nowhere else: no proxies or credentials of the environment."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    return session


def _context(parent: Trace | None) -> Context:
    if parent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    remote = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
