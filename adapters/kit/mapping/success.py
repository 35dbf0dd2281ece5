"""Whether it went well: the rule on a whole reply, and the rule on each of its rows."""

from collections.abc import Callable, Sequence

import msgspec

from adapters.kit.manifest.model import RowSuccess, Success
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.failures import misshapen
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Get, Node, Place
from adapters.kit.mapping.values import text
from gateway.core.outcome import Outcome

_SHOWN = 500
"""Characters of the system's own code and message that are kept."""

Meaning = Callable[[str], Outcome | None]
"""What a code of the system's means; None for one that the manifest does not map."""


class Said(msgspec.Struct, frozen=True):
    """What a rule read: the deciding text, whether it means success (None without a rule), own code and text."""

    status: str | None = None
    accepted: bool | None = None
    code: str | None = None
    message: str | None = None


class RowRefused(msgspec.Struct, frozen=True):
    """A row that is none: what the system's code for it means (None if nobody knows), the code, its own text."""

    outcome: Outcome | None
    code: str | None = None
    message: str | None = None


class Envelope:
    """Success, code and message around the rows.

    Args:
        rule: the manifest's; without one nothing is said.
        root: nodes in which ``want_success`` has marked what the rule reads.
    """

    def __init__(self, rule: Success | None, root: Node) -> None:
        self._rule = rule
        self._status: Get | None = None
        self._code: Get | None = None
        self._message: Get | None = None
        if rule is not None:
            self._status, self._code, self._message = _getters(rule, root)

    def read(self, document: object) -> Said:
        """What the rule reads; raises SystemFailure UPSTREAM_FAULT if something else stands where the status is."""
        if self._rule is None or self._status is None:
            return Said()
        try:
            status = text(self._status(document))
        except DirtyValue as dirt:
            raise misshapen(self._rule.at) from dirt
        return _said(self._rule, status, self._code, self._message, document)

    def refuses(self, document: object) -> bool:
        """Whether the document says for certain that the call failed."""
        try:
            status = text(self._status(document)) if self._status is not None else None
        except DirtyValue:
            return False
        return self._rule is not None and status is not None and status not in self._rule.accepted


class RowRule:
    """Which rows of a reply are rows.

    Args:
        rule: the manifest's.
        row: node of a row, in which ``want_success`` has marked what the rule reads.
        meaning: what codes mean, where the rule's own table does not say it.
    """

    def __init__(self, rule: RowSuccess, row: Node, meaning: Meaning) -> None:
        self._rule = rule
        self._status, self._code, self._message = _getters(rule, row)
        self._meaning = meaning

    def sift(self, rows: Sequence[object]) -> tuple[list[object], tuple[RowRefused, ...]]:
        """The rows that are some, and what was said of those that are none, except of what was not found."""
        kept: list[object] = []
        refused: list[RowRefused] = []
        for row in rows:
            status = lenient(self._status, row)
            if status is not None and status in self._rule.accepted:
                kept.append(row)
                continue
            said = _said(self._rule, status, self._code, self._message, row)
            code = said.code or said.status
            outcome = None if code is None else self._rule.outcomes.get(code) or self._meaning(code)
            if outcome is Outcome.OK:
                kept.append(row)
            elif outcome is not Outcome.NOT_FOUND:
                refused.append(RowRefused(outcome, code, said.message))
        return kept, tuple(refused)


def want_success(rule: Success | None, place: Place) -> None:
    """Mark what a rule reads below a place."""
    for path in () if rule is None else (rule.at, rule.code, rule.message):
        if path is not None:
            place.at(parse_path(path)).value = True


def lenient(get: Get, value: object) -> str | None:
    """A text beside what was asked for: one that cannot be read is only missing."""
    try:
        return text(get(value))
    except DirtyValue:
        return None


def _getters(rule: Success, node: Node) -> tuple[Get, Get | None, Get | None]:
    status = node.getter(parse_path(rule.at))
    code, message = (None if path is None else node.getter(parse_path(path)) for path in (rule.code, rule.message))
    return status, code, message


def _said(rule: Success, status: str | None, code: Get | None, message: Get | None, document: object) -> Said:
    own = lenient(code, document) if code else status
    words = lenient(message, document) if message else None
    return Said(_shown(status), status in rule.accepted, _shown(own), _shown(words))


def _shown(words: str | None) -> str | None:
    return words[:_SHOWN] if words else None
