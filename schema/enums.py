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
from gateway.core.seals.platform import Mode, SealStatus
from gateway.core.seals.register import RouteKind, SealState
from gateway.core.seals.sealing import SealingState, Settler
from gateway.core.seals.verification import Verdict
from gateway.core.sharing.corrections import DisputeRole, DisputeState
from gateway.core.sharing.deadlines import Stage
from gateway.core.sharing.exports import ExportState
from gateway.core.sharing.forwarding import ForwardingState
from gateway.core.sharing.parties import Party
from gateway.core.sharing.resources import Authority, ItemType, Masking, Sensitivity, SharingType
from gateway.core.sharing.steps import Action, RequestState
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Access
from gateway.core.system import SystemState
from gateway.core.system_notice import NoticeKind
from gateway.core.use import UseBasis
from gateway.services.export_calls import ExportFormat
from gateway.services.sharing.catalogue.import_catalogue import CatalogueTable
from gateway.services.sharing.decide_request import Decision
from gateway.services.sharing.disputes.answer_dispute import SourceStep
from gateway.services.sharing.sight import ShareRole

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
    SealState: "印章状态：冻结可解，注销不可恢复 · State of a seal: frozen can be undone, revoked cannot",
    RouteKind: "密钥所在：本网关，或印章平台 · Where a seal's key is: with this gateway, or with a seal platform",
    Mode: "发给印章平台的内容：摘要，或整份文件 · What a seal platform is sent: a digest, or the whole document",
    SealingState: "用印进展：只有 RELEASED 的文件可领取 · How far a sealing is; only what is RELEASED can be fetched",
    Settler: "存疑由谁裁定：对账，或人员 · Who said what became of a sealing in doubt",
    SealStatus: "印章平台的答复 · What a seal platform said to a request",
    Verdict: "核验结论；不能判定与不支持都不是有效 · A verdict; what is undecided or unsupported is not valid",
    SharingType: "共享类型：无条件、有条件、不予共享 · How a resource is shared",
    ItemType: "信息项的类型 · What values of a field are",
    Sensitivity: "敏感程度 · How much harm a value does in wrong hands",
    Masking: "脱敏方式 · How a part of a value is shown",
    Authority: "由谁决定：本级，或上级平台 · Who decides: bodies here, or an exchange",
    ExportState: "共享数据导出的状态；未成文件的不留数据 · How far an export is; what gave no file is deleted",
    TableFormat: "表格文件的格式 · How a table is written",
    Access: "字段的给予：明文、脱敏、摘要、不给；不给不是空值 · What is given of a field; DENY is not empty",
    RequestState: "共享申请的状态 · How far a share request is",
    Action: "共享申请的步骤 · A step of a share request",
    Stage: "有时限的环节 · A stage that has a deadline",
    Party: "各方 · In which part somebody acts",
    ForwardingState: "在上级平台的进展：IN_DOUBT、LOST 须由人裁定 · "
    "How far a request is at its exchange; IN_DOUBT and LOST are settled by a person",
    Decision: "办理的步骤 · What whoever is in charge does",
    CatalogueTable: "表格的内容：资源，或事项与资源的关系 · What a table is of",
    DisputeState: "校核的状态 · How far a dispute is",
    DisputeRole: "本单位在校核中的角色 · What a body has to do with a dispute",
    SourceStep: "数源单位的步骤 · What the source does with a dispute",
    ShareRole: "以哪一方查看 · As which party somebody looks",
    Ending: "结果：完成、被拒或中断 · How an attempt ended: done, refused, or broken off",
    Role: "角色 · What an application or person is to the gateway",
}


_NAMES: dict[type[Enum], str] = {
    ExportState: "SharedExportState",
    RouteKind: "SealRouteKind",
    Mode: "SealMode",
    Settler: "SealingSettler",
    Access: "ShareAccess",
    Action: "ShareAction",
    Authority: "ShareAuthority",
    Decision: "ShareDecision",
    ForwardingState: "ShareForwardingState",
    SourceStep: "DisputeStep",
    Party: "ShareParty",
    RequestState: "ShareRequestState",
    Stage: "ShareStage",
}
"""Of those whose own name says too little in the schema."""


def register_enums() -> None:
    """Give every enum its GraphQL type; types that use them are declared after this."""
    for kind, description in _DESCRIPTIONS.items():
        strawberry.enum(kind, name=_NAMES.get(kind), description=description)
