"""How often each operation of each system was called: numbers only, nothing of what was asked."""

from collections import Counter


class CallCounts:
    """Counts of calls, faulty ones included."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, system: str, operation: str) -> None:
        """One more call."""
        self._counts.setdefault(system, Counter())[operation] += 1

    def of(self, system: str, operation: str) -> int:
        """Calls of one operation so far."""
        return self._counts.get(system, Counter())[operation]

    def all(self) -> dict[str, dict[str, int]]:
        """Calls by system and operation."""
        return {system: dict(counts) for system, counts in self._counts.items()}
