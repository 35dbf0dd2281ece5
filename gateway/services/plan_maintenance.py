"""Plan maintenance: a window in which a system is not asked and nobody is alarmed; and cancel it."""

import secrets
from datetime import datetime

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import MAINTENANCE_CANCELLED, MAINTENANCE_PLANNED
from gateway.core.call import Call
from gateway.core.clock import CHINA, utc
from gateway.core.errors import Refusal
from gateway.core.system_notice import MOST_WINDOWS, NoticeKind, SystemNotice, SystemNotices
from gateway.services.auditing import Note
from gateway.services.closing import LONGEST, NoticeDesk, checked_end, checked_text


class MaintenanceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: the system, the words in both languages, and the window. A time without zone is China's."""

    code: str
    notice_zh: str
    notice_en: str
    begins: datetime
    ends: datetime
    expected_version: int


class PlanMaintenance:
    """Plans and cancels maintenance windows."""

    def __init__(self, desk: NoticeDesk) -> None:
        self._desk = desk

    async def __call__(self, request: MaintenanceRequest, call: Call) -> SystemNotices:
        """The system's notices with one more window, which may have begun already.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for words or times, LIMIT for too many windows, CONFLICT.
        """
        async with self._desk.audit.noting(MAINTENANCE_PLANNED, call) as note:
            return await self._planned(request, call, note)

    async def _planned(self, request: MaintenanceRequest, call: Call, note: Note) -> SystemNotices:
        person = self._desk.admit(request.code, call, note)
        now = self._desk.clock.now()
        text = checked_text(request.notice_zh, request.notice_en)
        begins = request.begins if request.begins.tzinfo else request.begins.replace(tzinfo=CHINA)
        if not now - LONGEST <= begins <= now + LONGEST:
            raise Refusal(problems.SYSTEM_NOTICE_TIME_INVALID, "input.begins", days=LONGEST.days)
        ends = checked_end(request.ends, begins, now, "input.ends")
        window = SystemNotice(
            id=secrets.token_hex(8),
            kind=NoticeKind.MAINTENANCE,
            text=text,
            begins=utc(begins),
            ends=ends,
            set_by=person.subject,
        )
        note.says(window=window.id, begins=window.begins.isoformat(), ends=ends.isoformat())

        def planned(notices: SystemNotices, at: datetime) -> SystemNotices:
            if len(notices.planned(at)) >= MOST_WINDOWS:
                raise Refusal(problems.SYSTEM_WINDOWS_TOO_MANY, "input", limit=MOST_WINDOWS)
            return notices.with_window(window, at)

        return await self._desk.change(request.code, request.expected_version, planned, note)

    async def cancel(self, code: str, window: str, expected_version: int, call: Call) -> SystemNotices:
        """The system's notices without this window, which ends now if it is under way.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND for an unknown system or window, CONFLICT.
        """
        async with self._desk.audit.noting(MAINTENANCE_CANCELLED, call) as note:
            self._desk.admit(code, call, note)

            def cancelled(notices: SystemNotices, at: datetime) -> SystemNotices:
                if all(one.id != window for one in notices.planned(at)):
                    raise Refusal(problems.SYSTEM_WINDOW_UNKNOWN, "input.window")
                note.says(window=window)
                return notices.without_window(window, at)

            return await self._desk.change(code, expected_version, cancelled, note)
