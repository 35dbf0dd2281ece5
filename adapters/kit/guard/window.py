"""Counts over the last seconds."""

from gateway.core.clock import Clock

_BUCKETS = 10


class Window:
    """Counts events of a few kinds; what is older than ``seconds`` falls out, a tenth of them at a time.

    Args:
        seconds: how far back it counts, up to a tenth less.
        kinds: how many kinds there are, numbered from 0.
        clock: tells the age of events.
    """

    def __init__(self, seconds: float, kinds: int, clock: Clock) -> None:
        self._width = seconds / _BUCKETS
        self._clock = clock
        self._kinds = range(kinds)
        self.clear()

    def add(self, kind: int) -> None:
        """One more event of a kind, now."""
        self._advance()
        self._buckets[self._at % _BUCKETS][kind] += 1
        self._totals[kind] += 1

    def count(self, kind: int) -> int:
        """Events of a kind."""
        self._advance()
        return self._totals[kind]

    def clear(self) -> None:
        """Forget all events."""
        self._at = int(self._clock.monotonic() / self._width)
        self._totals = [0 for _ in self._kinds]
        self._buckets = [[0 for _ in self._kinds] for _ in range(_BUCKETS)]

    def _advance(self) -> None:
        now = int(self._clock.monotonic() / self._width)
        if now - self._at >= _BUCKETS:
            self.clear()
            return
        while self._at < now:
            self._at += 1
            bucket = self._buckets[self._at % _BUCKETS]
            for kind in self._kinds:
                self._totals[kind] -= bucket[kind]
                bucket[kind] = 0
