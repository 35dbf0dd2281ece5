"""Enable a system that was disabled."""

from gateway.core.audit.catalogue import SYSTEM_ENABLED
from gateway.core.call import Call
from gateway.core.system_notice import SystemNotices
from gateway.services.closing import NoticeDesk


class EnableSystem:
    """Takes the notice back by which a system is disabled; maintenance windows stay."""

    def __init__(self, desk: NoticeDesk) -> None:
        self._desk = desk

    async def __call__(self, code: str, expected_version: int, call: Call) -> SystemNotices:
        """The system's notices; one that is not disabled may be enabled, too.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, CONFLICT for another version.
        """
        async with self._desk.audit.noting(SYSTEM_ENABLED, call) as note:
            self._desk.admit(code, call, note)
            return await self._desk.change(code, expected_version, lambda notices, at: notices.enabled(at), note)
