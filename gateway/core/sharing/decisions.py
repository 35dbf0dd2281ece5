"""Deciding on a use of a grant, and explaining it: who, for what, which fields, with which parameters, when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Final

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.caller import Caller, Role
from gateway.core.clock import china_date
from gateway.core.policy.rules import ANY
from gateway.core.sharing.grants import Grant, broken
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.terms import Access, Quota, meet_access
from gateway.core.text import Text

LONGEST_PARAMETER: Final = 200
WILDCARDS: Final = frozenset("%*?_")
"""Characters that some system takes for "anything": a key with one could fetch everyone."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A use that a caller wants to make.

    Attributes:
        item: the service item of the use under which it is asked.
        fields: what the caller selected.
        parameters: by the names of fields.
    """

    caller: Caller
    item: str
    fields: frozenset[str]
    parameters: Mapping[str, str]
    at: datetime

    def __repr__(self) -> str:
        """The item only: parameters name persons."""
        return f"Asked(item={self.item!r})"


class Charge(msgspec.Struct, frozen=True):
    """A grant from whose quota every record given is taken."""

    grant: str
    quota: Quota


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked of the provider, and what may leave of its answer.

    Attributes:
        access: to the fields that were selected and are opened.
        withheld: why each of the others is not.
        decoded: the only fields that may be read from the answer: those, the keys, and what the scope is judged by.
        parameters: what is sent: the caller's, with those that the scope fixes.
        keys: the caller's values of the resource's keys, which every row must echo.
        charges: the grants of the lineage.
    """

    access: Mapping[str, Access]
    withheld: Mapping[str, Text]
    decoded: frozenset[str]
    parameters: Mapping[str, str]
    keys: Mapping[str, str]
    scope: Scope
    charges: tuple[Charge, ...]

    def __repr__(self) -> str:
        """Fields only: parameters name persons."""
        return f"Permit({', '.join(sorted(self.access))})"


class Denial(msgspec.Struct, frozen=True):
    """Why nothing is given; ``field`` is the parameter or field that it is about, if it is about one.

    ``is_input``: the parameter is missing or malformed, so that no grant could allow it.
    """

    reason: Text
    field: str | None = None
    is_input: bool = False


class Explanation(msgspec.Struct, frozen=True):
    """What is given of a field, the grants that give no more than that, and what is missing where nothing is."""

    access: Access
    grants: tuple[str, ...]
    missing: Text | None


def decide(lineage: Sequence[Grant], asked: Asked, resource: Resource, bodies: Bodies) -> Permit | Denial:
    """What a use under a grant may fetch and give, or the first condition that does not hold.

    In a fixed order: a whole lineage of this resource, which is still shared; each grant from below open, application,
    body, person, item; a field that is opened; the parameters (a field that is not given whole could be guessed by
    asking for it, unless it is a key), the keys, the scope.

    Args:
        lineage: the grant, the one above it, and so on.
        asked: the use.
        resource: as the catalogue has it now.
        bodies: which body stands for which.
    """
    if reason := _closed(lineage, asked, resource, bodies):
        return Denial(reason)
    access = {field: _access(lineage, resource, field) for field in sorted(asked.fields)}
    opened = {field: each for field, each in access.items() if each is not Access.DENY}
    if not opened:
        return Denial(_NO_FIELD)
    scope = reduce(Scope.joined, (grant.terms.scope for grant in lineage))
    if denial := _parameters(asked.parameters, lineage, resource, scope):
        return denial
    fixed = scope.filters(resource.parameters)
    return Permit(
        access=opened,
        withheld={
            field: _NOT_OPENED if field in resource.fields else _UNKNOWN for field in access if field not in opened
        },
        decoded=frozenset(opened) | frozenset(resource.keys) | scope.fields,
        parameters={**fixed, **asked.parameters},
        keys={key: asked.parameters[key] for key in resource.keys},
        scope=scope,
        charges=tuple(Charge(grant.id, grant.terms.quota) for grant in lineage),
    )


def why(lineage: Sequence[Grant], asked: Asked, resource: Resource, bodies: Bodies, field: str) -> Explanation:
    """Why a field is given, given in part or not given to this use."""
    answer = decide(lineage, asked, resource, bodies)
    if isinstance(answer, Denial) and answer.reason is not _NO_FIELD:
        return Explanation(Access.DENY, (), answer.reason)
    access = _access(lineage, resource, field)
    limiting = tuple(grant.id for grant in lineage if grant.terms.access(field) is access)
    missing = None
    if access is Access.DENY:
        missing = _NOT_OPENED if field in resource.fields else _UNKNOWN
    return Explanation(access, limiting, missing)


def _closed(lineage: Sequence[Grant], asked: Asked, resource: Resource, bodies: Bodies) -> Text | None:
    """Why the lineage opens nothing of the resource to this use, whatever it asks for."""
    if reason := broken(lineage):
        return reason
    if lineage[0].resource != resource.code:
        return _OTHER_RESOURCE
    if lineage[0].upstream is not None:
        return _UPSTREAM
    if resource.sharing is SharingType.NOT_SHARED:
        return _NOT_SHARED
    reasons = (grant.closed(asked.at) or _shut_to(grant, asked, bodies) for grant in lineage)
    return next((reason for reason in reasons if reason), None)


def _access(lineage: Sequence[Grant], resource: Resource, field: str) -> Access:
    """What the whole lineage gives of a field; a field that the resource does not have is not given."""
    if field not in resource.fields:
        return Access.DENY
    return reduce(meet_access, (grant.terms.access(field) for grant in lineage))


def _shut_to(grant: Grant, asked: Asked, bodies: Bodies) -> Text | None:
    """Why the grant opens nothing to this caller for this item."""
    terms, person = grant.terms, asked.caller.person
    if ANY not in terms.applications and asked.caller.application.code not in terms.applications:
        return _NO_APPLICATION
    if person is None or person.role not in _OFFICERS or person.body is None:
        return _NO_OFFICER
    body, on = person.body, china_date(asked.at)
    if ANY not in terms.bodies and not any(bodies.same(code, body, on) for code in terms.bodies):
        return _NO_BODY
    if terms.persons is not None and person.subject not in terms.persons:
        return _NO_PERSON
    return None if ANY in terms.items or asked.item in terms.items else _NO_ITEM


def _parameters(
    parameters: Mapping[str, str], lineage: Sequence[Grant], resource: Resource, scope: Scope
) -> Denial | None:
    able = resource.parameters | frozenset(resource.keys)
    for name, value in parameters.items():
        if name not in able:
            return Denial(_NO_PARAMETER, name, is_input=True)
        if name not in resource.keys and _access(lineage, resource, name) is not Access.SHOW:
            return Denial(_GUESSING, name)
        if not value.strip() or len(value) > LONGEST_PARAMETER:
            return Denial(_BAD_PARAMETER, name, is_input=True)
    for key in resource.keys:
        if key not in parameters:
            return Denial(_NO_KEY, key, is_input=True)
        if not WILDCARDS.isdisjoint(parameters[key]):
            return Denial(_BAD_PARAMETER, key, is_input=True)
    field = scope.broken_by(parameters)
    return None if field is None else Denial(_OUT_OF_SCOPE, field)


_OFFICERS: Final = frozenset({Role.OFFICER, Role.CLERK})

_UPSTREAM = Text("上级平台的授权只通过其下的本级授权使用", "a grant of an exchange is used through those below it")
_NOT_SHARED = Text("该资源已改为不予共享", "the resource is no longer shared")
_OTHER_RESOURCE = Text("授权不是该资源的授权", "the grant is of another resource")
_NO_APPLICATION = Text("授权不包含该应用", "the grant is not for this application")
_NO_OFFICER = Text("授权只供单位的经办人员使用", "the grant is for officers of bodies")
_NO_BODY = Text("授权不包含该单位", "the grant is not for the person's body")
_NO_PERSON = Text("授权不包含该人员", "the grant is not for this person")
_NO_ITEM = Text("授权不包含该事项", "the grant is not for this service item")
_NO_FIELD = Text("所查字段均未开放", "none of the fields asked for is opened")
_NOT_OPENED = Text("授权未开放该字段", "the grant does not open this field")
_UNKNOWN = Text("该资源没有此字段", "the resource has no such field")
_NO_PARAMETER = Text("不是该资源的查询参数", "it is no parameter of the resource")
_GUESSING = Text(
    "不能以未完整开放的字段为查询参数", "a field that is not given whole could be guessed by asking for it"
)
_BAD_PARAMETER = Text("参数值为空、过长或含通配符", "a parameter is empty, too long or holds a wildcard")
_NO_KEY = Text("缺少查询主键", "the key is missing, which says who is asked for")
_OUT_OF_SCOPE = Text("超出授权的数据范围", "it lies outside of the grant's rows")
