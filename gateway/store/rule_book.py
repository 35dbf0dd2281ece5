"""The rule book file: what the hub office has decided, as data with dates (docs/reference/rules.md).

TOML. Every list is written out; ``["*"]`` opens a dimension whole, leaving one out opens nothing::

    edition = 1
    bind_within_hours = 72
    pace = { holders = 60, refill_seconds = 60 }

    [[body]]                       # from that day the successor stands for the body
    code = "…"
    successor = "…"
    on = 2026-03-01

    [[item]]
    code = "…"
    name = "…"
    body = "…"                     # who carries it out
    regions = ["420100"]
    types = ["…011"]               # the licence types it may need

    [[rule]]
    id = "hall-1"
    applications = ["hall"]
    roles = ["officer"]
    bases = ["STATUTORY"]
    items = ["*"]
    types = ["*"]
    bodies = ["*"]
    regions = ["420000"]
    show = ["type", "name", "state", "validUntil"]
    mask = ["holders.number"]
    source = "…"                   # the decision it rests on

    [[authority]]                  # whom to believe where systems disagree
    types = ["*"]
    fields = ["*"]
    order = ["province-licences", "city-licences"]
"""

import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.core.bodies import Bodies, Succession
from gateway.core.caller import Role
from gateway.core.errors import ConfigurationInvalid
from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.policy.evaluator import Policy
from gateway.core.policy.rules import ANY, FIELDS, MASKABLE, Authority, Item, Pace, Rule, RuleBook
from gateway.core.use import UseBasis

_BIGGEST = 8_000_000
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_Codes = Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1)]
_RANKED = {name.split(".")[0] for name in FIELDS} - {"rawState", "stateReason"}
"""Fields of which an authority can speak; the raw code and the reason come with the state."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class _Body(_Strict, frozen=True, kw_only=True):
    code: _Text
    successor: _Text
    on: date


class _Item(_Strict, frozen=True, kw_only=True):
    code: _Text
    name: _Text
    body: _Text
    regions: _Codes
    types: _Codes
    valid_from: date = date.min
    valid_until: date = date.max


class _Rule(_Strict, frozen=True, kw_only=True):
    id: _Text
    applications: _Codes
    roles: _Codes
    bases: _Codes
    items: _Codes
    types: _Codes
    bodies: _Codes
    regions: _Codes
    show: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    valid_from: date = date.min
    valid_until: date = date.max
    source: _Text


class _Authority(_Strict, frozen=True, kw_only=True):
    types: _Codes
    fields: _Codes
    order: _Codes


class _Pace(_Strict, frozen=True, kw_only=True):
    holders: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 60
    refill_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 60


class _File(_Strict, frozen=True, kw_only=True):
    edition: Annotated[int, msgspec.Meta(ge=1, le=1)]
    bind_within_hours: Annotated[int, msgspec.Meta(ge=1, le=8_760)] = 72
    pace: _Pace = _Pace()
    body: tuple[_Body, ...] = ()
    item: tuple[_Item, ...] = ()
    rule: tuple[_Rule, ...] = ()
    authority: tuple[_Authority, ...] = ()


def load_rule_book(file: Path) -> RuleBook:
    """The rule book in ``file``.

    Raises:
        ConfigurationInvalid: it cannot be read, or names what does not exist; every such name is told at once.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_BIGGEST + 1)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "name it with YIWANG_RULES") from error
    if len(text) > _BIGGEST:
        raise ConfigurationInvalid(f"{file} is larger than {_BIGGEST} bytes", "split the rules by province")
    try:
        parsed = msgspec.convert(tomllib.loads(text.decode()), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationInvalid(f"{file}: {error}", "compare with docs/reference/rules.md") from error
    if wrong := list(_wrong(parsed)):
        raise ConfigurationInvalid(f"{file}: {'; '.join(wrong)}", "compare with docs/reference/rules.md")
    try:
        bodies = Bodies(Succession(body.code, body.successor, body.on) for body in parsed.body)
    except ValueError as error:
        raise ConfigurationInvalid(f"{file}: {error}", "let every body have one successor, and no circle") from error
    return RuleBook(
        items=tuple(_item(item) for item in parsed.item),
        rules=tuple(_rule(rule) for rule in parsed.rule),
        bodies=bodies,
        authorities=tuple(
            Authority(types=frozenset(line.types), fields=frozenset(line.fields), order=line.order)
            for line in parsed.authority
        ),
        pace=Pace(holders=parsed.pace.holders, refill=timedelta(seconds=parsed.pace.refill_seconds)),
        bind_within=timedelta(hours=parsed.bind_within_hours),
    )


def _wrong(parsed: _File) -> Iterable[str]:
    """What the shape alone does not find."""
    yield from _twice("item", [item.code for item in parsed.item])
    yield from _twice("rule", [rule.id for rule in parsed.rule])
    items = {item.code for item in parsed.item} | {ANY}
    words: dict[str, set[str]] = {
        "roles": set(Role),
        "bases": set(UseBasis),
        "items": items,
        "show": set(FIELDS),
        "mask": set(MASKABLE),
    }
    for rule in parsed.rule:
        for name, known in words.items():
            unknown = sorted(set(getattr(rule, name)) - known)
            if unknown:
                yield f"rule {rule.id}: {name} names {', '.join(unknown)}, which is not known"
        yield from _regions(f"rule {rule.id}", rule.regions)
        yield from _days(f"rule {rule.id}", rule)
        if not rule.show and not rule.mask:
            yield f"rule {rule.id} opens nothing: give show or mask"
    for item in parsed.item:
        yield from _regions(f"item {item.code}", item.regions)
        yield from _days(f"item {item.code}", item)
    for line in parsed.authority:
        unknown = sorted(set(line.fields) - _RANKED - {ANY})
        if unknown:
            yield f"authority: fields names {', '.join(unknown)}, which is none that can be ranked"


def _twice(kind: str, names: list[str]) -> Iterable[str]:
    yield from (f"{kind} {name} stands twice" for name in sorted({name for name in names if names.count(name) > 1}))


def _regions(where: str, codes: Iterable[str]) -> Iterable[str]:
    for code in codes:
        if code != ANY:
            try:
                region.parse(code)
            except IdentifierInvalid:
                yield f"{where}: {code} is no region code"


def _days(where: str, line: _Rule | _Item) -> Iterable[str]:
    if line.valid_until < line.valid_from:
        yield f"{where} ends before it begins"


def _item(item: _Item) -> Item:
    return Item(
        code=item.code,
        name=item.name,
        body=item.body,
        types=frozenset(item.types),
        regions=item.regions,
        valid_from=item.valid_from,
        valid_until=item.valid_until,
    )


def _rule(rule: _Rule) -> Rule:
    return Rule(
        id=rule.id,
        applications=frozenset(rule.applications),
        roles=frozenset(map(Role, rule.roles)),
        bases=frozenset(map(UseBasis, rule.bases)),
        items=frozenset(rule.items),
        types=frozenset(rule.types),
        bodies=frozenset(rule.bodies),
        regions=frozenset(rule.regions),
        show=frozenset(rule.show),
        mask=frozenset(rule.mask),
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        source=rule.source,
    )


class FileRules:
    """A PolicyProvider over one rule book that was read at start."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._policy = Policy(book)

    def policy(self) -> Policy:
        """The policy by the present edition."""
        return self._policy

    def book(self) -> RuleBook:
        """The present edition itself."""
        return self._book
