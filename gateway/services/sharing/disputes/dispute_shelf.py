"""Disputes at exchanges: where they are kept, and what belongs to each of their steps."""

from collections.abc import Callable

from gateway.core.audit.share_kinds import DISPUTE_FORWARDED
from gateway.core.records import Also
from gateway.core.sharing.corrections import Dispute, DisputeState
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.forwardings import DisputeForwardingStore
from gateway.core.sharing.parties import GATEWAY
from gateway.services.sharing.desk import ShareDesk


class DisputeShelf:
    """A Shelf of disputes."""

    def __init__(self, share: ShareDesk, forwardings: DisputeForwardingStore) -> None:
        self._share = share
        self._forwardings = forwardings

    async def find(self, record_id: str) -> Dispute | None:
        """The dispute of this id."""
        return await self._share.disputes.find(record_id)

    async def numbered(self, system: str, number: str) -> Dispute | None:
        """The dispute that an exchange knows by this number."""
        return await self._forwardings.numbered(system, number)

    def is_withdrawn(self, record: Dispute) -> bool:
        """Whether nobody here wants it any more."""
        return record.state is not DisputeState.WITH_SOURCE

    def track(self, record: Dispute, step: Callable[[Forwarding], Forwarding]) -> Dispute:
        """With its forwarding as it goes on."""
        return record.track(step, by=GATEWAY)

    def changing(self, before: Dispute, after: Dispute) -> Also | None:
        """The change, with a line in the audit if the forwarding is in another state."""
        old, new, log = before.forwarding, after.forwarding, self._share.log
        assert old is not None
        assert new is not None
        if old == new and before.state is after.state:
            return None
        lines = []
        if (old.state, old.attempts) != (new.state, new.attempts):
            words = {"system": new.system, "forwarding": new.state.value}
            lines.append(log.of_dispute(DISPUTE_FORWARDED, after, self._share.clock.now(), **words))
        return self._forwardings.changing(before, after, log.within(lines))
