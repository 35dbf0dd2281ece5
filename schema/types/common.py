"""Types that every topic shares."""

from datetime import datetime

import strawberry

from gateway.core.errors import Refusal
from gateway.core.outcome import Fault, Outcome, ServedFrom
from gateway.core.problems import ProblemCode
from gateway.core.text import Language


@strawberry.interface(description="具有全局标识的对象 · An object with an id")
class Node:
    id: strawberry.ID


@strawberry.type(description="翻页信息 · How a page continues")
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type(description="来源报告 · What one system contributed to the answer")
class SourceReport:
    system: str = strawberry.field(description="系统代码 · The system's code")
    outcome: Outcome
    fault: Fault | None
    served_from: ServedFrom | None
    as_of: datetime | None = strawberry.field(description="数据时点 · The instant the system vouches for")
    milliseconds: float | None = strawberry.field(description="等待毫秒数 · How long the answer was waited for")
    truncated: bool = strawberry.field(description="是否被截断 · Whether rows are missing from the answer")
    code: str | None = strawberry.field(description="系统自身的代码 · The system's own code")
    message: str | None = strawberry.field(
        description="系统自身的说明，仅工作人员可见 · The system's own text, for officers and operations"
    )
    notice: str | None = strawberry.field(description="网关的说明 · The gateway's explanation")
    retry_after: int | None = strawberry.field(description="建议重试秒数 · Seconds after which to try again")


@strawberry.type(description="可由调用者改正的问题 · What the caller can mend")
class Problem:
    code: ProblemCode
    message: str
    field: str | None
    remedy: str | None

    @classmethod
    def of(cls, refusal: Refusal, language: Language) -> "Problem":
        """The refusal as a problem of a payload."""
        return cls(
            code=refusal.problem.code,
            message=refusal.message(language),
            field=refusal.field,
            remedy=refusal.remedy(language),
        )
