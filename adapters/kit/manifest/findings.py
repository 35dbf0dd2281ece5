"""Findings: what is wrong with a manifest, where, and how to mend it.

A finding never repeats a value of the manifest: someone will paste a password, and findings are printed and stored.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import msgspec

from adapters.kit.manifest.nodes import Position
from gateway.core.text import Language, Text

_DID_YOU_MEAN: Final = Text("是否想写 {suggestion}", "did you mean {suggestion}")
_LONGEST_NAME: Final = 40


class Remark(msgspec.Struct, frozen=True):
    """A mistake at a place of the document being checked, not yet tied to a file."""

    at: Position
    what: Text
    remedy: Text
    suggestion: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. ``line`` and ``column`` count from 1, in lines and characters of ``file``.

    ``what`` and ``remedy`` are complete sentences, without placeholders.
    """

    file: str
    line: int
    column: int
    what: Text
    remedy: Text
    suggestion: str | None = None

    @classmethod
    def of(cls, remark: Remark, file: str) -> "Finding":
        """The remark as a finding in ``file``."""
        line, column = remark.at
        return cls(
            file=file,
            line=line,
            column=column,
            what=remark.what,
            remedy=remark.remedy,
            suggestion=remark.suggestion,
        )

    def render(self, language: Language) -> str:
        """``file:line:column: what; did you mean …; remedy`` in one line."""
        parts = [_said(self.what, language)]
        if self.suggestion is not None:
            parts.append(_DID_YOU_MEAN.render(language, suggestion=self.suggestion))
        parts.append(_said(self.remedy, language))
        joint = "；" if language is Language.ZH else "; "
        return f"{self.file}:{self.line}:{self.column}: {joint.join(parts)}"


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is or is most likely a misspelling of, or None."""
    known = set(known)
    if name in known:
        return name
    by_folded = {_folded(candidate): candidate for candidate in sorted(known)}
    found = get_close_matches(_folded(name[:200]), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def shown(name: str) -> str:
    """A key as findings may show it: whole if it looks like a name, else not at all."""
    return name if 0 < len(name) <= _LONGEST_NAME and name.isprintable() else "…"


def listed(names: Iterable[str], most: int = 30) -> str:
    """Names one after another, cut after ``most``."""
    ordered = list(names)
    return ", ".join(shown(name) for name in ordered[:most]) + (", …" if len(ordered) > most else "")


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _said(text: Text, language: Language) -> str:
    # not Text.render: a finding's sentence is complete, and names in it may hold braces
    return text.zh if language is Language.ZH else text.en
