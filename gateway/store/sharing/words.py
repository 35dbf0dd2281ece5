"""Finding words in Chinese text on any database: a text is kept normalised, with all pairs of its characters beside it.

Chinese has no spaces between words, so every two neighbouring characters are one entry of the index; a word that is
looked for is where all of its pairs are and the text itself has it. A single character is looked for in the texts.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

MOST_WORDS: Final = 10
LONGEST_WORD: Final = 100
_MOST_PAIRS: Final = 8
"""Pairs of one word that are looked up; the text decides on the rest."""

_PAIR: Final = 2


def normal(text: str) -> str:
    """The text in one spelling: full width as half width, small letters, one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs(text: str) -> frozenset[str]:
    """All pairs of characters of a normalised text that stand inside one word."""
    return frozenset(word[place : place + _PAIR] for word in text.split() for place in range(len(word) - 1))


def joined(parts: Iterable[str]) -> str:
    """The normalised text of several."""
    return " ".join(normal(part) for part in parts if part)


def wanted(query: str) -> tuple[str, ...]:
    """The words that a query asks for, none beyond MOST_WORDS."""
    return tuple(word[:LONGEST_WORD] for word in dict.fromkeys(normal(query).split()))[:MOST_WORDS]


def looked_up(word: str) -> tuple[str, ...]:
    """The pairs by which a word is looked up: some that are spread over all of it."""
    every = [word[place : place + _PAIR] for place in range(len(word) - 1)]
    step = max(1, -(-len(every) // _MOST_PAIRS))
    return tuple(dict.fromkeys(every[::step]))
