"""接入系统: the registered systems and how they fare."""

from datetime import datetime

import msgspec
import strawberry

from gateway.core.notices import in_language
from gateway.core.outcome import Fault
from gateway.core.system import SystemState, SystemView
from gateway.core.text import Language
from schema.scalars import RegionCode
from schema.types.common import Node, PageInfo


@strawberry.type(description="运行状况 · Judged history of a system's calls")
class Health:
    since: datetime = strawberry.field(description="进入该状态的时间 · When this state began")
    state: SystemState
    last_success: datetime | None
    last_error: str | None
    fault: Fault | None
    p95_milliseconds: float | None
    error_share: float | None = strawberry.field(description="近期失败比例 0–1 · Share of recent calls that failed")


@strawberry.type(description="接入系统 · A legacy system behind the gateway")
class System(Node):
    code: str
    title: str
    level: str = strawberry.field(description="层级 · nation, province, city, county, township, village or zone")
    regions: list[RegionCode]
    state: SystemState
    health: Health
    active_version: int | None
    serves: list[str]

    @classmethod
    def of(cls, view: SystemView, language: Language) -> "System":
        """The system in the reader's language."""
        health = view.health
        if health.last_error is not None:
            health = msgspec.structs.replace(health, last_error=in_language(health.last_error, language))
        return cls(
            id=strawberry.ID(view.code),
            code=view.code,
            title=view.title_zh if language is Language.ZH else view.title_en,
            level=view.level,
            regions=[RegionCode(code) for code in view.regions],
            state=view.state,
            health=health,  # type: ignore[arg-type] # the core's struct has the fields of the type
            active_version=view.active_version,
            serves=list(view.serves),
        )


@strawberry.type(description="分页中的系统 · A system in a page")
class SystemEdge:
    cursor: str
    node: System


@strawberry.type(description="系统分页 · A page of systems")
class SystemConnection:
    nodes: list[System]
    edges: list[SystemEdge]
    page_info: PageInfo
    total_count: int
