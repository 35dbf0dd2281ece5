"""Root fields of Mutation on sealings."""

import strawberry

from gateway.core.seals.sealing import Sealing as CoreSealing
from gateway.services.sealing.asking import SealRequest
from gateway.services.sealing.seal_documents import Batch
from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.sealing import (
    ApproveSealingInput,
    ApproveSealingPayload,
    CancelSealingInput,
    CancelSealingPayload,
    SealDocumentInput,
    SealDocumentPayload,
    SealDocumentsInput,
    SealDocumentsPayload,
    Sealing,
    SettleSealingInput,
    SettleSealingPayload,
    Verification,
    VerifyFileInput,
    VerifySealedDocumentPayload,
)


@strawberry.type
class SealingMutations:
    """What is done to documents that are to be sealed."""

    @strawberry.mutation(
        description="给一份文件用印：立即返回，进展见 sealing 与 sealingProgress · "
        "Have a document sealed: it answers at once, and goes on as sealing and sealingProgress tell"
    )
    async def seal_document(self, info: ContextInfo, input: SealDocumentInput) -> SealDocumentPayload | None:  # noqa: A002 - the contract's name
        done, problems = await attempt(_asked(info, input), info)
        return SealDocumentPayload(sealing=_shown(done.sealings[0], info) if done else None, problems=problems)

    @strawberry.mutation(description="给一批文件用印，最多 5000 份 · Have up to 5,000 documents sealed")
    async def seal_documents(self, info: ContextInfo, input: SealDocumentsInput) -> SealDocumentsPayload | None:  # noqa: A002 - the contract's name
        done, problems = await attempt(_asked(info, input), info)
        if done is None:
            return SealDocumentsPayload(batch=None, sealings=None, problems=problems)
        language = info.context.call.language
        return SealDocumentsPayload(
            batch=None if done.id is None else strawberry.ID(done.id),
            sealings=[Sealing.of(one, language) for one in done.sealings],
            problems=[],
        )

    @strawberry.mutation(description="审批一次用印 · Approve a sealing, or do not")
    async def approve_sealing(self, info: ContextInfo, input: ApproveSealingInput) -> ApproveSealingPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        agreed = input.approve is not False
        decided = context.use_cases.sealing.decide.approve(input.sealing, context.call, agreed=agreed)
        done, problems = await attempt(decided, info)
        return ApproveSealingPayload(sealing=_shown(done, info), problems=problems)

    @strawberry.mutation(description="撤回一次用印 · Cancel a sealing")
    async def cancel_sealing(self, info: ContextInfo, input: CancelSealingInput) -> CancelSealingPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.sealing.decide.cancel(input.sealing, context.call), info)
        return CancelSealingPayload(sealing=_shown(done, info), problems=problems)

    @strawberry.mutation(
        description="裁定存疑的用印，须为申请人以外的人 · Settle a sealing in doubt; never by who asked for it"
    )
    async def settle_sealing(self, info: ContextInfo, input: SettleSealingInput) -> SettleSealingPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        done, problems = await attempt(context.use_cases.sealing.settle(input.settlement(), context.call), info)
        return SettleSealingPayload(sealing=_shown(done, info), problems=problems)

    @strawberry.mutation(description="核验盖章文件 · Examine a sealed document")
    async def verify_sealed_document(
        self,
        info: ContextInfo,
        input: VerifyFileInput,  # noqa: A002 - the contract's name
    ) -> VerifySealedDocumentPayload | None:
        context = info.context
        done, problems = await attempt(context.use_cases.sealing.verify(input.file.upload, context.call), info)
        shown = None if done is None else Verification.of(done, context.call.language)
        return VerifySealedDocumentPayload(verification=shown, problems=problems)


async def _asked(info: ContextInfo, asked: SealDocumentInput | SealDocumentsInput) -> Batch:
    request: SealRequest = asked.request()
    return await info.context.use_cases.sealing.ask(request, info.context.call)


def _shown(sealing: CoreSealing | None, info: ContextInfo) -> Sealing | None:
    return None if sealing is None else Sealing.of(sealing, info.context.call.language)
