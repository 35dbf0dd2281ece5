"""What disabling, enabling and maintaining a system have in common: who may, on which version, in which words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import CHINA, Clock, utc
from gateway.core.errors import Refusal
from gateway.core.ports import SystemDirectory
from gateway.core.system_notice import SystemNotices, SystemNoticeStore
from gateway.core.text import Text
from gateway.services.auditing import Auditing, Note
from gateway.services.notice_board import LiveNotices

LONGEST_TEXT: Final = 500
LONGEST: Final = timedelta(days=366)
_MAY: Final = frozenset({Role.HUB, Role.OPERATIONS})


class NoticeDesk:
    """Changes the notices of systems for those who may.

    Args:
        store: keeps them for all replicas.
        board: this replica's copy, which is up to date when a change is done.
        directory: knows the systems.
        clock: gives the present.
        audit: has every attempt written down.
    """

    def __init__(
        self, store: SystemNoticeStore, board: LiveNotices, directory: SystemDirectory, clock: Clock, audit: Auditing
    ) -> None:
        self._store = store
        self._board = board
        self._directory = directory
        self.clock = clock
        self.audit = audit

    def admit(self, system: str, call: Call, note: Note) -> Person:
        """Who acts; the note knows on which system.

        Raises:
            Refusal: FORBIDDEN for anybody but the hub office and operations, NOT_FOUND for an unknown system.
        """
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        if person.role not in _MAY:
            raise Refusal(problems.SYSTEM_NOTICE_FORBIDDEN)
        if not any(view.code == system for view in self._directory.systems()):
            raise Refusal(problems.SYSTEM_UNKNOWN, "input.code")
        note.says(system=system)
        return person

    async def change(
        self, system: str, expected: int, change: Callable[[SystemNotices, datetime], SystemNotices], note: Note
    ) -> SystemNotices:
        """The notices after ``change``, kept and known here; raises Refusal CONFLICT unless ``expected`` is theirs.

        The note is left in the transaction that keeps them, and says which version holds.
        """
        before = await self._store.find(system)
        if before.version == expected:
            after = change(before, self.clock.now())
            note.says(version=after.version)
            if await self._store.put(after, note.within()):
                self._board.take(after)
                return after
            before = await self._store.find(system)
        self._board.take(before)
        note.says(version=before.version)
        raise Refusal(problems.SYSTEM_NOTICES_CHANGED, "input.expectedVersion", version=before.version)


def checked_text(zh: str, en: str) -> Text:
    """The notice's words; raises Refusal BAD_INPUT."""
    text = Text(zh.strip(), en.strip())
    for name, words in (("noticeZh", text.zh), ("noticeEn", text.en)):
        if not 1 <= len(words) <= LONGEST_TEXT or not words.isprintable():
            raise Refusal(problems.SYSTEM_NOTICE_TEXT_INVALID, f"input.{name}", limit=LONGEST_TEXT)
    return text


def checked_end(ends: datetime, begins: datetime, now: datetime, field: str) -> datetime:
    """The end in UTC; compared before it is converted, which fails at both ends of the calendar."""
    aware = ends if ends.tzinfo else ends.replace(tzinfo=CHINA)
    if not max(begins, now) < aware <= now + LONGEST:
        raise Refusal(problems.SYSTEM_NOTICE_TIME_INVALID, field, days=LONGEST.days)
    return utc(aware)
