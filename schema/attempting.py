"""Mutations' attempts: a payload's problems are what the caller can mend; what policy refuses is an error."""

from collections.abc import Awaitable
from typing import Final, TypeVar

from gateway.core.errors import Refusal
from gateway.core.problems import ProblemCode
from schema.context import ContextInfo
from schema.types.common import Problem

T = TypeVar("T")
_MENDABLE: Final = frozenset({ProblemCode.BAD_INPUT, ProblemCode.CONFLICT, ProblemCode.NOT_FOUND})


async def attempt(attempted: Awaitable[T], info: ContextInfo) -> tuple[T | None, list[Problem]]:
    """What the use case gave, or what the caller can mend; anything else is raised."""
    try:
        return await attempted, []
    except Refusal as refusal:
        if refusal.problem.code not in _MENDABLE:
            raise
        return None, [Problem.of(refusal, info.context.call.language)]
