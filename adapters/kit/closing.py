"""Closing systems: while a notice holds, its port answers with the notice and the system is not asked at all."""

import math
from datetime import date
from pathlib import Path

from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, CaseAnswer, CaseSystem, FileAnswer, IdentityProvider, LicenceSource
from gateway.core.seals.platform import SealLog, SealOrder, SealPlatform, SealReply, SealStatus
from gateway.core.sharing.exchange import (
    ExchangeCatalogue,
    ExchangeList,
    ExchangeOrder,
    ExchangeReply,
    ExchangeStatus,
    Sent,
    ShareExchange,
    Standing,
)
from gateway.core.sharing.exchange_corrections import (
    CorrectionOrder,
    CorrectionStanding,
    CorrectionStatus,
    ShareCorrections,
)
from gateway.core.sharing.source import ShareAnswer, ShareQuestion, ShareSource
from gateway.core.system_notice import NoticeBoard, SystemNotice


class Door:
    """Whether a system may be asked at this moment.

    Args:
        system: its code.
        board: has the notices.
        clock: says how long one still holds.
    """

    def __init__(self, system: str, board: NoticeBoard, clock: Clock) -> None:
        self.system = system
        self._board = board
        self._clock = clock

    @property
    def notice(self) -> SystemNotice | None:
        """The notice that holds; None if the system may be asked."""
        return self._board.current(self.system)

    def seconds(self, notice: SystemNotice) -> int | None:
        """Seconds until the notice ends, if that is known."""
        if notice.ends is None:
            return None
        return max(1, math.ceil((notice.ends - self._clock.now()).total_seconds()))


class ClosableSource:
    """A LicenceSource behind a door."""

    def __init__(self, source: LicenceSource, door: Door) -> None:
        self.system = source.system
        self._source = source
        self._door = door

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        """The holder's licences, or why the system is not asked."""
        return self._closed(call) or await self._source.list(query, wanted, call)

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        """One licence, or why the system is not asked."""
        return self._closed(call) or await self._source.get(key, wanted, call)

    async def file(self, key: LicenceKey, call: Call) -> FileAnswer:
        """The file of one licence, or why the system is not asked."""
        closed = self._door.notice
        if closed is not None:
            return FileAnswer(outcome=Outcome.DISABLED, notice=closed.render(call.language))
        return await self._source.file(key, call)

    def _closed(self, call: Call) -> Answer | None:
        closed = self._door.notice
        if closed is None:
            return None
        seconds = self._door.seconds(closed)
        return Answer(outcome=Outcome.DISABLED, notice=closed.render(call.language), retry_after=seconds)


class ClosableCases:
    """A CaseSystem behind a door."""

    def __init__(self, cases: CaseSystem, door: Door) -> None:
        self.system = cases.system
        self._cases = cases
        self._door = door

    async def status(self, number: str, call: Call) -> CaseAnswer:
        """The status of the case, or why the system is not asked."""
        closed = self._door.notice
        if closed is not None:
            return CaseAnswer(outcome=Outcome.DISABLED, notice=closed.render(call.language))
        return await self._cases.status(number, call)


class ClosableIdentity:
    """An IdentityProvider behind a door."""

    def __init__(self, identity: IdentityProvider, door: Door) -> None:
        self.system = identity.system
        self._identity = identity
        self._door = door

    async def verify_scan(self, scan: str, clerk: Person, call: Call) -> Holder | None:
        """The holder who shows the code; raises SystemFailure DISABLED while a notice holds."""
        closed = self._door.notice
        if closed is not None:
            seconds = self._door.seconds(closed)
            raise SystemFailure(Outcome.DISABLED, Fault.OURS, closed.render(call.language), retry_after=seconds)
        return await self._identity.verify_scan(scan, clerk, call)


class ClosableSealPlatform:
    """A SealPlatform behind a door."""

    def __init__(self, platform: SealPlatform, door: Door) -> None:
        self.system = platform.system
        self.delivery = platform.delivery
        self.modes = platform.modes
        self.asks_by_number = platform.asks_by_number
        self._platform = platform
        self._door = door

    async def seal(self, order: SealOrder, folder: Path, call: Call) -> SealReply:
        """What the platform says, or NOT_SENT and why it is not asked."""
        return self._closed(call) or await self._platform.seal(order, folder, call)

    async def query(self, order: SealOrder, number: str | None, folder: Path, call: Call) -> SealReply:
        """What became of a request, or NOT_SENT and why the platform is not asked."""
        return self._closed(call) or await self._platform.query(order, number, folder, call)

    async def log(self, day: date, call: Call) -> SealLog:
        """The platform's log, or why it is not asked."""
        closed = self._door.notice
        if closed is not None:
            return SealLog(outcome=Outcome.DISABLED, notice=closed.render(call.language))
        return await self._platform.log(day, call)

    def _closed(self, call: Call) -> SealReply | None:
        closed = self._door.notice
        if closed is None:
            return None
        return SealReply(
            status=SealStatus.NOT_SENT,
            outcome=Outcome.DISABLED,
            notice=closed.render(call.language),
            retry_after=self._door.seconds(closed),
        )


class ClosableShareSource:
    """A ShareSource behind a door."""

    def __init__(self, source: ShareSource, door: Door) -> None:
        self.system = source.system
        self._source = source
        self._door = door

    async def query(self, question: ShareQuestion, call: Call) -> ShareAnswer:
        """Records of a resource, or why the system is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._source.query(question, call)
        return ShareAnswer(
            outcome=Outcome.DISABLED,
            notice=closed.render(call.language),
            retry_after=self._door.seconds(closed),
        )


class ClosableShareExchange:
    """A ShareExchange behind a door."""

    def __init__(self, exchange: ShareExchange, door: Door) -> None:
        self.system = exchange.system
        self.delivery = exchange.delivery
        self._exchange = exchange
        self._door = door

    async def request(self, order: ExchangeOrder, call: Call) -> ExchangeReply:
        """What the exchange says, or NOT_SENT and why it is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._exchange.request(order, call)
        return ExchangeReply(
            sent=Sent.NOT_SENT,
            outcome=Outcome.DISABLED,
            notice=closed.render(call.language),
            retry_after=self._door.seconds(closed),
        )

    async def status(self, key: str, number: str | None, call: Call) -> ExchangeStatus:
        """How far a request is, or UNANSWERED and why the exchange is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._exchange.status(key, number, call)
        notice = closed.render(call.language)
        return ExchangeStatus(standing=Standing.UNANSWERED, outcome=Outcome.DISABLED, notice=notice)

    async def withdraw(self, number: str, call: Call) -> Outcome:
        """Whether the exchange was told that a request is withdrawn; DISABLED while a notice holds."""
        return Outcome.DISABLED if self._door.notice is not None else await self._exchange.withdraw(number, call)

    async def listed(self, day: date, call: Call) -> ExchangeList:
        """The exchange's list, or why it is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._exchange.listed(day, call)
        return ExchangeList(outcome=Outcome.DISABLED, notice=closed.render(call.language))

    async def catalogue(self, call: Call) -> ExchangeCatalogue:
        """The exchange's catalogue, or why it is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._exchange.catalogue(call)
        return ExchangeCatalogue(outcome=Outcome.DISABLED, notice=closed.render(call.language))


class ClosableShareCorrections:
    """A ShareCorrections behind a door."""

    def __init__(self, corrections: ShareCorrections, door: Door) -> None:
        self.system = corrections.system
        self.delivery = corrections.delivery
        self._corrections = corrections
        self._door = door

    async def correct(self, order: CorrectionOrder, call: Call) -> ExchangeReply:
        """What the exchange says, or NOT_SENT and why it is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._corrections.correct(order, call)
        return ExchangeReply(
            sent=Sent.NOT_SENT,
            outcome=Outcome.DISABLED,
            notice=closed.render(call.language),
            retry_after=self._door.seconds(closed),
        )

    async def correction(self, key: str, number: str | None, call: Call) -> CorrectionStatus:
        """How far a dispute is, or UNANSWERED and why the exchange is not asked."""
        closed = self._door.notice
        if closed is None:
            return await self._corrections.correction(key, number, call)
        notice = closed.render(call.language)
        return CorrectionStatus(standing=CorrectionStanding.UNANSWERED, outcome=Outcome.DISABLED, notice=notice)

    async def withdraw_correction(self, number: str, call: Call) -> Outcome:
        """Whether the exchange was told that a dispute is taken back; DISABLED while a notice holds."""
        is_open = self._door.notice is None
        return await self._corrections.withdraw_correction(number, call) if is_open else Outcome.DISABLED
