"""Which days of a platform's log are compared with ours: each from the first on which it was asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.clock import china_date
from gateway.core.records import Also
from gateway.core.tasks import NewTask
from gateway.services.reconciling import day_task
from gateway.services.sealing.pace import KIND_RECONCILE


class _Adding(Protocol):
    def adding(self, tasks: Sequence[NewTask]) -> Also: ...


class Days:
    """Adds the tasks."""

    def __init__(self, tasks: _Adding) -> None:
        self._tasks = tasks

    def of(self, platform: str, at: datetime) -> Also:
        """Have the day compared to which this moment belongs; belongs to whatever is sent then."""
        return self._tasks.adding([day_task(KIND_RECONCILE, platform, china_date(at))])
