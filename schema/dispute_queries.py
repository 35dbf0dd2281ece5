"""Root fields of Query on disputes of shared records."""

from typing import Final

import strawberry

from gateway.core.sharing.corrections import DisputeRole, DisputeState
from gateway.core.sharing.forwarding import ForwardingState
from gateway.services.sharing.sight import SeenPage
from schema.context import ContextInfo
from schema.types.share_disputes import Dispute, DisputeConnection, OverdueDispute
from schema.types.share_requests import ShareDeadline

_DISPUTES: Final = 20


@strawberry.type
class DisputeQueries:
    """Disputes for those whom they concern."""

    @strawberry.field(
        description="一件校核：提出方、数源单位、收到过该记录的单位与监督人员可见 · "
        "One dispute: for its two sides, whoever received the record, and supervision"
    )
    async def dispute(self, info: ContextInfo, id: strawberry.ID) -> Dispute | None:  # noqa: A002 - as the contract names ids
        context = info.context
        found = await context.use_cases.sharing.disputes.find(id, context.call)
        return None if found is None else Dispute.of(found)

    @strawberry.field(
        description="本单位的校核，新者在前；AUTHORITY 为本单位主管地区的全部，不填 role 为本单位的全部 · "
        "Disputes of one's body in a role, newest first: as AUTHORITY those of its regions; in any other without one, "
        "and all for the hub and auditors"
    )
    async def disputes(
        self,
        info: ContextInfo,
        role: DisputeRole | None = None,
        state: DisputeState | None = None,
        first: int | None = _DISPUTES,
        after: str | None = None,
    ) -> DisputeConnection | None:
        context = info.context
        size = _DISPUTES if first is None else first
        found = await context.use_cases.sharing.disputes.find.page(role, state, size, after, context.call)
        return DisputeConnection.of(found)

    @strawberry.field(
        description="本单位收到过、已有答复而尚未确认知悉的，答复早者在前 · "
        "Answers on records that one's body received and has not taken note of yet, the oldest first"
    )
    async def disputes_to_acknowledge(self, info: ContextInfo, first: int | None = _DISPUTES) -> list[Dispute] | None:
        context = info.context
        size = _DISPUTES if first is None else first
        return [Dispute.of(one) for one in await context.use_cases.sharing.disputes.find.untold(size, context.call)]

    @strawberry.field(
        description="逾期未答复、或答复后逾期未确认知悉的校核，逾期最久者在前；枢纽、运维、审计与主管部门可查 · "
        "Disputes whose answer, or the taking note of it, is late, latest first: for the hub, operations, auditors and "
        "competent authorities"
    )
    async def overdue_disputes(self, info: ContextInfo) -> list[OverdueDispute] | None:
        context = info.context
        return [
            OverdueDispute(dispute=Dispute.of(one.seen), deadline=ShareDeadline.of(one.clocked, context.call.language))
            for one in await context.use_cases.sharing.disputes.overdue(context.call)
        ]

    @strawberry.field(
        description="转办至上级平台的校核，停留最久者在前；枢纽、运维、审计与主管部门可查 · "
        "Disputes at exchanges, those first whose state has lasted longest: for the hub, operations, auditors and "
        "competent authorities; with `needsPerson` those that somebody has to settle"
    )
    async def dispute_forwardings(
        self,
        info: ContextInfo,
        state: ForwardingState | None = None,
        needs_person: bool | None = None,  # noqa: FBT001 - an argument of the schema
        first: int | None = _DISPUTES,
        after: str | None = None,
    ) -> DisputeConnection | None:
        context = info.context
        size = _DISPUTES if first is None else first
        listing = context.use_cases.sharing.disputes.forwardings
        found = await listing(state, size, after, context.call, needs_person=needs_person)
        return DisputeConnection.of(SeenPage(found, found.cursors[-1] if found.cursors else None))
