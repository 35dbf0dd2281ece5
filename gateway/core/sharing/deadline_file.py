"""The deadline file: an edition of deadline rules and of the reasons that may be given, as data with dates.

TOML::

    edition = 3

    [[rule]]
    id = "county-compliance"
    region = "420106"              # for requests decided there or inside it; "000000" for the whole country
    stage = "COMPLIANCE"           # OWN_APPROVAL, COMPLIANCE, DECISION, DELIVERY, CORRECTION, ACKNOWLEDGEMENT
    sharing = ["CONDITIONAL"]      # UNCONDITIONAL, CONDITIONAL
    published = true               # left out: for resources published or not
    days = 2                       # working days
    extension = 0
    remind = [1]
    escalate = [1, 5]
    valid_from = 2026-01-01
    source = "…"                   # what it rests on

    [[reason]]
    code = "beyond-necessary"
    use = "REFUSE"                 # REFUSE, RETURN, REVOKE
    zh = "…"
    en = "…"
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations
from typing import Annotated

import msgspec

from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.sharing.deadlines import DeadlineRule, Stage
from gateway.core.sharing.reasons import Reason, Reasons, ReasonUse
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.toml_reading import Reading, Strict, read_tables
from gateway.core.text import Text

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{1,49}$")]
_Days = Annotated[int, msgspec.Meta(ge=1, le=365)]
_Marks = Annotated[tuple[_Days, ...], msgspec.Meta(max_length=10)]


class _Rule(Strict, frozen=True, kw_only=True):
    id: _Text
    region: _Text
    stage: Stage
    sharing: Annotated[tuple[SharingType, ...], msgspec.Meta(min_length=1)]
    published: bool | None = None
    days: _Days
    extension: Annotated[int, msgspec.Meta(ge=0, le=365)] = 0
    remind: _Marks = ()
    escalate: _Marks = ()
    valid_from: date = date.min
    valid_until: date = date.max
    source: _Text


class _Reason(Strict, frozen=True, kw_only=True):
    code: _Code
    use: ReasonUse
    zh: _Text
    en: _Text


class DeadlineFile(msgspec.Struct, frozen=True):
    """What a deadline file says; ``reasons`` is None if it lists none."""

    edition: int
    rules: tuple[DeadlineRule, ...]
    reasons: Reasons | None


def read_deadlines(text: str) -> Reading[DeadlineFile]:
    """The rules of a TOML file, or everything that is wrong with it."""
    read = read_tables(text, {"rule": _Rule, "reason": _Reason})
    rules: tuple[tuple[str, _Rule], ...] = read.tables.get("rule", ())
    reasons: tuple[tuple[str, _Reason], ...] = read.tables.get("reason", ())
    findings = (*read.findings, *_rules(rules), *_overlaps(rules), *_reasons(reasons))
    if findings:
        return Reading(None, findings)
    listed = Reasons(Reason(one.code, one.use, Text(one.zh, one.en)) for _, one in reasons) if reasons else None
    return Reading(DeadlineFile(read.edition, tuple(_made(rule) for _, rule in rules), listed))


def _rules(rules: Iterable[tuple[str, _Rule]]) -> Iterator[str]:
    seen: set[str] = set()
    for where, rule in rules:
        if rule.id in seen:
            yield f"{where}: rule {rule.id} stands twice"
        seen.add(rule.id)
        try:
            region.parse(rule.region)
        except IdentifierInvalid as error:
            yield f"{where}: region: {error}"
        if SharingType.NOT_SHARED in rule.sharing:
            yield f"{where}: sharing: what is not shared has no deadline"
        if rule.valid_until < rule.valid_from:
            yield f"{where}: it ends before it begins"
        if any(mark >= rule.days for mark in rule.remind):
            yield f"{where}: remind: fewer working days than days are expected"


def _overlaps(rules: tuple[tuple[str, _Rule], ...]) -> Iterator[str]:
    """Rules between which only their ids would decide."""
    groups: dict[tuple[str, Stage, bool | None, date], list[tuple[str, _Rule]]] = {}
    for where, rule in rules:
        groups.setdefault((rule.region[:6], rule.stage, rule.published, rule.valid_from), []).append((where, rule))
    for group in groups.values():
        for (_, one), (where, other) in combinations(group, 2):
            if set(one.sharing) & set(other.sharing):
                yield f"{where}: it begins on the same day and is for the same as rule {one.id}"


def _reasons(reasons: Iterable[tuple[str, _Reason]]) -> Iterator[str]:
    seen: set[tuple[str, ReasonUse]] = set()
    for where, reason in reasons:
        if (reason.code, reason.use) in seen:
            yield f"{where}: reason {reason.code} stands twice for {reason.use}"
        seen.add((reason.code, reason.use))


def _made(rule: _Rule) -> DeadlineRule:
    return DeadlineRule(
        id=rule.id,
        region=rule.region,
        stage=rule.stage,
        sharing=frozenset(rule.sharing),
        published=rule.published,
        days=rule.days,
        extension=rule.extension,
        remind=rule.remind,
        escalate=rule.escalate,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        source=rule.source,
    )
