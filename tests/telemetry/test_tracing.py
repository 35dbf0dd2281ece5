"""Traces reach the named place and no other, say who called whom, and nothing of what was said."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from gateway.core.call import Trace
from gateway.core.call_record import NotSent
from gateway.core.errors import ConfigurationInvalid
from gateway.core.outcome import Fault, Outcome
from gateway.web.tracing import tracing
from tests.services.fakes import ManualClock
from tests.telemetry.records import call

PARENT = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


class Receiver:
    """What a collector was sent. ``redirect`` is where it sends its visitors instead of listening."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.redirect: str | None = None
        self.visits = 0
        self.url = ""

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        self.requests.append(request)

    @property
    def spans(self) -> dict[str, SpanMessage]:
        return {
            span.name: span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.visits += 1
            body = self.rfile.read(int(self.headers["content-length"]))
            if receiver.redirect is None:
                assert self.headers["content-type"] == "application/x-protobuf"
                receiver.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
                self.send_response(200)
            else:
                self.send_response(307)
                self.send_header("location", receiver.redirect)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def attributes(span: SpanMessage) -> dict[str, object]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes}


async def test_an_operation_and_its_calls_are_one_trace(receiver: Receiver) -> None:
    clock = ManualClock()
    async with tracing(receiver.url, 1.0, clock, "1.2.3") as traced:
        with traced.tracer.operation("0123456789abcdef", PARENT) as span:
            traced.record_call(call())
            traced.record_call(call(operation="get", outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS, attempt=2))
            clock.step(0.25)
            span.ended("portal", ["TIMEOUT"])
    spans = receiver.spans
    operation = spans["operation"]
    assert operation.trace_id.hex() == PARENT.trace_id
    assert operation.parent_span_id.hex() == PARENT.span_id
    assert operation.end_time_unix_nano - operation.start_time_unix_nano == 250_000_000
    assert operation.kind == SpanMessage.SPAN_KIND_SERVER
    assert operation.status.code == Status.STATUS_CODE_ERROR
    assert attributes(operation) == {
        "yiwang.request_id": "0123456789abcdef",
        "yiwang.outcome": "TIMEOUT",
        "yiwang.application": "portal",
    }
    good, late = spans["city/list"], spans["city/get"]
    assert {good.parent_span_id, late.parent_span_id} == {operation.span_id}
    assert good.end_time_unix_nano - good.start_time_unix_nano == 22_000_000
    assert (good.status.code, late.status.code) == (Status.STATUS_CODE_UNSET, Status.STATUS_CODE_ERROR)
    assert attributes(late) == {
        "yiwang.request_id": "0123456789abcdef",
        "yiwang.application": "portal",
        "yiwang.system": "city",
        "yiwang.operation": "get",
        "yiwang.outcome": "TIMED_OUT",
        "yiwang.attempt": 2,
        "yiwang.queued_ms": 2.0,
        "yiwang.fault": "THEIRS",
    }
    resource = receiver.requests[0].resource_spans[0].resource
    assert {one.key: one.value.string_value for one in resource.attributes} == {
        "service.name": "yiwang",
        "service.version": "1.2.3",
    }


async def test_a_login_is_a_trace_of_its_own_and_a_refusal_no_error(receiver: Receiver) -> None:
    async with tracing(receiver.url, 1.0, ManualClock(), "1") as traced:
        traced.record_call(call(operation="login", outcome=Outcome.UNAVAILABLE, not_sent=NotSent.PAUSED))
        with traced.tracer.operation("r", None) as span:
            span.ended(None, ["FORBIDDEN"])
    login, operation = receiver.spans["city/login"], receiver.spans["operation"]
    assert login.trace_id != operation.trace_id
    assert (login.parent_span_id, operation.parent_span_id) == (b"", b"")
    assert attributes(login)["yiwang.not_sent"] == "PAUSED"
    assert operation.status.code == Status.STATUS_CODE_UNSET
    assert attributes(operation) == {"yiwang.request_id": "r", "yiwang.outcome": "FORBIDDEN"}


async def test_an_operation_that_breaks_is_drawn_without_its_error(receiver: Receiver) -> None:
    async with tracing(receiver.url, 1.0, ManualClock(), "1") as traced:
        with pytest.raises(LookupError), traced.tracer.operation("r", None):
            raise LookupError("420106199001011231")
    assert len(receiver.spans["operation"].events) == 0
    assert b"4201061990" not in receiver.requests[0].SerializeToString()


@pytest.mark.parametrize(
    ("share", "sampled", "drawn"),
    [(1.0, False, 0), (0.0, True, 0), (1.0, True, 1)],
    ids=["the caller wants none", "a caller raises no share", "both"],
)
async def test_how_many_are_sent_is_ours_to_say(receiver: Receiver, share: float, sampled: bool, drawn: int) -> None:
    async with tracing(receiver.url, share, ManualClock(), "1") as traced:
        with traced.tracer.operation("r", Trace(PARENT.trace_id, PARENT.span_id, sampled)):
            traced.record_call(call())
    assert len(receiver.spans) == 2 * drawn


async def test_the_environment_has_no_say_in_where_traces_go(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as other:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", other.url)
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "host.name=somewhere")
        monkeypatch.setenv("http_proxy", other.url)
        async with tracing(receiver.url, 1.0, ManualClock(), "1") as traced:
            traced.record_call(call())
        assert (len(receiver.requests), other.visits) == (1, 0)
    assert b"somewhere" not in receiver.requests[0].SerializeToString()


async def test_a_redirect_leads_nowhere(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as other:
        receiver.redirect = other.url
        async with tracing(receiver.url, 1.0, ManualClock(), "1") as traced:
            traced.record_call(call())
        assert receiver.visits >= 1
        assert other.visits == 0


async def test_without_an_endpoint_nothing_is_drawn() -> None:
    async with tracing("", 1.0, ManualClock(), "1") as traced:
        traced.record_call(call())
        with traced.tracer.operation("r", PARENT) as span:
            span.ended("portal", [])


async def test_a_missing_extra_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gateway.web.opentelemetry", None)
    with pytest.raises(ConfigurationInvalid, match=r"pip install 'yiwang\[otel\]'"):
        async with tracing("http://127.0.0.1:1/v1/traces", 1.0, ManualClock(), "1"):
            pass


def test_nothing_of_it_is_imported_until_it_is_asked_for() -> None:
    check = "import gateway.bootstrap.running, sys; sys.exit('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False, timeout=240)
    assert (done.returncode, done.stderr) == (0, b"")
