"""停用与维护: why a system is not asked, and the changes that say so."""

from datetime import datetime

import strawberry

from gateway.core.system_notice import NoticeKind
from gateway.core.system_notice import SystemNotice as CoreNotice
from gateway.core.text import Language
from gateway.services.disable_system import DisableRequest
from gateway.services.plan_maintenance import MaintenanceRequest


@strawberry.type(description="系统公告：为何不查询该系统 · Why a system is not asked")
class SystemNotice:
    id: strawberry.ID
    kind: NoticeKind
    text: str = strawberry.field(description="调用方读到的说明 · What callers read")
    begins: datetime
    ends: datetime | None = strawberry.field(
        description="结束时间，空为直至取消 · When it ends; null means until it is taken back"
    )

    @classmethod
    def of(cls, notice: CoreNotice, language: Language) -> "SystemNotice":
        """The notice in the reader's language."""
        return cls(
            id=strawberry.ID(notice.id),
            kind=notice.kind,
            text=notice.render(language),
            begins=notice.begins,
            ends=notice.ends,
        )


@strawberry.input(description="停用一个系统 · Disable a system")
class DisableSystemInput:
    code: str = strawberry.field(description="系统代码 · The system's code")
    notice_zh: str = strawberry.field(description="调用方读到的中文说明 · What callers read in Chinese")
    notice_en: str = strawberry.field(description="调用方读到的英文说明 · What callers read in English")
    until: datetime | None = strawberry.field(
        default=None, description="到期自动恢复，空为直至启用 · When it ends by itself; null means until it is enabled"
    )
    expected_version: int = strawberry.field(description="读到的 noticeVersion · The noticeVersion that was read")

    def request(self) -> DisableRequest:
        """The use case's request."""
        return DisableRequest(
            code=self.code,
            notice_zh=self.notice_zh,
            notice_en=self.notice_en,
            until=self.until,
            expected_version=self.expected_version,
        )


@strawberry.input(description="启用一个被停用的系统 · Enable a system that was disabled")
class EnableSystemInput:
    code: str
    expected_version: int


@strawberry.input(description="安排维护窗口 · Plan a maintenance window")
class PlanMaintenanceInput:
    code: str
    notice_zh: str
    notice_en: str
    begins: datetime
    ends: datetime
    expected_version: int

    def request(self) -> MaintenanceRequest:
        """The use case's request."""
        return MaintenanceRequest(
            code=self.code,
            notice_zh=self.notice_zh,
            notice_en=self.notice_en,
            begins=self.begins,
            ends=self.ends,
            expected_version=self.expected_version,
        )


@strawberry.input(description="取消维护窗口 · Cancel a maintenance window")
class CancelMaintenanceInput:
    code: str
    window: strawberry.ID
    expected_version: int
