"""Root fields of Mutation. A payload's problems are what the caller can mend; what policy refuses is an error."""

from collections.abc import Awaitable
from typing import TypeVar

import strawberry

from gateway.core.errors import Refusal
from gateway.core.problems import ProblemCode
from gateway.services.record_mandate import MandateRequest
from schema.context import ContextInfo
from schema.types.common import Problem
from schema.types.uses import (
    ApplicationPayload,
    BindApplicationInput,
    Mandate,
    MandatePayload,
    OpenApplicationInput,
    OpenUseInput,
    OpenUsePayload,
    PreApplication,
    PresentLicenceInput,
    PresentLicencePayload,
    RecordMandateInput,
    RevokeMandateInput,
    Use,
)

T = TypeVar("T")
_MENDABLE = frozenset({ProblemCode.BAD_INPUT, ProblemCode.CONFLICT, ProblemCode.NOT_FOUND})


@strawberry.type(description="变更 · What can be changed")
class Mutation:
    """What can be changed."""

    @strawberry.mutation(
        description="开立用途；此后的敏感查询都须携带它 · Open a purpose under which sensitive fields are asked"
    )
    async def open_use(self, info: ContextInfo, input: OpenUseInput) -> OpenUsePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        use, problems = await _attempt(context.use_cases.open_use(input.request(), context.call), info)
        if use is None:
            return OpenUsePayload(use=None, problems=problems)
        opened = Use(id=strawberry.ID(use.id), item=use.item, basis=use.basis, expires_at=use.expires_at)
        return OpenUsePayload(use=opened, problems=[])

    @strawberry.mutation(description="登记委托，由持证人本人办理 · Record a mandate, by the signed-in holder")
    async def record_mandate(self, info: ContextInfo, input: RecordMandateInput) -> MandatePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        request = MandateRequest(
            agent=(input.agent.type, input.agent.number, input.agent.name),
            items=tuple(input.items),
            types=tuple(input.types) if input.types is not None else None,
            expires_at=input.expires_at,
        )
        mandate, problems = await _attempt(context.use_cases.mandates(request, context.call), info)
        return MandatePayload(mandate=Mandate.of(mandate) if mandate else None, problems=problems)

    @strawberry.mutation(description="撤销本人登记的委托 · End a mandate of one's own")
    async def revoke_mandate(self, info: ContextInfo, input: RevokeMandateInput) -> MandatePayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        mandate, problems = await _attempt(context.use_cases.mandates.revoke(input.id, context.call), info)
        return MandatePayload(mandate=Mandate.of(mandate) if mandate else None, problems=problems)

    @strawberry.mutation(description="亮证：取得几分钟内有效的码 · Show a licence: a code that lives for minutes")
    async def present_licence(self, info: ContextInfo, input: PresentLicenceInput) -> PresentLicencePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        attempt = context.use_cases.present_licence(input.use, input.licence, context.call)
        presentation, problems = await _attempt(attempt, info)
        if presentation is None:
            return PresentLicencePayload(code=None, expires_at=None, problems=problems)
        return PresentLicencePayload(code=presentation.code, expires_at=presentation.expires_at, problems=[])

    @strawberry.mutation(
        description="申请预办编号，须在期限内关联办件 · A number for a case to come, to be bound in time"
    )
    async def open_application(self, info: ContextInfo, input: OpenApplicationInput) -> ApplicationPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        opened, problems = await _attempt(context.use_cases.pre_applications.open(input.item, context.call), info)
        return ApplicationPayload(application=PreApplication.of(opened) if opened else None, problems=problems)

    @strawberry.mutation(description="把预办编号关联到办件 · Bind a pre-application number to its case")
    async def bind_application(self, info: ContextInfo, input: BindApplicationInput) -> ApplicationPayload | None:  # noqa: A002 - as the contract names inputs
        context = info.context
        attempt = context.use_cases.pre_applications.bind(input.number, input.case, context.call)
        bound, problems = await _attempt(attempt, info)
        return ApplicationPayload(application=PreApplication.of(bound) if bound else None, problems=problems)


async def _attempt(attempt: Awaitable[T], info: ContextInfo) -> tuple[T | None, list[Problem]]:
    """What the use case gave, or what the caller can mend; anything else is raised."""
    try:
        return await attempt, []
    except Refusal as refusal:
        if refusal.problem.code not in _MENDABLE:
            raise
        return None, [Problem.of(refusal, info.context.call.language)]
