"""Disable a system: it is not asked any more, and its callers read why and until when."""

import secrets
from datetime import datetime

import msgspec

from gateway.core.audit.catalogue import SYSTEM_DISABLED
from gateway.core.call import Call
from gateway.core.system_notice import NoticeKind, SystemNotice, SystemNotices
from gateway.services.auditing import Note
from gateway.services.closing import NoticeDesk, checked_end, checked_text


class DisableRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: the system, the words in both languages, until when (None: until it is enabled)."""

    code: str
    notice_zh: str
    notice_en: str
    until: datetime | None
    expected_version: int


class DisableSystem:
    """Disables systems."""

    def __init__(self, desk: NoticeDesk) -> None:
        self._desk = desk

    async def __call__(self, request: DisableRequest, call: Call) -> SystemNotices:
        """The system's notices, with this one in place of an earlier one.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for the words or the end, CONFLICT for another version.
        """
        async with self._desk.audit.noting(SYSTEM_DISABLED, call) as note:
            return await self._disabled(request, call, note)

    async def _disabled(self, request: DisableRequest, call: Call, note: Note) -> SystemNotices:
        person = self._desk.admit(request.code, call, note)
        now = self._desk.clock.now()
        notice = SystemNotice(
            id=secrets.token_hex(8),
            kind=NoticeKind.DISABLED,
            text=checked_text(request.notice_zh, request.notice_en),
            begins=now,
            ends=None if request.until is None else checked_end(request.until, now, now, "input.until"),
            set_by=person.subject,
        )
        if notice.ends is not None:
            note.says(until=notice.ends.isoformat())
        return await self._desk.change(
            request.code, request.expected_version, lambda notices, at: notices.disabled(notice, at), note
        )
