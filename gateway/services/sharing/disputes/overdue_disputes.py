"""Clocks of disputes: by when each is to be answered, and which are late."""

from collections.abc import Sequence

import msgspec

from gateway.core.audit.share_kinds import SHARE_SUPERVISED
from gateway.core.call import Call
from gateway.core.sharing.corrections import Dispute
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.share_day import open_disputes
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
        run, deadlines = dispute.run(), self._desk.share.rules.deadlines
        return Clocked(run, deadlines.due(run), deadlines.overdue(run, self._desk.share.clock.now()))

    async def __call__(self, call: Call) -> Sequence[OverdueDispute]:
        """The late disputes, latest first, MOST_SHOWN at most.

        Raises:
            Refusal: FORBIDDEN for all but the hub, operations, auditors and competent authorities.
        """
        share = self._desk.share
        async with share.audit.noting(SHARE_SUPERVISED, call) as note:
            note.says(what="overdue-disputes")
            body = self._supervise.admit(call)
            late = [
                OverdueDispute(SeenDispute(dispute=dispute, roles=frozenset(), recipients=()), clocked)
                async for dispute in open_disputes(share.disputes)
                if body is None or share.rules.offices.authority(dispute.region) == body
                if (clocked := self.clock(dispute)).late
            ]
            note.counts(len(late))
        return sorted(late, key=lambda one: (-one.clocked.late, one.seen.dispute.id))[:MOST_SHOWN]
