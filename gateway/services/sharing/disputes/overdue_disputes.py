"""Clocks of disputes: by when each is to be answered, and its answer noted by everyone, and which are late."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from gateway.core.audit.share_kinds import SHARE_SUPERVISED
from gateway.core.call import Call
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.deadlines import Run
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.share_day import answered_disputes, open_disputes
from gateway.services.sharing.supervise import MOST_SHOWN, Clocked, Supervise


class OverdueDispute(msgspec.Struct, frozen=True):
    """A late dispute, and its clock."""

    seen: SeenDispute
    clocked: Clocked


class OverdueDisputes:
    """Answers those who look after data sharing, and every party about the clock of its dispute."""

    def __init__(self, desk: DisputeDesk, supervise: Supervise) -> None:
        self._desk = desk
        self._supervise = supervise

    def clock(self, dispute: Dispute) -> Clocked:
        """By when a dispute that the caller may see is or was to be answered."""
        return self._clocked(dispute.run())

    def noting(self, dispute: Dispute) -> Clocked | None:
        """By when its recipients are or were to take note of the answer; None before there is one."""
        run = dispute.acknowledgement()
        return None if run is None else self._clocked(run)

    async def __call__(self, call: Call) -> Sequence[OverdueDispute]:
        """The late disputes, latest first, MOST_SHOWN at most.

        Of one that waits for its recipients those are shown that have not taken note yet.

        Raises:
            Refusal: FORBIDDEN for all but the hub, operations, auditors and competent authorities.
        """
        share = self._desk.share
        async with share.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="overdue-disputes")
            body = self._supervise.admit(call)
            late = [
                OverdueDispute(SeenDispute(dispute=dispute, roles=frozenset(), recipients=dispute.untold()), clocked)
                async for dispute, clocked in self._going()
                if body is None or share.rules.offices.authority(dispute.region) == body
                if clocked.late
            ]
            note.counts(len(late))
        return sorted(late, key=lambda one: (-one.clocked.late, one.seen.dispute.id))[:MOST_SHOWN]

    async def _going(self) -> AsyncIterator[tuple[Dispute, Clocked]]:
        """Every dispute that goes on, with the clock that runs."""
        disputes = self._desk.share.disputes
        async for dispute in open_disputes(disputes):
            yield dispute, self.clock(dispute)
        async for dispute in answered_disputes(disputes):
            clocked = self.noting(dispute)
            assert clocked is not None, "it is answered"
            yield dispute, clocked

    def _clocked(self, run: Run) -> Clocked:
        deadlines = self._desk.share.rules.deadlines
        return Clocked(run, deadlines.due(run), deadlines.overdue(run, self._desk.share.clock.now()))
