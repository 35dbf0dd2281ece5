"""When a platform's log is compared with ours: each day from the first on which it was asked, once the day is over."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol

from gateway.core.clock import CHINA, china_date, utc
from gateway.core.records import Also
from gateway.core.tasks import NewTask
from gateway.services.sealing.pace import KIND_RECONCILE

AFTER_MIDNIGHT = timedelta(hours=1)
"""When a day's log is taken for complete."""


class _Adding(Protocol):
    def adding(self, tasks: Sequence[NewTask]) -> Also: ...


def closed_at(day: date) -> datetime:
    """From when on a platform's log of a day is taken for complete."""
    return utc(datetime.combine(day + timedelta(days=1), time(), CHINA) + AFTER_MIDNIGHT)


def day_task(platform: str, day: date) -> NewTask:
    """The task that compares a day."""
    name = f"{platform} {day.isoformat()}"
    return NewTask(kind=KIND_RECONCILE, key=name, subject=name, due_at=closed_at(day))


def read_day(subject: str) -> tuple[str, date]:
    """The platform and day of a task."""
    platform, _, day = subject.rpartition(" ")
    return platform, date.fromisoformat(day)


class Days:
    """Adds the tasks."""

    def __init__(self, tasks: _Adding) -> None:
        self._tasks = tasks

    def of(self, platform: str, at: datetime) -> Also:
        """Have the day compared to which this moment belongs; belongs to whatever is sent then."""
        return self._tasks.adding([day_task(platform, china_date(at))])
