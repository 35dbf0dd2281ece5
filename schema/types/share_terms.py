"""数据共享的条件: what is asked for, approved and granted: fields, rows, users, quota, time."""

from datetime import date, datetime

import strawberry

from gateway.core.sharing.scope import Condition, Equals, InRegion, OneOf, Scope, Within
from gateway.core.sharing.steps import Purpose
from gateway.core.sharing.terms import Access, Quota, Terms
from gateway.services.sharing.request_share import TermsRequest
from schema.scalars import CreditCode, RegionCode


@strawberry.type(description="一个字段的给予方式 · What is given of a field")
class ShareField:
    name: str
    access: Access


@strawberry.type(
    description="行范围的一个条件，全部条件同时成立 · One condition of the rows that are reached; all of them hold"
)
class ShareCondition:
    field: str
    values: list[str] | None = strawberry.field(description="取其一 · One of these texts")
    regions: list[RegionCode] | None = strawberry.field(description="在这些区划内 · Inside one of these regions")
    first: date | None = strawberry.field(description="起止日期，含两端 · A day from first to last, both included")
    last: date | None

    @classmethod
    def of(cls, one: Condition) -> "ShareCondition":
        """The condition as it is shown."""
        shown = cls(field=one.field, values=None, regions=None, first=None, last=None)
        match one:
            case Equals():
                shown.values = [one.value]
            case OneOf():
                shown.values = sorted(one.values)
            case InRegion():
                shown.regions = [RegionCode(code) for code in sorted(one.regions)]
            case Within():
                shown.first, shown.last = one.first, one.last
        return shown


@strawberry.type(description="共享条件：字段、行范围、事项、使用者、用量、有效期 · What may be used, by whom, for what")
class ShareTerms:
    fields: list[ShareField]
    scope: list[ShareCondition]
    items: list[str]
    applications: list[str]
    bodies: list[str] = strawberry.field(description="其人员可使用的单位，* 为全部 · Bodies whose people may use it")
    limited_to_persons: bool
    per_day: int | None = strawberry.field(description="每日用量，空为不限 · Records on a day; null for any number")
    in_all: int | None
    valid_from: datetime
    valid_until: datetime

    @classmethod
    def of(cls, terms: Terms) -> "ShareTerms":
        """The terms as they are shown: not which persons."""
        return cls(
            fields=[ShareField(name=name, access=terms.fields[name]) for name in sorted(terms.fields)],
            scope=[ShareCondition.of(one) for one in terms.scope.conditions],
            items=sorted(terms.items),
            applications=sorted(terms.applications),
            bodies=sorted(terms.bodies),
            limited_to_persons=terms.persons is not None,
            per_day=terms.quota.per_day,
            in_all=terms.quota.in_all,
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
        )


@strawberry.input(description="一个字段及所需的给予方式 · A field, and what is wanted of it")
class ShareFieldInput:
    name: str
    access: Access


@strawberry.input(description="起止日期，含两端 · A span of days, both included")
class ShareDaysInput:
    first: date
    last: date


@strawberry.input(one_of=True, description="条件，择一填写 · What holds of the field: exactly one")
class ShareTestInput:
    values: list[str] | None = strawberry.UNSET
    regions: list[RegionCode] | None = strawberry.UNSET
    days: ShareDaysInput | None = strawberry.UNSET


@strawberry.input(description="行范围的一个条件 · One condition of the rows that are reached")
class ShareConditionInput:
    field: str
    test: ShareTestInput

    def condition(self) -> Condition:
        """The domain's condition."""
        if self.test.values:
            values = frozenset(self.test.values)
            return Equals(self.field, *values) if len(values) == 1 else OneOf(self.field, values)
        if self.test.days:
            return Within(self.field, self.test.days.first, self.test.days.last)
        return InRegion(self.field, frozenset(self.test.regions or ()))


@strawberry.input(description="申请或同意的共享条件；未列的字段不给 · Terms; a field that is left out is denied")
class ShareTermsInput:
    fields: list[ShareFieldInput]
    items: list[str]
    applications: list[str]
    bodies: list[CreditCode] | None = strawberry.field(default=None, description="空为本单位 · Null for one's own")
    persons: list[str] | None = strawberry.field(
        default=None, description="人员的 subject，空为全部经办人员 · Null for every officer of the bodies"
    )
    scope: list[ShareConditionInput] | None = None
    per_day: int | None = strawberry.field(default=None, description="每日用量，空为不限 · Null for any number")
    in_all: int | None = None
    valid_from: datetime | None = strawberry.field(default=None, description="空为现在起 · Null from now on")
    valid_until: datetime

    def request(self) -> TermsRequest:
        """The use case's request."""
        return TermsRequest(
            fields=tuple((one.name, one.access) for one in self.fields),
            items=tuple(self.items),
            applications=tuple(self.applications),
            bodies=None if self.bodies is None else tuple(self.bodies),
            persons=None if self.persons is None else tuple(self.persons),
            scope=Scope(tuple(one.condition() for one in self.scope or ())),
            quota=Quota(self.per_day, self.in_all),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@strawberry.type(description="用途与依据 · What for, and the law or duty that it rests on")
class SharePurpose:
    text: str
    basis: str


@strawberry.input(description="用途与依据 · What for, and the law or duty that it rests on")
class SharePurposeInput:
    text: str
    basis: str

    def purpose(self) -> Purpose:
        """The domain's purpose."""
        return Purpose(self.text, self.basis)
