"""Root fields of Mutation on disputes of shared records."""

import strawberry

from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.common import Problem
from schema.types.share_disputes import (
    AcknowledgeDisputeInput,
    AnswerDisputeInput,
    Dispute,
    DisputePayload,
    DisputeRecordInput,
    DisputeRecordPayload,
    SettleDisputeInput,
    SupplementDisputeInput,
    WithdrawDisputeInput,
    uploads,
)


@strawberry.type
class DisputeMutations:
    """What the parties of a dispute do."""

    @strawberry.mutation(
        description="提出校核，附证据；即转数源单位 · "
        "Report a record as wrong, with evidence; it is with its source at once"
    )
    async def dispute_record(self, info: ContextInfo, input: DisputeRecordInput) -> DisputeRecordPayload | None:  # noqa: A002 - the contract's name
        context = info.context
        done, problems = await attempt(context.use_cases.sharing.disputes.report(input.request(), context.call), info)
        return DisputeRecordPayload(dispute=None if done is None else Dispute.of(done), problems=problems)

    @strawberry.mutation(description="补充证据，交还数源单位 · Add evidence that the source has asked for")
    async def supplement_dispute(self, info: ContextInfo, input: SupplementDisputeInput) -> DisputePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        adding = context.use_cases.sharing.disputes.report.supplement(
            input.id, uploads(input.evidence), input.expected_version, context.call
        )
        return _payload(*await attempt(adding, info))

    @strawberry.mutation(description="撤回校核，答复之前 · Take a dispute back before there is an answer")
    async def withdraw_dispute(self, info: ContextInfo, input: WithdrawDisputeInput) -> DisputePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        withdrawing = context.use_cases.sharing.disputes.report.withdraw(input.id, input.expected_version, context.call)
        return _payload(*await attempt(withdrawing, info))

    @strawberry.mutation(
        description="数源单位办理：退回补充证据、延期、答复；答复后须告知所有收到过的单位 · "
        "The source's step; once it has answered, everyone who received the record is to be told"
    )
    async def answer_dispute(self, info: ContextInfo, input: AnswerDisputeInput) -> DisputePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        return _payload(*await attempt(context.use_cases.sharing.disputes.answer(input.request(), context.call), info))

    @strawberry.mutation(
        description="确认本单位已知悉答复；全部确认后办结 · "
        "Take note of an answer for one's body; once every recipient has, the dispute is closed"
    )
    async def acknowledge_dispute(self, info: ContextInfo, input: AcknowledgeDisputeInput) -> DisputePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        taking = context.use_cases.sharing.disputes.acknowledge(input.id, input.application, context.call)
        return _payload(*await attempt(taking, info))

    @strawberry.mutation(
        description="裁定转办的校核，由枢纽、运维或主管部门办理，提出人除外 · "
        "Settle what becomes of a dispute at its exchange; never by who reported it"
    )
    async def settle_dispute(self, info: ContextInfo, input: SettleDisputeInput) -> DisputePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        settling = context.use_cases.sharing.disputes.settle(input.settlement(), context.call)
        return _payload(*await attempt(settling, info))


def _payload(done: SeenDispute | None, problems: list[Problem]) -> DisputePayload:
    return DisputePayload(dispute=None if done is None else Dispute.of(done), problems=problems)
