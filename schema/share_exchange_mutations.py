"""Root fields of Mutation on what exchanges decide."""

import strawberry

from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.share_forwardings import (
    CheckUpstreamGrantInput,
    CheckUpstreamGrantPayload,
    ImportExchangeCatalogueInput,
    ImportExchangeCataloguePayload,
    SettleForwardingInput,
    SettleForwardingPayload,
)
from schema.types.share_grants import ShareGrant
from schema.types.share_requests import ShareRequest


@strawberry.type
class ShareExchangeMutations:
    """What people do about requests and grants of exchanges."""

    @strawberry.mutation(
        description="裁定存疑或查无此件的转办，由枢纽、运维或主管部门办理，申请经办人除外 · "
        "Settle what became of a request that is in doubt or lost; never by who asked for the data"
    )
    async def settle_forwarding(
        self,
        info: ContextInfo,
        input: SettleForwardingInput,  # noqa: A002 - as the contract names inputs
    ) -> SettleForwardingPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.exchanges.settle(input.settlement(), context.call), info)
        return SettleForwardingPayload(request=None if done is None else ShareRequest.of(done), problems=problems)

    @strawberry.mutation(
        description="立即向上级平台核对授权 · Have the exchange asked at once whether a grant still holds"
    )
    async def check_upstream_grant(
        self,
        info: ContextInfo,
        input: CheckUpstreamGrantInput,  # noqa: A002 - as the contract names inputs
    ) -> CheckUpstreamGrantPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.exchanges.check(input.id, context.call), info)
        return CheckUpstreamGrantPayload(grant=None if done is None else ShareGrant.of(done), problems=problems)

    @strawberry.mutation(
        description="从上级平台导入目录，由枢纽办理；有问题的资源列出而不导入 · "
        "Import the catalogue of an exchange, by the hub office; what is wrong with a resource is told, and it is left"
    )
    async def import_exchange_catalogue(
        self,
        info: ContextInfo,
        input: ImportExchangeCatalogueInput,  # noqa: A002 - as the contract names inputs
    ) -> ImportExchangeCataloguePayload | None:
        context = info.context
        importing = context.use_cases.exchanges.import_catalogue(
            input.system, context.call, dry_run=bool(input.dry_run)
        )
        done, problems = await attempt(importing, info)
        return ImportExchangeCataloguePayload.of(done, problems, context.call.language)
