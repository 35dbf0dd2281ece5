"""Verdicts, and steps that bear one."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.text import Text


class Verdict(StrEnum):
    """What an examination found, from the best to the worst.

    ``UNDECIDED``: what was there holds, and something that the verdict needs was not to be had (a trust anchor, a
    revocation list). ``UNSUPPORTED``: it is made in a way that is not known here, so nothing is said about it: never
    that it was tampered with. ``INVALID``: it is proven not to hold.
    """

    VALID = "VALID"
    UNDECIDED = "UNDECIDED"
    UNSUPPORTED = "UNSUPPORTED"
    INVALID = "INVALID"


WORDS: Final[Mapping[Verdict, Text]] = {
    Verdict.VALID: Text("成立", "VALID"),
    Verdict.UNDECIDED: Text("无法判断", "UNDECIDED"),
    Verdict.UNSUPPORTED: Text("不支持", "UNSUPPORTED"),
    Verdict.INVALID: Text("不成立", "INVALID"),
}
"""Each verdict as people read it."""

_LONGEST_SHOWN = 200
_SEVERITY = {verdict: severity for severity, verdict in enumerate(Verdict)}


class Step(msgspec.Struct, frozen=True):
    """One step with its verdict.

    Attributes:
        number: from 1; the same check has the same number in every report.
        name: the check's word in programs, as ``digests``.
        verdict: what was found.
        message: why, as one sentence for readers; its values are filled in, so it is shown as it is.
    """

    number: int
    name: str
    verdict: Verdict
    message: Text


def shown(text: str) -> str:
    """A text of a document as a message may hold it: at most 200 characters, all of which can be seen."""
    visible = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return visible if len(visible) <= _LONGEST_SHOWN else visible[: _LONGEST_SHOWN - 1] + "…"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them.

    Raises:
        ValueError: there are none: where nothing was examined nothing is valid.
    """
    return max(verdicts, key=_SEVERITY.__getitem__)


def worst_step(steps: Iterable[Step]) -> Step:
    """The first of the worst steps; a ValueError as in worst."""
    return max(steps, key=lambda step: _SEVERITY[step.verdict])
