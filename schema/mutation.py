"""Root fields of Mutation. A payload's problems are what the caller can mend; what policy refuses is an error."""

import strawberry

from gateway.core.errors import Refusal
from gateway.core.problems import ProblemCode
from schema.context import ContextInfo
from schema.types.common import Problem
from schema.types.uses import OpenUseInput, OpenUsePayload, Use


@strawberry.type(description="变更 · What can be changed")
class Mutation:
    """What can be changed."""

    @strawberry.mutation(
        description="开立用途；此后的敏感查询都须携带它 · Open a purpose under which sensitive fields are asked"
    )
    async def open_use(self, info: ContextInfo, input: OpenUseInput) -> OpenUsePayload | None:  # noqa: A002 - the contract's name
        context = info.context
        try:
            use = await context.use_cases.open_use(input.request(), context.call)
        except Refusal as refusal:
            if refusal.problem.code is not ProblemCode.BAD_INPUT:
                raise
            return OpenUsePayload(use=None, problems=[Problem.of(refusal, context.call.language)])
        return OpenUsePayload(
            use=Use(id=strawberry.ID(use.id), item=use.item, basis=use.basis, expires_at=use.expires_at), problems=[]
        )
