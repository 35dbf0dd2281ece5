"""Root fields of Mutation on requests and grants of data sharing."""

import strawberry

from gateway.core.sharing.requests import ShareRequest as CoreRequest
from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.share_grants import (
    NarrowGrantInput,
    NarrowGrantPayload,
    RevokeGrantInput,
    RevokeGrantPayload,
    ShareGrant,
)
from schema.types.share_requests import (
    AttachToShareRequestInput,
    ChangeShareRequestInput,
    DecideShareRequestInput,
    DecideShareRequestPayload,
    RequestShareInput,
    RequestSharePayload,
    ShareRequest,
    ShareRequestPayload,
    WithdrawShareRequestInput,
    WithdrawShareRequestPayload,
    WriteToShareRequestInput,
)


@strawberry.type
class ShareMutations:
    """What the parties of share requests and grants do."""

    @strawberry.mutation(
        description="申请共享数据；无条件共享的立即开通 · "
        "Request data; what is shared unconditionally is granted at once"
    )
    async def request_share(self, info: ContextInfo, input: RequestShareInput) -> RequestSharePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.request(input.request(), context.call), info)
        return RequestSharePayload.of(done, problems)

    @strawberry.mutation(description="修改草稿 · Change a draft")
    async def revise_share_request(
        self,
        info: ContextInfo,
        input: ChangeShareRequestInput,  # noqa: A002 - as the contract names inputs
    ) -> ShareRequestPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.request.revise(input.request(), context.call), info)
        return ShareRequestPayload(request=_shown(done), problems=problems)

    @strawberry.mutation(
        description="提交草稿，或补正后再提交 · Submit a draft, or what was returned with what was mended"
    )
    async def submit_share_request(
        self,
        info: ContextInfo,
        input: ChangeShareRequestInput,  # noqa: A002 - as the contract names inputs
    ) -> RequestSharePayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.request.submit(input.request(), context.call), info)
        return RequestSharePayload.of(done, problems)

    @strawberry.mutation(
        description="办理申请：内部审批、受理、通过、同意、拒绝、退回、延期 · "
        "Take the step of whoever is in charge; an approval issues the grant"
    )
    async def decide_share_request(
        self,
        info: ContextInfo,
        input: DecideShareRequestInput,  # noqa: A002 - the contract's name
    ) -> DecideShareRequestPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.decide(input.request(), context.call), info)
        grant = None if done is None or done.grant is None else ShareGrant.of(done.grant)
        return DecideShareRequestPayload(request=_shown(done.request if done else None), grant=grant, problems=problems)

    @strawberry.mutation(description="撤回申请，决定之前 · Withdraw a request before it is decided")
    async def withdraw_share_request(
        self,
        info: ContextInfo,
        input: WithdrawShareRequestInput,  # noqa: A002 - the contract's name
    ) -> WithdrawShareRequestPayload | None:
        context = info.context
        withdrawing = context.use_cases.sharing.request.withdraw(input.id, input.expected_version, context.call)
        done, problems = await attempt(withdrawing, info)
        return WithdrawShareRequestPayload(request=_shown(done), problems=problems)

    @strawberry.mutation(description="给各方留言 · Write to the other parties")
    async def write_to_share_request(
        self,
        info: ContextInfo,
        input: WriteToShareRequestInput,  # noqa: A002 - as the contract names inputs
    ) -> ShareRequestPayload | None:
        context = info.context
        writing = context.use_cases.sharing.add.write(input.id, input.text, input.expected_version, context.call)
        done, problems = await attempt(writing, info)
        return ShareRequestPayload(request=_shown(done), problems=problems)

    @strawberry.mutation(description="附上一个已上传的文件 · Add a file that was uploaded")
    async def attach_to_share_request(
        self,
        info: ContextInfo,
        input: AttachToShareRequestInput,  # noqa: A002 - as the contract names inputs
    ) -> ShareRequestPayload | None:
        context = info.context
        adding = context.use_cases.sharing.add.attach(input.id, input.upload, input.expected_version, context.call)
        done, problems = await attempt(adding, info)
        return ShareRequestPayload(request=_shown(done), problems=problems)

    @strawberry.mutation(
        description="终止授权，由提供方、主管部门或使用单位办理；返回后不再给出数据 · "
        "Revoke a grant, by its provider, authority or user; once it returns nothing is given any more"
    )
    async def revoke_grant(self, info: ContextInfo, input: RevokeGrantInput) -> RevokeGrantPayload | None:  # noqa: A002 - the contract's name
        context = info.context
        revoking = context.use_cases.sharing.revoke(input.id, input.reason, input.expected_version, context.call)
        done, problems = await attempt(revoking, info)
        return RevokeGrantPayload(grant=None if done is None else ShareGrant.of(done), problems=problems)

    @strawberry.mutation(
        description="收窄授权，由提供方、主管部门或使用单位办理，无须另行申请；返回后只给予保留的部分 · "
        "Narrow a grant, by its provider, authority or user, without another request; once it returns no more is given"
    )
    async def narrow_grant(self, info: ContextInfo, input: NarrowGrantInput) -> NarrowGrantPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.narrow(input.request(), context.call), info)
        return NarrowGrantPayload(grant=None if done is None else ShareGrant.of(done), problems=problems)


def _shown(done: CoreRequest | None) -> ShareRequest | None:
    return None if done is None else ShareRequest.of(done)
