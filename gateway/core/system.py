"""A registered legacy system as the gateway describes it to others."""

from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.core.outcome import Fault


class SystemState(StrEnum):
    """Judged health of a system."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Judged history of a system's calls. ``p95_milliseconds`` and ``error_share`` (0 to 1) are of the recent window."""

    since: datetime
    state: SystemState
    last_success: datetime | None = None
    last_error: str | None = None
    fault: Fault | None = None
    p95_milliseconds: float | None = None
    error_share: float | None = None


class SystemView(msgspec.Struct, frozen=True, kw_only=True):
    """A system without its secrets: who it is, where it serves, what it may serve and how it fares."""

    code: str
    title_zh: str
    title_en: str
    level: str
    regions: tuple[str, ...]
    state: SystemState
    health: Health
    active_version: int | None
    serves: tuple[str, ...]
