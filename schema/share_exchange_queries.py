"""Root fields of Query on what is at exchanges."""

from typing import Final

import strawberry

from gateway.core.sharing.forwarding import ForwardingState
from schema.context import ContextInfo
from schema.pages import page_info
from schema.types.share_forwardings import ShareForwardingConnection, ShareForwardingEdge
from schema.types.share_requests import ShareRequest

_FORWARDINGS: Final = 20


@strawberry.type
class ShareExchangeQueries:
    """What is at exchanges, for supervision."""

    @strawberry.field(
        description="转办至上级平台的申请，停留最久者在前；枢纽、运维、审计与主管部门可查 · "
        "Requests at exchanges, those first whose state has lasted longest: for the hub, operations, auditors and "
        "competent authorities; with `needsPerson` those that somebody has to settle"
    )
    async def forwardings(
        self,
        info: ContextInfo,
        state: ForwardingState | None = None,
        needs_person: bool | None = None,  # noqa: FBT001 - an argument of the schema
        first: int | None = _FORWARDINGS,
        after: str | None = None,
    ) -> ShareForwardingConnection | None:
        context = info.context
        size = _FORWARDINGS if first is None else first
        found = await context.use_cases.exchanges.list(state, size, after, context.call, needs_person=needs_person)
        nodes = [ShareRequest.of(one) for one in found.nodes]
        return ShareForwardingConnection(
            nodes=nodes,
            edges=[
                ShareForwardingEdge(cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)
            ],
            page_info=page_info(found),
        )
