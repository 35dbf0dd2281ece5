"""Notices in the reader's language: code writes them in English, ``notice_catalogue`` knows the Chinese."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.core.notice_catalogue import NOTICES
from gateway.core.outcome import Outcome
from gateway.core.text import Language

_LONGEST: Final = 1_000
"""Characters of a notice beyond which it stays as it is: ours are sentences."""

_REMEMBERED: Final = 1_024

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_SHORT: Final = "(?:(?!; ).){1,500}?"
"""What a placeholder stands for: never more than one part of several."""

_ANY: Final = "(?:.+)"
_OUTCOME: Final = re.compile(f"({'|'.join(Outcome)}): ")
"""What the last error of a system's health begins with."""


class _List(NamedTuple):
    """How sentences follow one another in the two languages, and how many of a list one may look like."""

    by: str
    joined: str
    most: int = 1


_PARTS: Final = _List("; ", "；", 1 + max(template.count("; ") for template in NOTICES))
_NESTED: Final = {"notice": _PARTS, "reasons": _List(", ", "、")}
"""Placeholders whose values are sentences themselves."""


def joint(language: Language) -> str:
    """What stands between the parts of a notice."""
    return _PARTS.by if language is Language.EN else _PARTS.joined


def in_language(notice: str, language: Language) -> str:
    """``notice`` for a reader of ``language``, part by part; parts that are in no catalogue stay as they are.

    Args:
        notice: an English sentence, several joined by ``; ``, or either after an outcome's name and a colon.
        language: the reader's.
    """
    return notice if language is Language.EN or len(notice) > _LONGEST else _in_chinese(notice)


@lru_cache(maxsize=_REMEMBERED)
def _in_chinese(notice: str) -> str:
    outcome = _OUTCOME.match(notice)
    if outcome is None:
        return _each(notice, _PARTS)
    return f"{outcome[1]}：{_each(notice[outcome.end() :], _PARTS)}"


def _each(text: str, of: _List) -> str:
    """The sentences of a list, each translated; a list of which none is known comes back as it was."""
    parts = text.split(of.by)
    translated: list[str] = []
    is_known = False
    while parts:
        taken, sentence = _first(parts, of)
        is_known = is_known or sentence is not None
        translated.append(parts[0] if sentence is None else sentence)
        del parts[:taken]
    return of.joined.join(translated) if is_known else text


def _first(parts: list[str], of: _List) -> tuple[int, str | None]:
    """How many parts the first sentence takes, the most that fit, and its translation if it has one."""
    for taken in range(min(len(parts), of.most), 0, -1):
        sentence = _translated(of.by.join(parts[:taken]))
        if sentence is not None:
            return taken, sentence
    return 1, None


def _translated(sentence: str) -> str | None:
    exact = _EXACT.get(sentence)
    if exact is not None:
        return exact
    for pattern, chinese in _TEMPLATES:
        match = pattern.fullmatch(sentence)
        if match is not None:
            return _filled(chinese, match)
    return None


def _filled(chinese: str, match: re.Match[str]) -> str:
    def value(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        return _each(match[name], _NESTED[name]) if name in _NESTED else match[name]

    return _PLACEHOLDER.sub(value, chinese)


def _pattern(english: str) -> re.Pattern[str]:
    """Of a template: its words as they are, its placeholders as named groups."""
    pieces = _PLACEHOLDER.split(english)
    for place, piece in enumerate(pieces):
        is_name = place % 2
        pieces[place] = f"(?P<{piece}>{_ANY if piece == 'notice' else _SHORT})" if is_name else re.escape(piece)
    return re.compile("".join(pieces), re.DOTALL)


def _rank(english: str) -> tuple[bool, int, str]:
    """Where several templates fit a sentence, one that fixes its beginning counts, then the one that fixes most."""
    return english.startswith("{"), -len(_PLACEHOLDER.sub("", english)), english


_EXACT: Final = {english: chinese for english, chinese in NOTICES.items() if not _PLACEHOLDER.search(english)}
_TEMPLATES: Final = [
    (_pattern(english), NOTICES[english]) for english in sorted(NOTICES.keys() - _EXACT.keys(), key=_rank)
]
