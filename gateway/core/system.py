"""A registered legacy system: what is needed to open it, and how the gateway describes it to others."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.core.outcome import Fault
from gateway.core.system_notice import SystemNotice


class SystemState(StrEnum):
    """Judged health of a system."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub office lets a system serve. ``authority`` orders systems that disagree, lowest first."""

    ports: frozenset[str]
    regions: tuple[str, ...]
    types: tuple[str, ...]
    issuers: tuple[str, ...]
    authority: int = 100

    def allows_issuer(self, issuer: str | None) -> bool:
        """Whether rows of this issuer may come from the system; ``*`` allows all, also rows that name none."""
        return "*" in self.issuers or issuer in self.issuers

    def allows_type(self, type_code: str | None) -> bool:
        """Whether licences of this type may come from the system."""
        return "*" in self.types or type_code in self.types


class SecretSource(Protocol):
    """Named settings of one system: addresses and secrets that a manifest may refer to but not hold."""

    def get(self, name: str) -> str | None:
        """The value of ``<system>/<key>``, or None; only the system's own names are answered."""
        ...


class DeployedSystem(msgspec.Struct, frozen=True):
    """A system to open: its manifest's folder, the hosts it may reach, what it may serve, its settings.

    ``expires`` says by name which of its settings stop working on which day.
    """

    folder: Path
    hosts: tuple[str, ...]
    assignment: Assignment
    secrets: SecretSource
    expires: Mapping[str, date] = {}

    @property
    def code(self) -> str:
        """The system's code, which is its folder's name."""
        return self.folder.name


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Judged history of a system's calls; ``p95_milliseconds`` and ``error_share`` (0 to 1) are of recent calls."""

    since: datetime
    state: SystemState
    last_success: datetime | None = None
    last_error: str | None = None
    fault: Fault | None = None
    p95_milliseconds: float | None = None
    error_share: float | None = None


class SystemView(msgspec.Struct, frozen=True, kw_only=True):
    """A system without its secrets: who it is, where it serves, what it may serve and how it fares.

    ``owner`` is the credit code of the department that answers for it; ``operations`` are its declared calls.
    ``closure`` is why it is not asked at this moment, ``maintenance`` the windows to come or under way, and
    ``notice_version`` counts the changes of both.
    """

    code: str
    title_zh: str
    title_en: str
    level: str
    regions: tuple[str, ...]
    state: SystemState
    health: Health
    active_version: int | None
    serves: tuple[str, ...]
    owner: str | None = None
    operations: tuple[str, ...] = ()
    closure: SystemNotice | None = None
    maintenance: tuple[SystemNotice, ...] = ()
    notice_version: int = 0
