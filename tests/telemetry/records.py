"""Call records and systems as tests want them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.core.call_record import BreakerState, CallKind, CallRecord, Received
from gateway.core.outcome import Outcome, ServedFrom
from gateway.core.system import Health, SystemState, SystemView

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
HEALTH_OWNER = "11420100011043217X"
TAX_OWNER = "11420100MB0G2H3K4L"


def call(**changes: Any) -> CallRecord:
    """A good call to ``city`` at START that took 20 ms; ``at`` moves it by seconds."""
    at = START + timedelta(seconds=changes.pop("at", 0))
    record = CallRecord(
        request_id="0123456789abcdef",
        application="portal",
        system="city",
        version=3,
        operation="list",
        kind=CallKind.REST,
        attempt=1,
        asked_at=at,
        sent_at=at + timedelta(milliseconds=2),
        answered_at=at + timedelta(milliseconds=22),
        queued_ms=2.0,
        taken_ms=20.0,
        request_bytes=300,
        received=Received(4_000, "ab" * 32),
        status=200,
        outcome=Outcome.OK,
        fault=None,
        code="0",
        served_from=ServedFrom.LIVE,
        breaker=BreakerState.CLOSED,
        not_sent=None,
    )
    return msgspec.structs.replace(record, **changes)


def system(code: str, owner: str | None = HEALTH_OWNER, state: SystemState = SystemState.UP) -> SystemView:
    """A system with the operations ``list`` and ``get``."""
    return SystemView(
        code=code,
        title_zh="库",
        title_en="library",
        level="city",
        regions=("420100",),
        state=state,
        health=Health(since=START, state=state),
        active_version=1,
        serves=("LicenceSource",),
        owner=owner,
        operations=("list", "get"),
    )


class Directory:
    """Two systems of one department and one of another."""

    def systems(self) -> list[SystemView]:
        return [
            system("city"),
            system("clinics", state=SystemState.DOWN),
            system("tax", TAX_OWNER, SystemState.UNKNOWN),
        ]
