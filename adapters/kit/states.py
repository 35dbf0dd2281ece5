"""The states of all systems as others are told of them: what was judged, unless a notice says not to ask."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import msgspec
import structlog

from adapters.kit.health import HealthRecorder
from adapters.kit.watching import HealthNews
from gateway.core.clock import Clock
from gateway.core.health import HealthChange
from gateway.core.outcome import Fault
from gateway.core.system import Health, SystemState
from gateway.core.system_notice import NoNotices, NoticeBoard, SystemNotices

_log = structlog.get_logger("systems")
_NO_NOTICES: Final = NoNotices()
_LOUD: Final = frozenset({SystemState.DOWN, SystemState.DEGRADED})


class SystemStates:
    """Joins judgement and notices; logs what changes and tells it to whoever watches.

    Args:
        clock: says which notices hold, and dates the changes that they make.
        board: has the notices.
    """

    def __init__(self, clock: Clock, board: NoticeBoard = _NO_NOTICES) -> None:
        self._board = board
        self._clock = clock
        self._news = HealthNews()
        self._recorders: dict[str, HealthRecorder] = {}
        self._told: dict[str, SystemState] = {}

    def add(self, code: str, recorder: HealthRecorder) -> None:
        """Look after a system from now on."""
        self._recorders[code] = recorder
        self._told[code] = SystemState.UNKNOWN
        self._look(code, self._clock.now())

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[HealthChange]]:
        """Changes as they happen: see HealthWatch."""
        return self._news.watch()

    def notices(self, code: str) -> SystemNotices:
        """The notices of a system."""
        return self._board.of(code)

    def health(self, code: str) -> Health:
        """The health of a system; while it is not asked it is DISABLED, with what was known of it before."""
        judged = self._recorders[code].health()
        notice = self._board.current(code)
        if notice is None:
            return judged
        return msgspec.structs.replace(judged, state=SystemState.DISABLED, since=notice.begins)

    def judged(self, change: HealthChange) -> None:
        """A recorder has judged anew."""
        self._look(change.code, change.at)

    def noticed(self, code: str) -> None:
        """Notices of the system have changed, or one has begun or ended."""
        self._look(code, self._clock.now())

    def _look(self, code: str, at: datetime) -> None:
        recorder = self._recorders.get(code)
        if recorder is None:  # a notice on a system that this gateway does not know
            return
        before = self._told[code]
        after = recorder.state if self._board.current(code) is None else SystemState.DISABLED
        if before is after:
            return
        self._told[code] = after
        judged = recorder.health()
        fault: Fault | None = judged.fault if after in _LOUD else None
        _log.warning(
            "system.state",
            system=code,
            before=before.value,
            after=after.value,
            fault=fault.value if fault else None,
            error=judged.last_error if after in _LOUD else None,
        )
        self._news.tell(HealthChange(code=code, before=before, after=after, at=at))
