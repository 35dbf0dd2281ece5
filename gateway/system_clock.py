"""The real clock; everything else is given one."""

import time
from datetime import UTC, datetime


class SystemClock:
    """A Clock over the operating system's."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary zero."""
        return time.monotonic()
