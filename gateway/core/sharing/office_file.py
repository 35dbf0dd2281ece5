"""The offices file: who is competent where, and what is to be known of the bodies that share data.

TOML::

    edition = 1

    [[authority]]
    region = "420100"              # competent there and inside it, unless a region inside has its own
    body = "…"                     # credit code

    [[body]]
    code = "…"
    region = "420106"              # whose deadlines apply to what is asked of it
    own_office = "…"               # approves its requests before they are submitted; may be the body itself
"""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from gateway.core.identifiers import credit_code, region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.sharing.offices import Competence, Member, Offices
from gateway.core.sharing.toml_reading import Reading, Strict, read_tables

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]


class _Authority(Strict, frozen=True, kw_only=True):
    region: _Text
    body: _Text


class _Body(Strict, frozen=True, kw_only=True):
    code: _Text
    region: _Text
    own_office: _Text | None = None


def read_offices(text: str) -> Reading[Offices]:
    """The offices of a TOML file, or everything that is wrong with it."""
    read = read_tables(text, {"authority": _Authority, "body": _Body})
    authorities: tuple[tuple[str, _Authority], ...] = read.tables.get("authority", ())
    bodies: tuple[tuple[str, _Body], ...] = read.tables.get("body", ())
    findings = [*read.findings]
    for where, one in authorities:
        findings += _codes(where, (one.body,), one.region)
    for where, other in bodies:
        findings += _codes(where, (other.code, *filter(None, (other.own_office,))), other.region)
    findings += _twice((where, one.region[:6]) for where, one in authorities)
    findings += _twice((where, one.code) for where, one in bodies)
    if findings:
        return Reading(None, tuple(findings))
    competences = [Competence(one.region, one.body) for _, one in authorities]
    return Reading(Offices(competences, [Member(one.code, one.region, one.own_office) for _, one in bodies]))


def _codes(where: str, bodies: tuple[str, ...], place: str) -> Iterator[str]:
    for parse, codes in ((credit_code.parse, bodies), (region.parse, (place,))):
        for code in codes:
            try:
                parse(code)
            except IdentifierInvalid as error:
                yield f"{where}: {code}: {error}"


def _twice(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for where, name in named:
        if name in seen:
            yield f"{where}: {name} stands twice"
        seen.add(name)
