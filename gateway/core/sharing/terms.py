"""Terms: what is asked for, approved and granted, all in one form, so that less can be told from more."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.policy.rules import ANY
from gateway.core.sharing.resources import Finding, Resource
from gateway.core.sharing.scope import MOST_CONDITIONS, MOST_VALUES, Condition, InRegion, OneOf, Scope, Within
from gateway.core.text import Text


class Access(StrEnum):
    """What is given of a field. A hash tells whether two values are the same and nothing else; DENY is not empty."""

    SHOW = "SHOW"
    MASK = "MASK"
    HASH = "HASH"
    DENY = "DENY"


class Quota(msgspec.Struct, frozen=True):
    """Records that may be used on a day in China and in all; None for any number."""

    per_day: int | None = None
    in_all: int | None = None

    def least(self, other: "Quota") -> "Quota":
        """What both allow."""
        return Quota(_least(self.per_day, other.per_day), _least(self.in_all, other.in_all))


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What may be used, by whom, for what, how much and when.

    Attributes:
        fields: the access to each field; one that is left out is denied.
        items: codes of the service items for which it is used, or ANY.
        applications: codes of applications; ``bodies`` credit codes; ANY stands for all in either.
        persons: subjects of persons; None for every officer of the bodies.
        valid_until: from that instant on it is over.
    """

    fields: Mapping[str, Access]
    items: frozenset[str]
    applications: frozenset[str]
    bodies: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    scope: Scope = Scope()
    persons: frozenset[str] | None = None
    quota: Quota = Quota()

    def access(self, field: str) -> Access:
        """What is given of a field."""
        return self.fields.get(field, Access.DENY)

    @property
    def opened(self) -> frozenset[str]:
        """The fields of which something is given."""
        return frozenset(field for field, access in self.fields.items() if access is not Access.DENY)

    def meet(self, other: "Terms") -> "Terms":
        """What both open: never more than either, whatever the other says."""
        both = {field: meet_access(self.access(field), other.access(field)) for field in self.opened & other.opened}
        return Terms(
            fields={field: access for field, access in both.items() if access is not Access.DENY},
            items=_both(self.items, other.items),
            applications=_both(self.applications, other.applications),
            bodies=_both(self.bodies, other.bodies),
            persons=_both_persons(self.persons, other.persons),
            scope=self.scope.joined(other.scope),
            quota=self.quota.least(other.quota),
            valid_from=max(self.valid_from, other.valid_from),
            valid_until=min(self.valid_until, other.valid_until),
        )

    def is_within(self, other: "Terms") -> bool:
        """Whether it opens nothing that the other does not; told by its terms, so that a doubtful case is False."""
        return self.meet(other) == self.meet(self)

    def emptiness(self) -> Text | None:
        """Why nothing could ever be used under it, None if something could."""
        for reason, is_empty in (
            (_NO_FIELD, not self.opened),
            (_NO_ITEM, not self.items),
            (_NO_APPLICATION, not self.applications),
            (_NO_BODY, not self.bodies),
            (_NO_PERSON, self.persons is not None and not self.persons),
            (_NO_TIME, self.valid_until <= self.valid_from),
            (_NO_QUOTA, 0 in {self.quota.per_day, self.quota.in_all}),
        ):
            if is_empty:
                return reason
        return None


def meet_access(one: Access, other: Access) -> Access:
    """What both give: a part and a hash have nothing in common."""
    if one is other:
        return one
    if Access.SHOW in {one, other}:
        return other if one is Access.SHOW else one
    return Access.DENY


def examine_terms(terms: Terms, resource: Resource, needed: frozenset[str]) -> tuple[Finding, ...]:
    """Everything that is wrong with terms that are asked for.

    Args:
        terms: as asked for.
        resource: of which they are asked.
        needed: the fields that the items need of it (resources.needed_fields).
    """
    if not terms.items:
        return (Finding("items", _ITEMLESS),)
    findings = [
        Finding(f"fields.{field}", _UNKNOWN if field not in resource.fields else _NOT_NEEDED)
        for field in sorted(terms.opened)
        if field not in resource.fields or field not in needed
    ]
    findings += [Finding("scope", _UNKNOWN) for field in sorted(terms.scope.fields - resource.fields)]
    if any(len(group) > MOST_LISTED for group in (terms.items, terms.applications, terms.bodies, terms.persons or ())):
        findings.append(Finding("users", _TOO_MANY))
    if len(terms.scope.conditions) > MOST_CONDITIONS or any(_size(one) > MOST_VALUES for one in terms.scope.conditions):
        findings.append(Finding("scope", _TOO_MANY))
    if not all(map(_is_sound, terms.scope.conditions)):
        findings.append(Finding("scope", _UNSOUND))
    if any(limit is not None and limit < 0 for limit in (terms.quota.per_day, terms.quota.in_all)):
        findings.append(Finding("quota", _NEGATIVE))
    if reason := terms.emptiness():
        findings.append(Finding("", reason))
    return tuple(findings)


MOST_LISTED: Final = 1_000
"""Items, applications, bodies or persons of one set of terms."""

_NO_FIELD = Text("没有开放任何字段", "no field is opened")
_NO_ITEM = Text("没有共同的事项", "no service item is left")
_NO_APPLICATION = Text("没有共同的应用", "no application is left")
_NO_BODY = Text("没有共同的使用单位", "no body is left")
_NO_PERSON = Text("没有共同的使用人员", "no person is left")
_NO_TIME = Text("有效期为空", "no time is left in which it is valid")
_NO_QUOTA = Text("用量为零", "the quota is zero")
_UNKNOWN = Text("不是该资源的信息项", "it is no information item of the resource")
_NOT_NEEDED = Text("事项不需要该字段", "the service item does not need this field")
_ITEMLESS = Text("没有写明事项", "no service item is named")
_TOO_MANY = Text("条目过多", "there are too many entries")
_UNSOUND = Text("行政区划代码有误，或起止日期颠倒", "it names no region code, or ends before it begins")
_NEGATIVE = Text("用量不能为负数", "a quota is not negative")


def _size(condition: Condition) -> int:
    if isinstance(condition, OneOf):
        return len(condition.values)
    return len(condition.regions) if isinstance(condition, InRegion) else 1


def _is_sound(condition: Condition) -> bool:
    if isinstance(condition, Within):
        return condition.first <= condition.last
    return not isinstance(condition, InRegion) or all(map(_is_region, condition.regions))


def _is_region(code: str) -> bool:
    try:
        region.parse(code)
    except IdentifierInvalid:
        return False
    return True


def _least(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    if ANY in one and ANY in other:
        return frozenset({ANY})
    if ANY in one:
        return other
    return one if ANY in other else one & other


def _both_persons(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None:
        return other
    return one if other is None else one & other
