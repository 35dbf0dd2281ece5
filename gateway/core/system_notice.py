"""Notices on systems: why one is not asked at the moment, in the words that its callers read, and until when.

All notices of a system are one record with one version, so that two who change them at once cannot both be right.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from gateway.core.records import Also
from gateway.core.text import Language, Text

MOST_WINDOWS: Final = 20
"""Maintenance windows that a system has planned at the same time."""


class NoticeKind(StrEnum):
    """Why a system is not asked: somebody switched it off, or its owner works on it."""

    DISABLED = "DISABLED"
    MAINTENANCE = "MAINTENANCE"


class SystemNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One reason not to ask a system, from ``begins`` until ``ends``, or until it is taken back.

    Attributes:
        id: unique among the system's notices.
        text: what callers read; no personal data.
        set_by: subject of the person who set it.
    """

    id: str
    kind: NoticeKind
    text: Text
    begins: datetime
    ends: datetime | None
    set_by: str

    def render(self, language: Language) -> str:
        """The text in ``language``, as it was written: it may hold braces."""
        return self.text.zh if language is Language.ZH else self.text.en

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended by then."""
        return self.ends is not None and self.ends <= at

    def holds(self, at: datetime) -> bool:
        """Whether the system is not to be asked then."""
        return self.begins <= at and not self.is_over(at)


class SystemNotices(msgspec.Struct, frozen=True):
    """The notices of one system. ``version`` counts their changes, from 0 for a system that never had any."""

    system: str
    version: int = 0
    notices: tuple[SystemNotice, ...] = ()

    def current(self, at: datetime) -> SystemNotice | None:
        """The notice because of which the system is not asked then: that it is disabled before that it is maintained.

        Of several windows the one that ends last.
        """
        holding = [notice for notice in self.notices if notice.holds(at)]
        disabled = [notice for notice in holding if notice.kind is NoticeKind.DISABLED]
        return max(disabled or holding, key=_end, default=None)

    def planned(self, at: datetime) -> tuple[SystemNotice, ...]:
        """The maintenance windows that are not over, in the order in which they begin."""
        windows = (one for one in self.notices if one.kind is NoticeKind.MAINTENANCE and not one.is_over(at))
        return tuple(sorted(windows, key=lambda window: (window.begins, window.id)))

    def next_change(self, at: datetime) -> datetime | None:
        """The first moment after ``at`` at which a notice begins or ends."""
        moments = [moment for one in self.notices for moment in (one.begins, one.ends) if moment and moment > at]
        return min(moments, default=None)

    def disabled(self, notice: SystemNotice, at: datetime) -> "SystemNotices":
        """With this notice in place of the one by which it was disabled before."""
        return self._changed([*self._windows(), notice], at)

    def enabled(self, at: datetime) -> "SystemNotices":
        """Without a notice that disables it; planned windows stay."""
        return self._changed(self._windows(), at)

    def with_window(self, window: SystemNotice, at: datetime) -> "SystemNotices":
        """With one more maintenance window."""
        return self._changed([*self.notices, window], at)

    def without_window(self, window_id: str, at: datetime) -> "SystemNotices":
        """Without that maintenance window."""
        return self._changed([notice for notice in self.notices if notice.id != window_id], at)

    def _windows(self) -> list[SystemNotice]:
        return [notice for notice in self.notices if notice.kind is NoticeKind.MAINTENANCE]

    def _changed(self, notices: Sequence[SystemNotice], at: datetime) -> "SystemNotices":
        """The next version; what is over is left out."""
        return SystemNotices(self.system, self.version + 1, tuple(one for one in notices if not one.is_over(at)))


class SystemNoticeStore(Protocol):
    """Where notices are kept, for all replicas."""

    async def all(self) -> Sequence[SystemNotices]:
        """The notices of every system that ever had some."""
        ...

    async def find(self, system: str) -> SystemNotices:
        """The notices of this system: version 0 if it never had any."""
        ...

    async def put(self, notices: SystemNotices, also: Also | None = None) -> bool:
        """Keep a next version; False, and nothing is kept, unless it follows the one that is there."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[SystemNotices]]:
        """What is put from now on, by whichever replica."""
        ...


class NoticeBoard(Protocol):
    """The notices as this replica knows them; asked before every call, so it only looks into memory."""

    def of(self, system: str) -> SystemNotices:
        """All notices of a system."""
        ...

    def current(self, system: str) -> SystemNotice | None:
        """The notice because of which the system is not asked at this moment."""
        ...


class NoNotices:
    """The NoticeBoard of a gateway without notices."""

    def of(self, system: str) -> SystemNotices:
        """None."""
        return SystemNotices(system)

    def current(self, system: str) -> SystemNotice | None:  # noqa: ARG002 - the protocol's signature
        """None."""
        return None


def _end(notice: SystemNotice) -> tuple[bool, float]:
    return notice.ends is None, notice.ends.timestamp() if notice.ends else 0.0
