"""Traces by OpenTelemetry, for those who installed it and named where they go: `pip install yiwang[otel]`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from gateway.core.call_record import RecordCall, ignore_call
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.core.telemetry import NoTracer, Tracer

if TYPE_CHECKING:
    from gateway.web.opentelemetry import Traces


class Tracing(msgspec.Struct, frozen=True):
    """What draws operations, and what draws the calls within them."""

    tracer: Tracer = NoTracer()
    record_call: RecordCall = ignore_call


@asynccontextmanager
async def tracing(endpoint: str, share: float, clock: Clock, version: str) -> AsyncIterator[Tracing]:
    """Traces to ``endpoint`` while the block lasts; without one nothing is drawn, and nothing imported.

    Args:
        endpoint: URL to which OTLP/HTTP is posted, as a rule ending in /v1/traces; "" for none.
        share: how many of the traces are sent, from 0 to 1.
        clock: gives the times of spans.
        version: of this program.

    Raises:
        ConfigurationInvalid: there is an endpoint and no OpenTelemetry.
    """
    if not endpoint:
        yield Tracing()
        return
    traces = _traces(endpoint, share, clock, version)
    try:
        yield Tracing(traces, traces.record_call)
    finally:
        await traces.aclose()


def _traces(endpoint: str, share: float, clock: Clock, version: str) -> "Traces":
    try:
        from gateway.web.opentelemetry import Traces  # noqa: PLC0415 - an extra, imported where it is asked for
    except ModuleNotFoundError as error:
        raise ConfigurationInvalid(
            "YIWANG_OTEL_ENDPOINT is set and OpenTelemetry is not installed", "pip install 'yiwang[otel]', or unset it"
        ) from error
    return Traces(endpoint, share, clock, version)
