"""接入系统: the registered systems and how they fare."""

from datetime import datetime

import strawberry

from gateway.core.health import MEANWHILE
from gateway.core.notices import in_language
from gateway.core.outcome import Fault
from gateway.core.system import Health as CoreHealth
from gateway.core.system import SystemState, SystemView
from gateway.core.text import Language
from schema.scalars import RegionCode
from schema.types.common import Node, PageInfo, Problem
from schema.types.system_notices import SystemNotice


@strawberry.type(description="运行状况 · Judged history of a system's calls")
class Health:
    since: datetime = strawberry.field(description="进入该状态的时间 · When this state began")
    state: SystemState
    last_success: datetime | None
    last_error: str | None
    fault: Fault | None
    p95_milliseconds: float | None
    error_share: float | None = strawberry.field(description="近期失败比例 0–1 · Share of recent calls that failed")
    meanwhile: str | None = strawberry.field(
        description="此时调用方得到什么，正常时为空 · What callers get meanwhile; null while all is well"
    )

    @classmethod
    def of(cls, health: CoreHealth, language: Language) -> "Health":
        """The health in the reader's language."""
        meanwhile = MEANWHILE.get(health.state)
        return cls(
            since=health.since,
            state=health.state,
            last_success=health.last_success,
            last_error=None if health.last_error is None else in_language(health.last_error, language),
            fault=health.fault,
            p95_milliseconds=health.p95_milliseconds,
            error_share=health.error_share,
            meanwhile=None if meanwhile is None else meanwhile.render(language),
        )


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
    notice: SystemNotice | None = strawberry.field(
        description="此刻不查询该系统的原因 · Why it is not asked at this moment"
    )
    maintenance: list[SystemNotice] = strawberry.field(
        description="将要与正在进行的维护 · Maintenance to come or under way"
    )
    notice_version: int = strawberry.field(description="公告的版本，修改时须提交 · Version of its notices, for changes")

    @classmethod
    def of(cls, view: SystemView, language: Language) -> "System":
        """The system in the reader's language."""
        return cls(
            id=strawberry.ID(view.code),
            code=view.code,
            title=view.title_zh if language is Language.ZH else view.title_en,
            level=view.level,
            regions=[RegionCode(code) for code in view.regions],
            state=view.state,
            health=Health.of(view.health, language),
            active_version=view.active_version,
            serves=list(view.serves),
            notice=None if view.closure is None else SystemNotice.of(view.closure, language),
            maintenance=[SystemNotice.of(window, language) for window in view.maintenance],
            notice_version=view.notice_version,
        )


@strawberry.type(description="系统状态的变化 · A change of a system's state")
class SystemHealthChange:
    system: System = strawberry.field(description="变化被告知时的系统 · The system as it is when the change is told")
    from_: SystemState = strawberry.field(name="from", description="先前的状态 · The state before")
    to: SystemState = strawberry.field(description="现在的状态 · The state since")
    at: datetime = strawberry.field(description="变化的时间 · When it changed")


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


@strawberry.type(description="停用的结果 · What came of disabling a system")
class DisableSystemPayload:
    system: System | None
    problems: list[Problem]


@strawberry.type(description="启用的结果 · What came of enabling a system")
class EnableSystemPayload:
    system: System | None
    problems: list[Problem]


@strawberry.type(description="安排或取消维护的结果 · What came of planning or cancelling maintenance")
class MaintenancePayload:
    system: System | None
    problems: list[Problem]
