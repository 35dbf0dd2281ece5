"""Changes of health, and how others learn of them: a subscription, a log line and a metric read the same news."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import msgspec

from gateway.core.system import SystemState
from gateway.core.text import Text

MEANWHILE: Mapping[SystemState, Text] = MappingProxyType(
    {
        SystemState.DOWN: Text(
            "调用方得到其他系统的结果，标为不完整；对该系统的调用暂停，恢复后自动继续",
            "callers get what the other systems have, marked incomplete; calls to this one are paused until it answers",
        ),
        SystemState.DEGRADED: Text(
            "仍在查询该系统；未按时得到的部分标为不完整",
            "it is still asked; what does not come in time is marked as missing",
        ),
        SystemState.DISABLED: Text(
            "不查询该系统；调用方读到公告，其他系统的结果照常",
            "it is not asked; callers read the notice, and get what the other systems have",
        ),
    }
)
"""What callers get while a system is in a state that is not as it should be."""


class HealthChange(msgspec.Struct, frozen=True, kw_only=True):
    """System ``code`` went from state ``before`` to state ``after`` at this instant."""

    code: str
    before: SystemState
    after: SystemState
    at: datetime


class HealthWatch(Protocol):
    """Tells of every change of state from the moment on at which somebody begins to watch."""

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[HealthChange]]:
        """Changes as they happen, until the block ends; the iterator itself never ends.

        What is not read waits. At most one change per system does: a later one takes the place of an earlier one and
        keeps its ``before``, and a system that is back where it was says nothing. A reader who is slow therefore
        misses steps, but never the state.
        """
        ...
