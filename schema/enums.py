"""The enums of the domain, made known to the schema under their own names."""

from enum import Enum

import strawberry

from gateway.core.audit.events import Ending
from gateway.core.call_record import BreakerState, CallKind, NotSent
from gateway.core.caller import Role
from gateway.core.expiry import ExpiryKind
from gateway.core.licence import LicenceState
from gateway.core.outcome import Completeness, Fault, Outcome, ServedFrom
from gateway.core.problems import ProblemCode
from gateway.core.system import SystemState
from gateway.core.system_notice import NoticeKind
from gateway.core.use import UseBasis
from gateway.services.export_calls import ExportFormat

_DESCRIPTIONS: dict[type[Enum], str] = {
    Outcome: "调用结果 · How asking one system ended",
    Fault: "责任方 · Who has to mend it: the system, the gateway or the network between",
    Completeness: "完整性 · Whether all assigned systems answered",
    ServedFrom: "应答来源 · Where the answer was taken from",
    ProblemCode: "问题类别 · Class of a problem",
    LicenceState: "证照状态；注销、撤销、撤回、吊销各不相同 · "
    "State of a licence; cancelled, voided, withdrawn and revoked are different acts",
    UseBasis: "用证依据：持证人授权、委托、依职能查验、亮证 · The basis for using a licence",
    SystemState: "系统状态 · Judged health of a system",
    CallKind: "调用方式 · How a system was spoken to",
    BreakerState: "熔断器状态 · Whether calls to a system are let through",
    NotSent: "调用未发出的原因 · Why a call never reached the wire",
    ExpiryKind: "何类将到期 · What it is that ends",
    ExportFormat: "导出格式 · How an export is written",
    NoticeKind: "公告类别：停用或维护 · Why a system is not asked: disabled or maintained",
    Ending: "结果：完成、被拒或中断 · How an attempt ended: done, refused, or broken off",
    Role: "角色 · What an application or person is to the gateway",
}


def register_enums() -> None:
    """Give every enum its GraphQL type; types that use them are declared after this."""
    for kind, description in _DESCRIPTIONS.items():
        strawberry.enum(kind, description=description)
