"""目录资源: resources of the catalogue, and which of their fields service items need."""

from datetime import date, datetime

import strawberry

from gateway.core.sharing.resources import Authority, ItemRelation, ItemType, Masking, Sensitivity, SharingType
from gateway.core.sharing.resources import InformationItem as CoreItem
from gateway.core.sharing.resources import Resource as CoreResource
from schema.context import ContextInfo
from schema.scalars import CreditCode
from schema.types.common import Node, PageInfo


@strawberry.type(description="信息项 · One field of a resource")
class InformationItem:
    name: str
    title: str
    type: ItemType
    length: int | None
    sensitivity: Sensitivity
    masking: Masking

    @classmethod
    def of(cls, one: CoreItem) -> "InformationItem":
        """The field as it is shown."""
        return cls(
            name=one.name,
            title=one.title,
            type=one.type,
            length=one.length,
            sensitivity=one.sensitivity,
            masking=one.masking,
        )


@strawberry.type(description="事项所需的字段 · The fields that a service item needs")
class ResourceNeed:
    item: str
    fields: list[str]
    valid_from: date | None
    valid_until: date | None
    source: str

    @classmethod
    def of(cls, one: ItemRelation) -> "ResourceNeed":
        """The relation as it is shown; an end that is open is null."""
        return cls(
            item=one.item,
            fields=sorted(one.fields),
            valid_from=None if one.valid_from == date.min else one.valid_from,
            valid_until=None if one.valid_until == date.max else one.valid_until,
            source=one.source,
        )


@strawberry.type(description="目录资源的一个版本 · A version of a resource")
class ResourceVersion:
    version: int
    changed_at: datetime


@strawberry.type(description="目录资源 · A resource of the catalogue")
class Resource(Node):
    code: str = strawberry.field(description="目录编码 · Catalogue code")
    title: str
    abstract: str
    provider: CreditCode
    sharing: SharingType
    condition: str
    authority: Authority
    update_cycle: str
    format: str
    items: list[InformationItem]
    keys: list[str] = strawberry.field(description="必填的查询主键 · Fields that every use names")
    parameters: list[str] = strawberry.field(description="可用的查询条件 · Further fields by which a use narrows")
    published_on: date | None
    is_served: bool = strawberry.field(description="是否已有系统提供 · Whether a system answers for it")
    version: int

    @strawberry.field(
        description="Query 上该资源的类型化字段名；未接入服务、不予共享或超出数量上限时为 null · "
        "Name of the typed field of Query for it; null where nothing serves it, it is not shared, or there is no room"
    )
    def typed_field(self, info: ContextInfo) -> str | None:
        """The name."""
        return info.context.typed.get(self.code)

    @strawberry.field(description="哪些事项需要其哪些字段 · Which service items need which of its fields")
    async def needed_by(self, info: ContextInfo) -> list[ResourceNeed]:
        """The relations."""
        return [ResourceNeed.of(one) for one in await info.context.use_cases.sharing.resources.needs(self.code)]

    @strawberry.field(description="历次版本，新者在前 · Its versions, newest first")
    async def versions(self, info: ContextInfo) -> list[ResourceVersion]:
        """The last versions."""
        found = await info.context.use_cases.sharing.resources.history(self.code)
        return [ResourceVersion(version=one.resource.version, changed_at=one.changed_at) for one in found]

    @classmethod
    def of(cls, one: CoreResource) -> "Resource":
        """The resource as it is shown: not where it is served."""
        return cls(
            id=strawberry.ID(one.code),
            code=one.code,
            title=one.title,
            abstract=one.abstract,
            provider=CreditCode(one.provider),
            sharing=one.sharing,
            condition=one.condition,
            authority=one.authority,
            update_cycle=one.update_cycle,
            format=one.format,
            items=[InformationItem.of(item) for item in one.items],
            keys=list(one.keys),
            parameters=sorted(one.parameters),
            published_on=one.published_on,
            is_served=one.service is not None,
            version=one.version,
        )


@strawberry.type(description="分页中的资源 · A resource in a page")
class ResourceEdge:
    cursor: str
    node: Resource


@strawberry.type(description="资源分页 · A page of resources")
class ResourceConnection:
    nodes: list[Resource]
    edges: list[ResourceEdge]
    page_info: PageInfo
    total_count: int
