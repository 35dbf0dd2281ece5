"""Requests at exchanges: where they are kept, and what belongs to each of their steps."""

from collections.abc import Callable

from gateway.core.audit.share_kinds import SHARE_FORWARDED
from gateway.core.records import Also
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.forwardings import ForwardingStore
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.steps import RequestState
from gateway.services.sharing.desk import ShareDesk


class RequestShelf:
    """A Shelf of requests."""

    def __init__(self, desk: ShareDesk, forwardings: ForwardingStore) -> None:
        self.desk = desk
        self._forwardings = forwardings

    async def find(self, record_id: str) -> ShareRequest | None:
        """The request of this id."""
        return await self.desk.requests.find(record_id)

    async def numbered(self, system: str, number: str) -> ShareRequest | None:
        """The request that an exchange knows by this number."""
        return await self._forwardings.numbered(system, number)

    def is_withdrawn(self, record: ShareRequest) -> bool:
        """Whether nobody here wants it any more."""
        return record.state is not RequestState.WITH_PROVIDER

    def track(self, record: ShareRequest, step: Callable[[Forwarding], Forwarding]) -> ShareRequest:
        """With its forwarding as it goes on."""
        return record.track(step, by=GATEWAY)

    def changing(self, before: ShareRequest, after: ShareRequest) -> Also | None:
        """The change, with a line in the audit if the forwarding is in another state."""
        old, new, log = before.forwarding, after.forwarding, self.desk.log
        assert old is not None
        assert new is not None
        if old == new and before.state is after.state:
            return None
        lines = []
        if (old.state, old.attempts) != (new.state, new.attempts):
            words = {"system": new.system, "forwarding": new.state.value}
            lines.append(log.of_request(SHARE_FORWARDED, after, self.desk.clock.now(), **words))
        return self._forwardings.changing(before, after, log.within(lines))
