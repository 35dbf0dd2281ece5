"""审计: what was done with whose data, for auditors; and for each citizen, what was done with his own."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from gateway.core.audit.catalogue import find_kind
from gateway.core.audit.events import Ending, Event, Heard
from gateway.core.outcome import Fault, Outcome
from gateway.core.text import Language
from gateway.core.use import UseBasis
from gateway.services.read_audit import AuditRequest
from schema.types.common import PageInfo


@strawberry.input(description="持证人证件 · A holder's document")
class AuditHolderInput:
    type: str
    number: str


@strawberry.input(description="筛选审计事件，各条件同时成立 · Narrows audit events; all that is given must hold")
class AuditFilter:
    since: datetime | None = strawberry.field(default=None, description="起始时刻，含 · From then on")
    until: datetime | None = strawberry.field(default=None, description="截止时刻，不含 · Before then")
    kinds: list[str] | None = strawberry.field(
        default=None, description="事件种类编码，见 docs/reference/audit-events.md · Codes of kinds"
    )
    applications: list[str] | None = strawberry.field(default=None, description="调用应用编码 · Codes of applications")
    endings: list[Ending] | None = None
    actor: str | None = strawberry.field(
        default=None, description="经办人员标识，如事件所示 · The acting person as events call him"
    )
    holder: AuditHolderInput | None = strawberry.field(default=None, description="所涉持证人 · Whom it concerns")

    def request(self) -> AuditRequest:
        """What the use case is asked for."""
        return AuditRequest(
            since=self.since,
            until=self.until,
            kinds=tuple(self.kinds or ()),
            applications=tuple(self.applications or ()),
            endings=tuple(self.endings or ()),
            actor=self.actor,
            holder=(self.holder.type, self.holder.number) if self.holder else None,
        )


@strawberry.type(description="经办人员；公民以编码代称 · The acting person; citizens stand under a reference")
class AuditActor:
    role: str
    subject: str | None
    body: str | None
    body_name: str | None
    region: str | None


@strawberry.type(description="所依据的用途 · The use under which it happened")
class AuditUse:
    reference: str
    basis: UseBasis
    item: str
    case: str | None


@strawberry.type(description="一个系统的应答 · What one system contributed")
class AuditSystem:
    system: str
    outcome: Outcome
    fault: Fault | None
    rows: int
    bytes: int
    sha256: list[str] = strawberry.field(description="各次应答的 SHA-256 · SHA-256 of each reply")

    @classmethod
    def of(cls, heard: Heard) -> "AuditSystem":
        """What the event says of it."""
        return cls(
            system=heard.system,
            outcome=heard.outcome,
            fault=heard.fault,
            rows=heard.rows,
            bytes=heard.bytes,
            sha256=list(heard.sha256),
        )


@strawberry.type(description="审计事件的附注 · A word of an event's note")
class AuditWord:
    name: str
    value: str


@strawberry.type(description="审计事件 · An audit event")
class AuditEvent:
    id: strawberry.ID
    kind: str
    title: str = strawberry.field(description="种类名称 · What its kind is called")
    at: datetime
    ending: Ending
    problem: str | None
    request_id: str | None
    application: str | None
    actor: AuditActor | None
    use: AuditUse | None
    subject: str | None = strawberry.field(description="所涉持证人的编码 · The reference of whom it concerns")
    about: str | None
    systems: list[AuditSystem]
    shown: list[str] = strawberry.field(description="给出的字段 · Fields that left the gateway")
    withheld: list[str] = strawberry.field(description="未给出或脱敏的字段 · Fields held back or masked")
    count: int | None
    note: list[AuditWord]

    @classmethod
    def of(cls, event: Event, language: Language) -> "AuditEvent":
        """The event with its title in the reader's language."""
        actor, use = event.actor, event.use
        return cls(
            id=strawberry.ID(event.id),
            kind=event.kind,
            title=_title(event, language),
            at=event.at,
            ending=event.ending,
            problem=event.problem,
            request_id=event.request_id,
            application=event.application,
            actor=AuditActor(
                role=actor.role,
                subject=actor.subject,
                body=actor.body,
                body_name=actor.body_name,
                region=actor.region,
            )
            if actor
            else None,
            use=AuditUse(reference=use.reference, basis=use.basis, item=use.item, case=use.case) if use else None,
            subject=event.subject,
            about=event.about,
            systems=[AuditSystem.of(heard) for heard in event.systems],
            shown=list(event.shown),
            withheld=list(event.withheld),
            count=event.count,
            note=[AuditWord(name=name, value=str(value)) for name, value in sorted(event.note.items())],
        )


@strawberry.type(description="审计事件及游标 · An event with its cursor")
class AuditEventEdge:
    cursor: str
    node: AuditEvent


@strawberry.type(description="审计事件，新者在前 · Audit events, newest first")
class AuditEventConnection:
    nodes: list[AuditEvent]
    edges: list[AuditEventEdge]
    page_info: PageInfo


@strawberry.type(description="本人数据的一次使用 · One use of the viewer's own data")
class DataUse:
    at: datetime
    title: str = strawberry.field(description="做了什么 · What was done")
    by_oneself: bool = strawberry.field(description="是否由本人使用 · Whether the citizen did it himself")
    body: str | None = strawberry.field(description="使用机构的统一社会信用代码 · Credit code of the body that used it")
    body_name: str | None
    application: str | None
    basis: UseBasis | None
    item: str | None = strawberry.field(description="事项编码 · Code of the service item it was used for")
    systems: list[str] = strawberry.field(description="查询的系统 · The systems that were asked")
    fields: list[str] = strawberry.field(description="给出的字段 · Fields that were given")

    @classmethod
    def of(cls, event: Event, language: Language) -> "DataUse":
        """The event without the person who acted: a citizen is told which body it was, not which officer."""
        actor, use = event.actor, event.use
        return cls(
            at=event.at,
            title=_title(event, language),
            by_oneself=actor is not None and actor.subject == event.subject,
            body=actor.body if actor else None,
            body_name=actor.body_name if actor else None,
            application=event.application,
            basis=use.basis if use else None,
            item=use.item if use else None,
            systems=[heard.system for heard in event.systems],
            fields=list(event.shown),
        )


@strawberry.type(description="本人数据的使用及游标 · A use with its cursor")
class DataUseEdge:
    cursor: str
    node: DataUse


@strawberry.type(description="本人数据的使用情况，新者在前 · Uses of the viewer's own data, newest first")
class DataUseConnection:
    nodes: list[DataUse]
    edges: list[DataUseEdge]
    page_info: PageInfo


def event_connection(
    events: Sequence[Event], cursors: Sequence[str], info: PageInfo, language: Language
) -> AuditEventConnection:
    """A page of events."""
    nodes = [AuditEvent.of(event, language) for event in events]
    edges = [AuditEventEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return AuditEventConnection(nodes=nodes, edges=edges, page_info=info)


def data_use_connection(
    events: Sequence[Event], cursors: Sequence[str], info: PageInfo, language: Language
) -> DataUseConnection:
    """A page of uses."""
    nodes = [DataUse.of(event, language) for event in events]
    edges = [DataUseEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return DataUseConnection(nodes=nodes, edges=edges, page_info=info)


def _title(event: Event, language: Language) -> str:
    """The kind's title; its code where an older or newer program wrote it."""
    kind = find_kind(event.kind)
    if kind is None:
        return event.kind
    return (kind.title if event.ending is Ending.DONE else kind.failed).render(language)
