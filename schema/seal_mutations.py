"""Root fields of Mutation on the seal register."""

import strawberry

from gateway.services.seal_views import SealView
from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.seals import (
    AuthoriseSealInput,
    AuthoriseSealPayload,
    FreezeSealInput,
    FreezeSealPayload,
    HandOverSealInput,
    HandOverSealPayload,
    RegisterSealInput,
    RegisterSealPayload,
    RenewSealInput,
    RenewSealPayload,
    RevokeSealInput,
    RevokeSealPayload,
    Seal,
    UnfreezeSealInput,
    UnfreezeSealPayload,
    WithdrawSealAuthorisationInput,
    WithdrawSealAuthorisationPayload,
)


@strawberry.type
class SealMutations:
    """Changes of the seal register."""

    @strawberry.mutation(
        description="登记印章，由枢纽管理单位办理；先核验结构、制章者签名与证书链 · "
        "Register a seal, by the hub office; structure, maker's signature and chains are examined first"
    )
    async def register_seal(self, info: ContextInfo, input: RegisterSealInput) -> RegisterSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.seals.register(input.request(), context.call), info)
        return RegisterSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(description="换发印章，由枢纽管理单位办理 · Renew a seal, by the hub office")
    async def renew_seal(self, info: ContextInfo, input: RenewSealInput) -> RenewSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.seals.register.renew(input.request(), context.call), info)
        return RenewSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(
        description="授权用印，由归属部门办理 · Authorise the use of a seal, by the owner's department"
    )
    async def authorise_seal(self, info: ContextInfo, input: AuthoriseSealInput) -> AuthoriseSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.seals.authorise(input.request(), context.call), info)
        return AuthoriseSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(
        description="撤销用印授权，由归属部门办理 · Withdraw an authorisation, by the owner's department"
    )
    async def withdraw_seal_authorisation(
        self,
        info: ContextInfo,
        input: WithdrawSealAuthorisationInput,  # noqa: A002 - as the contract names inputs
    ) -> WithdrawSealAuthorisationPayload | None:
        context = info.context
        withdrawing = context.use_cases.seals.authorise.withdraw(
            input.id, input.authorisation, input.expected_version, context.call
        )
        done, problems = await attempt(withdrawing, info)
        return WithdrawSealAuthorisationPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(
        description="冻结印章，由归属部门、枢纽或运维办理 · "
        "Freeze a seal, by the owner's department, the hub office or operations"
    )
    async def freeze_seal(self, info: ContextInfo, input: FreezeSealInput) -> FreezeSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        freezing = context.use_cases.seals.change.freeze(input.id, input.reason, context.call)
        done, problems = await attempt(freezing, info)
        return FreezeSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(
        description="解冻印章，由归属部门或枢纽办理，须为另一人 · "
        "Unfreeze a seal, by the owner's department or the hub office: another person than who froze it"
    )
    async def unfreeze_seal(self, info: ContextInfo, input: UnfreezeSealInput) -> UnfreezeSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        unfreezing = context.use_cases.seals.change.unfreeze(input.id, input.expected_version, context.call)
        done, problems = await attempt(unfreezing, info)
        return UnfreezeSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(description="注销印章，由枢纽管理单位办理 · Revoke a seal, by the hub office")
    async def revoke_seal(self, info: ContextInfo, input: RevokeSealInput) -> RevokeSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        revoking = context.use_cases.seals.change.revoke(input.id, input.reason, input.expected_version, context.call)
        done, problems = await attempt(revoking, info)
        return RevokeSealPayload(seal=_seal(done), problems=problems)

    @strawberry.mutation(
        description="移交印章，由枢纽管理单位办理；接收机构不是承继机构时原授权终止 · "
        "Hand a seal over, by the hub office; authorisations end unless the body succeeds the former owner"
    )
    async def hand_over_seal(self, info: ContextInfo, input: HandOverSealInput) -> HandOverSealPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        handing = context.use_cases.seals.change.hand_over(input.id, input.body, input.expected_version, context.call)
        done, problems = await attempt(handing, info)
        return HandOverSealPayload(seal=_seal(done), problems=problems)


def _seal(done: SealView | None) -> Seal | None:
    return None if done is None else Seal.of(done)
