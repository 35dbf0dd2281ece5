"""Offices of data sharing: who is competent where, in which region a body works, whose requests need approval first."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from gateway.core.identifiers import region
from gateway.core.identifiers.provinces import NATION


class Competence(msgspec.Struct, frozen=True):
    """The competent authority of a region and of everything inside it that has none of its own; a credit code."""

    region: str
    body: str


class Member(msgspec.Struct, frozen=True):
    """A body: the region that it works for, and the office that approves its requests before they are submitted.

    ``own_office`` may be the body itself: then another of its people approves. None where nobody has to.
    """

    body: str
    region: str
    own_office: str | None = None


class Offices:
    """One edition of the offices."""

    def __init__(self, competences: Iterable[Competence] = (), members: Iterable[Member] = ()) -> None:
        self._competences = tuple(competences)
        self._members: Mapping[str, Member] = {one.body: one for one in members}

    def region_of(self, body: str) -> str:
        """The region for which a body works; the whole country if nothing is known of it."""
        member = self._members.get(body)
        return _EVERYWHERE if member is None else member.region

    def own_office(self, body: str) -> str | None:
        """The office that approves what this body asks for."""
        member = self._members.get(body)
        return None if member is None else member.own_office

    def authority(self, place: str) -> str | None:
        """Who is competent for a region: the authority of the most specific region around it."""
        around = [one for one in self._competences if region.matches(one.region, place)]
        chosen = max(around, key=_depth, default=None)
        return None if chosen is None else chosen.body

    @property
    def bodies(self) -> frozenset[str]:
        """Every body that is named, if bodies are listed at all; none if only authorities are."""
        if not self._members:
            return frozenset()
        own = (one.own_office for one in self._members.values() if one.own_office is not None)
        return frozenset(self._members).union(own, (one.body for one in self._competences))

    def is_authority(self, body: str) -> bool:
        """Whether the body is competent anywhere."""
        return any(one.body == body for one in self._competences)


_EVERYWHERE: Final = "000000"


def _depth(one: Competence) -> int:
    return len(region.ancestors(one.region)) + (one.region[:6] != NATION)
