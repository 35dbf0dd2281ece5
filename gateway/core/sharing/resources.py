"""Resources of the catalogue (目录资源), and which of their fields a service item needs (事项–资源)."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.identifiers import credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.sharing import catalogue_code
from gateway.core.text import Text
from gateway.core.use import is_item_code

MOST_ITEMS: Final = 500
"""Information items of a resource."""

_LONGEST_NAME: Final = 200
_LONGEST_TEXT: Final = 4_000


class SharingType(StrEnum):
    """How a resource is shared: what a request of it needs."""

    UNCONDITIONAL = "UNCONDITIONAL"
    CONDITIONAL = "CONDITIONAL"
    NOT_SHARED = "NOT_SHARED"


class Authority(StrEnum):
    """Who decides on requests: bodies here, or an exchange system to which requests are forwarded."""

    LOCAL = "LOCAL"
    UPSTREAM = "UPSTREAM"


class ItemType(StrEnum):
    """What values of an information item are."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    INSTANT = "INSTANT"
    BOOLEAN = "BOOLEAN"


class Sensitivity(StrEnum):
    """How much harm a value does in wrong hands, least first."""

    OPEN = "OPEN"
    INTERNAL = "INTERNAL"
    PERSONAL = "PERSONAL"
    SENSITIVE = "SENSITIVE"


PERSONAL: Final = frozenset({Sensitivity.PERSONAL, Sensitivity.SENSITIVE})
"""Classes of what is told about a person."""


class Masking(StrEnum):
    """How a part of a value is shown where not all of it may be."""

    ALL = "ALL"
    NAME = "NAME"
    CITIZEN_ID = "CITIZEN_ID"
    CREDIT_CODE = "CREDIT_CODE"
    PHONE = "PHONE"
    NUMBER = "NUMBER"


class InformationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One field (信息项).

    Attributes:
        name: by which parameters, grants and records know it; ``title`` is its Chinese name.
        length: the most characters or digits; None if the catalogue does not say.
    """

    name: str
    title: str
    type: ItemType = ItemType.TEXT
    length: int | None = None
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    masking: Masking = Masking.ALL


class Upstream(msgspec.Struct, frozen=True):
    """An exchange system by its code, and the resource's number there."""

    system: str
    number: str


class Service(msgspec.Struct, frozen=True):
    """What answers for a resource: a system's code and one of its operations."""

    system: str
    operation: str


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, as of one version.

    Attributes:
        code: catalogue code (``catalogue_code``).
        provider: credit code of the one body that is the source of the data.
        condition: under which it is shared, as the catalogue says.
        keys: fields that identify the person or body asked for: parameters of every use, and echoed in every row.
        parameters: further fields by which a use can narrow.
        service: what serves it; None while nothing does, so that it can be found but not used.
        upstream: where requests are decided if the authority is UPSTREAM.
        version: from 1, one more for every change.
    """

    code: str
    provider: str
    title: str
    items: tuple[InformationItem, ...]
    sharing: SharingType
    abstract: str = ""
    format: str = ""
    condition: str = ""
    update_cycle: str = ""
    authority: Authority = Authority.LOCAL
    upstream: Upstream | None = None
    keys: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    service: Service | None = None
    published_on: date | None = None
    version: int = 1

    @property
    def fields(self) -> frozenset[str]:
        """The names of its information items."""
        return frozenset(item.name for item in self.items)

    def item(self, name: str) -> InformationItem | None:
        """The information item of this name."""
        return next((item for item in self.items if item.name == name), None)

    def concerns_persons(self) -> bool:
        """Whether any field tells something about a person."""
        return any(item.sensitivity in PERSONAL for item in self.items)


class ItemRelation(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a resource that a service item needs: no request for the item is given more."""

    item: str
    resource: str
    fields: frozenset[str]
    valid_from: date = date.min
    valid_until: date = date.max
    source: str = ""

    def in_force(self, on: date) -> bool:
        """Whether it holds on that day; both ends are included."""
        return self.valid_from <= on <= self.valid_until


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with a value and where: a path in the caller's spelling."""

    path: str
    reason: Text


def needed_fields(relations: Iterable[ItemRelation], item: str, resource: str, on: date) -> frozenset[str]:
    """The fields that the item needs of the resource on that day; none if the two are not related."""
    related = (one for one in relations if one.item == item and one.resource == resource and one.in_force(on))
    return frozenset().union(*(one.fields for one in related))


def next_version(before: Resource | None, after: Resource) -> Resource | None:
    """The version of a resource that follows what the catalogue has; None if nothing has changed.

    Raises:
        ValueError: the two are different resources.
    """
    if before is None:
        return msgspec.structs.replace(after, version=1)
    if before.code != after.code:
        raise ValueError("a resource keeps its catalogue code")
    following = msgspec.structs.replace(after, version=before.version + 1)
    return None if msgspec.structs.replace(after, version=before.version) == before else following


def examine_resource(resource: Resource) -> tuple[Finding, ...]:
    """Everything that is wrong with a resource; nothing of a sound one."""
    return (*_headings(resource), *_items(resource), *_authority(resource), *_references(resource))


def examine_relation(relation: ItemRelation, resource: Resource | None) -> tuple[Finding, ...]:
    """Everything that is wrong with a relation; ``resource`` is the one that it names, None if there is none."""
    return tuple(_relation(relation, resource))


_EMPTY = Text("不能为空", "it is missing")
_TOO_LONG = Text("内容过长", "it is too long")
_NO_ITEMS = Text("没有信息项", "there are no information items")
_TOO_MANY = Text("信息项过多", "there are too many information items")
_TWICE = Text("名称重复", "the name stands twice")
_LENGTH = Text("长度须为正数", "a length is at least 1")
_NO_UPSTREAM = Text(
    "由上级平台管理的资源须写明系统和编号", "a resource of an exchange names the system and its number there"
)
_NOT_UPSTREAM = Text("由本级管理的资源不写上级平台", "a local resource names no exchange")
_NO_CONDITION = Text("有条件共享须写明共享条件", "conditional sharing states its condition")
_UNKNOWN_FIELD = Text("不是该资源的信息项", "it is no information item of the resource")
_NO_KEY = Text("含个人信息的资源须有查询主键", "a resource about persons needs a key, or one use could fetch everyone")
_VERSION = Text("版本号从 1 起", "versions begin at 1")
_BAD_ITEM = Text("不是事项编码", "it is no service item's code")
_NO_RESOURCE = Text("目录中没有该资源", "the catalogue has no such resource")
_REVERSED = Text("结束日期早于开始日期", "it ends before it begins")


def _headings(resource: Resource) -> Iterator[Finding]:
    for path, parse, value in (
        ("code", catalogue_code.parse, resource.code),
        ("provider", credit_code.parse, resource.provider),
    ):
        try:
            parse(value)
        except IdentifierInvalid as error:
            yield Finding(path, error.reason)
    yield from _text("title", resource.title, _LONGEST_NAME)
    for path in ("abstract", "condition", "format", "update_cycle"):
        if len(getattr(resource, path)) > _LONGEST_TEXT:
            yield Finding(path, _TOO_LONG)
    if resource.sharing is SharingType.CONDITIONAL and not resource.condition.strip():
        yield Finding("condition", _NO_CONDITION)
    if resource.version < 1:
        yield Finding("version", _VERSION)


def _items(resource: Resource) -> Iterator[Finding]:
    if not resource.items:
        yield Finding("items", _NO_ITEMS)
    if len(resource.items) > MOST_ITEMS:
        yield Finding("items", _TOO_MANY)
    seen: set[str] = set()
    for place, item in enumerate(resource.items[:MOST_ITEMS]):
        path = f"items[{place}]"
        yield from _text(f"{path}.name", item.name, _LONGEST_NAME)
        yield from _text(f"{path}.title", item.title, _LONGEST_NAME)
        if item.name in seen:
            yield Finding(f"{path}.name", _TWICE)
        if item.length is not None and item.length < 1:
            yield Finding(f"{path}.length", _LENGTH)
        seen.add(item.name)


def _authority(resource: Resource) -> Iterator[Finding]:
    is_upstream = resource.authority is Authority.UPSTREAM
    if is_upstream and not (resource.upstream and resource.upstream.system and resource.upstream.number):
        yield Finding("upstream", _NO_UPSTREAM)
    if not is_upstream and resource.upstream is not None:
        yield Finding("upstream", _NOT_UPSTREAM)


def _references(resource: Resource) -> Iterator[Finding]:
    for path, names in (("keys", resource.keys), ("parameters", sorted(resource.parameters))):
        if any(name not in resource.fields for name in names):
            yield Finding(path, _UNKNOWN_FIELD)
    if resource.concerns_persons() and not resource.keys:
        yield Finding("keys", _NO_KEY)


def _relation(relation: ItemRelation, resource: Resource | None) -> Iterator[Finding]:
    if not is_item_code(relation.item):
        yield Finding("item", _BAD_ITEM)
    if not relation.fields:
        yield Finding("fields", _EMPTY)
    if resource is None:
        yield Finding("resource", _NO_RESOURCE)
    elif not relation.fields <= resource.fields:
        yield Finding("fields", _UNKNOWN_FIELD)
    if relation.valid_until < relation.valid_from:
        yield Finding("valid_until", _REVERSED)


def _text(path: str, value: str, longest: int) -> Iterator[Finding]:
    if not value.strip():
        yield Finding(path, _EMPTY)
    elif len(value) > longest:
        yield Finding(path, _TOO_LONG)
