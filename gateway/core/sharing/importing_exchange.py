"""Resources of an exchange's catalogue as ours: checked one by one, so that a wrong one does not keep out the others.

An exchange says what it has. What the catalogue already has of another source it does not take over, and how personal a
field is and how it is masked here, it does not loosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from gateway.core.sharing.exchange import ExchangeResource
from gateway.core.sharing.resources import (
    Authority,
    Finding,
    InformationItem,
    Resource,
    Sensitivity,
    Service,
    Upstream,
    examine_resource,
    next_version,
)
from gateway.core.sharing.upstream import is_number
from gateway.core.text import Text

MOST_RESOURCES: Final = 20_000
"""Of one catalogue; the rest is told of and left."""

_RANKS: Final = {rank: place for place, rank in enumerate(Sensitivity)}


class ExchangeFinding(msgspec.Struct, frozen=True):
    """What is wrong with a resource of an exchange, by its number there."""

    number: str
    finding: Finding


class ImportedExchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue says: next versions of sound resources by code, and what is wrong with the others."""

    resources: tuple[Resource, ...] = ()
    unchanged: int = 0
    findings: tuple[ExchangeFinding, ...] = ()


def import_exchange(
    system: str, listed: Sequence[ExchangeResource], existing: Mapping[str, Resource]
) -> ImportedExchange:
    """The resources of an exchange; ``existing`` are those of its codes that the catalogue has."""
    made: dict[str, Resource] = {}
    findings: list[ExchangeFinding] = []
    numbers: set[str] = set()
    unchanged = 0
    for one in listed[:MOST_RESOURCES]:
        before = existing.get(one.code)
        resource = _resource(system, one, before)
        wrong = [*_wrong(system, one, before), *examine_resource(resource)]
        if one.code in made or one.number in numbers:
            wrong.append(Finding("code" if one.code in made else "number", _TWICE))
        numbers.add(one.number)
        findings += [ExchangeFinding(one.number, finding) for finding in wrong]
        if wrong:
            continue
        following = next_version(before, resource)
        made[one.code] = following or resource
        unchanged += following is None
    findings += [ExchangeFinding(one.number, Finding("", _TOO_MANY)) for one in listed[MOST_RESOURCES:][:1]]
    changed = tuple(made[code] for code in sorted(made) if made[code] != existing.get(code))
    return ImportedExchange(resources=changed, unchanged=unchanged, findings=tuple(findings))


def _resource(system: str, one: ExchangeResource, before: Resource | None) -> Resource:
    known = {} if before is None else {item.name: item for item in before.items}
    return Resource(
        code=one.code,
        provider=one.provider,
        title=one.title,
        items=tuple(_item(item, known.get(item.name)) for item in one.items),
        sharing=one.sharing,
        abstract=one.abstract,
        format="" if before is None else before.format,
        condition=one.condition,
        update_cycle=one.update_cycle,
        authority=Authority.UPSTREAM,
        upstream=Upstream(system, one.number),
        keys=one.keys,
        parameters=one.parameters,
        service=Service(system, one.operation) if one.operation else None,
        published_on=one.published_on,
        version=1 if before is None else before.version,
    )


def _item(item: InformationItem, before: InformationItem | None) -> InformationItem:
    if before is None:
        return item
    sensitivity = max(item.sensitivity, before.sensitivity, key=_RANKS.__getitem__)
    return msgspec.structs.replace(item, sensitivity=sensitivity, masking=before.masking)


def _wrong(system: str, one: ExchangeResource, before: Resource | None) -> Iterator[Finding]:
    if not is_number(one.number):
        yield Finding("number", _BAD_NUMBER)
    if before is not None and (before.upstream is None or before.upstream.system != system):
        yield Finding("code", _OTHERS)


_TWICE = Text("该平台的目录中重复出现", "it stands twice in this catalogue")
_TOO_MANY = Text("目录过长，其余未导入", "the catalogue is too long: the rest was not imported")
_BAD_NUMBER = Text("编号为空、过长或含不可见字符", "its number is empty, too long or holds invisible characters")
_OTHERS = Text(
    "目录中已有同一编码的资源，由本级或其他平台管理", "the catalogue has this code already, of another source"
)
