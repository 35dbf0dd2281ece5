"""Deciding and explaining: which rules open what to a caller, and what is missing where none does."""

from collections.abc import Callable, Collection, Iterable
from datetime import date

import msgspec

from gateway.core.caller import Caller, Person
from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.policy.rules import ANY, FIELDS, Access, Item, Rule, RuleBook
from gateway.core.text import Text
from gateway.core.use import UseBasis

_Holds = Callable[[Rule], bool]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who wants to use licences for an item on a basis, on a day."""

    caller: Caller
    item: str
    basis: UseBasis
    on: date


class Decision(msgspec.Struct, frozen=True):
    """What is opened of licences of one type; ``rules`` are the ids of those that do it."""

    access: dict[str, Access]
    rules: tuple[str, ...]


class Permit(msgspec.Struct, frozen=True):
    """The answer to a question: the rules that apply, ready to decide for any licence type.

    Decisions are made once per type and kept, so that nothing is decided per licence.
    """

    item: Item
    rules: tuple[Rule, ...]
    _decisions: dict[str | None, Decision | None] = {}

    def decide(self, type_code: str | None) -> Decision | None:
        """What is opened of licences of this type, or None if nothing is."""
        if type_code not in self._decisions:
            self._decisions[type_code] = self._decide(type_code)
        return self._decisions[type_code]

    def types(self) -> frozenset[str]:
        """The types that can be asked for; ANY among them if no type is excluded."""
        opened = frozenset().union(*(rule.types for rule in self.rules))
        if ANY in self.item.types:
            return opened
        return self.item.types if ANY in opened else opened & self.item.types

    def fields(self, types: Collection[str] | None) -> frozenset[str]:
        """The fields that are opened for at least one of the types (None: of any): nothing else is to be fetched."""
        asked = frozenset({ANY} if types is None else types)
        able = asked if ANY in self.item.types else self.item.types if ANY in asked else asked & self.item.types
        rules = (rule for rule in self.rules if ANY in rule.types or ANY in able or rule.types & able)
        return frozenset().union(*(rule.show | rule.mask for rule in rules))

    def _decide(self, type_code: str | None) -> Decision | None:
        if not _covers(self.item.types, type_code):
            return None
        rules = [rule for rule in self.rules if _covers(rule.types, type_code)]
        if not rules:
            return None
        shown = frozenset().union(*(rule.show for rule in rules))
        masked = frozenset().union(*(rule.mask for rule in rules)) - shown
        access = {
            field: Access.SHOW if field in shown else Access.MASK if field in masked else Access.WITHHOLD
            for field in FIELDS
        }
        return Decision(access, tuple(rule.id for rule in rules))


class Denial(msgspec.Struct, frozen=True):
    """Why nothing is opened: the condition that would have to change."""

    reason: Text


_NO_ITEM = Text("事项不在目录中，或当日不生效", "the item is not in the catalogue, or not in force on that day")
_NO_APPLICATION = Text("没有规则向该应用开放", "no rule opens anything to this application")
_NO_ROLE = Text("没有规则向该角色开放", "no rule opens anything to this role")
_NO_BASIS = Text("没有规则以该依据开放", "no rule opens anything on this basis")
_NO_RULE_FOR_ITEM = Text("没有规则为该事项开放", "no rule opens anything for this item")
_NO_BODY = Text("没有规则向人员所属机构开放", "no rule opens anything to the person's body")
_NO_REGION = Text("没有规则向人员所在地区开放", "no rule opens anything to the person's region")
_NOT_IN_FORCE = Text("相关规则当日不生效", "the rules that would open it are not in force on that day")
_OTHER_BODY = Text("该事项由其他机构实施", "the item is carried out by another body")
_OTHER_REGION = Text("该事项不在人员所在地区办理", "the item is not handled in the person's region")
_NO_TYPE = Text("该事项不得使用此类证照", "this item may not use licences of this type")
_NO_RULE_FOR_TYPE = Text("没有规则开放此类证照", "no rule opens licences of this type")
_NO_RULE_FOR_FIELD = Text("没有规则开放该字段", "no rule opens this field")


class Explanation(msgspec.Struct, frozen=True):
    """Why a cell is open or closed."""

    access: Access
    rules: tuple[str, ...]
    missing: Text | None


class Policy:
    """Decides by one rule book; safe to share, rebuilt for every edition."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._items = {item.code: item for item in book.items}

    def permit(self, question: Question) -> Permit | Denial:
        """What the caller may use, or the first condition on which no rule holds.

        The conditions are tried in a fixed order: item, application, role, basis, item's rules, dates, body, region.
        An officer must besides belong to the body that carries the item out, or to its successor, in a region
        that handles it.
        """
        item = self._items.get(question.item)
        if item is None or not item.in_force(question.on):
            return Denial(_NO_ITEM)
        person = question.caller.person
        rules: Iterable[Rule] = self._book.rules
        for reason, holds in self._conditions(question, person):
            rules = [rule for rule in rules if holds(rule)]
            if not rules:
                return Denial(reason)
        if question.basis is UseBasis.STATUTORY and (refusal := self._foreign(item, person, question.on)):
            return Denial(refusal)
        return Permit(item, tuple(rules), {})

    def why(self, question: Question, type_code: str, field: str) -> Explanation:
        """Why a cell is open or closed: the access, the rules that open it, and what is missing if it is closed."""
        permit = self.permit(question)
        if isinstance(permit, Denial):
            return Explanation(Access.WITHHOLD, (), permit.reason)
        decision = permit.decide(type_code)
        if decision is None:
            is_item = _covers(permit.item.types, type_code)
            return Explanation(Access.WITHHOLD, (), _NO_RULE_FOR_TYPE if is_item else _NO_TYPE)
        access = decision.access.get(field, Access.WITHHOLD)
        if access is Access.WITHHOLD:
            return Explanation(access, (), _NO_RULE_FOR_FIELD)
        opening = [
            rule.id
            for rule in permit.rules
            if rule.id in decision.rules and field in (rule.show if access is Access.SHOW else rule.mask)
        ]
        return Explanation(access, tuple(opening), None)

    def _conditions(self, question: Question, person: Person | None) -> tuple[tuple[Text, _Holds], ...]:
        role = person.role if person else None
        body, place = (person.body, person.region) if person else (None, None)
        return (
            (_NO_APPLICATION, lambda rule: _covers(rule.applications, question.caller.application.code)),
            (_NO_ROLE, lambda rule: role in rule.roles),
            (_NO_BASIS, lambda rule: question.basis in rule.bases),
            (_NO_RULE_FOR_ITEM, lambda rule: _covers(rule.items, question.item)),
            (_NOT_IN_FORCE, lambda rule: rule.in_force(question.on)),
            (_NO_BODY, lambda rule: self._covers_body(rule, body, question.on)),
            (_NO_REGION, lambda rule: _covers_region(rule.regions, place)),
        )

    def _covers_body(self, rule: Rule, body: str | None, on: date) -> bool:
        if ANY in rule.bodies:
            return True
        return body is not None and any(self._book.bodies.same(code, body, on) for code in rule.bodies)

    def _foreign(self, item: Item, person: Person | None, on: date) -> Text | None:
        """Why this item is none of the officer's, if so."""
        if person is None or person.body is None or not self._book.bodies.same(item.body, person.body, on):
            return _OTHER_BODY
        if not _covers_region(frozenset(item.regions), person.region):
            return _OTHER_REGION
        return None


def _covers(codes: frozenset[str], code: str | None) -> bool:
    return ANY in codes or code in codes


def _covers_region(assigned: frozenset[str], place: str | None) -> bool:
    """Whether a person of ``place`` belongs to one of the regions: in it, not above it; no code is in none."""
    if ANY in assigned:
        return True
    try:
        return place is not None and any(region.matches(code, place) for code in assigned)
    except IdentifierInvalid:
        return False
