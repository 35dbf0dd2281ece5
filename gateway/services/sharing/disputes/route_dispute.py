"""Where a dispute is answered: at the exchange that the record came from if it takes any, or by the source here."""

from collections.abc import Mapping
from datetime import datetime

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.records import Also
from gateway.core.sharing.corrections import Dispute, Origin
from gateway.core.sharing.exchange_corrections import CorrectingExchanges
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.grants import access_of
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.resources import Resource
from gateway.core.sharing.values import ValueUnreadable, write_parameter
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.exchanges.forward_pace import dispute_task


class RouteDispute:
    """Queues disputes for exchanges."""

    def __init__(self, share: ShareDesk, exchanges: CorrectingExchanges) -> None:
        self._share = share
        self._exchanges = exchanges

    async def __call__(
        self, dispute: Dispute, resource: Resource, record: Mapping[str, str], now: datetime
    ) -> tuple[Dispute, Also | None]:
        """The dispute, queued for its exchange if it has one that takes disputes, and the task that brings it there.

        An exchange that is not open may take it later; what it does not take is handed back.

        Raises:
            Refusal: BAD_INPUT if the record's keys are not those with which the disputed record was asked for.
        """
        share, upstream = self._share, resource.upstream
        lineage = await share.grants.lineage(dispute.delivery.grant)
        access = access_of(lineage)
        if upstream is None or access is None or access.system != upstream.system:
            return dispute, None
        is_open = self._exchanges.share_exchange(upstream.system) is not None
        if is_open and self._exchanges.share_corrections(upstream.system) is None:
            return dispute, None
        queued = Forwarding(system=upstream.system, resource=upstream.number, key=dispute.id, since=now)
        origin = Origin(access.number, lineage[-1].requester, self._keys(dispute, resource, record))
        authority = share.rules.offices.authority(dispute.region)
        forwarded = dispute.forward(queued, origin, authority, by=GATEWAY)
        return forwarded, share.tasks.adding([dispute_task(dispute.id, now)])

    def _keys(self, dispute: Dispute, resource: Resource, record: Mapping[str, str]) -> dict[str, str]:
        """The record's keys as they are sent, if they are those of the receipt."""
        named = ", ".join(resource.keys) or "–"
        refusal = Refusal(problems.DISPUTE_NEEDS_RECORD, "input.record", keys=named)
        if record.keys() != set(resource.keys):
            raise refusal
        try:
            keys = {name: write_parameter(resource.item(name), record[name]) for name in resource.keys}
        except ValueUnreadable:
            raise refusal from None
        if dispute.delivery.subject not in (self._share.log.subjects(keys, resource) or ("",)):
            raise refusal
        return keys
