"""What an entry of the catalogue is, and the catalogue of all of them."""

from enum import StrEnum

import msgspec

from gateway.core.text import Text


class ProblemCode(StrEnum):
    """The class of a problem, ``extensions.code`` of a GraphQL error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_INPUT = "BAD_INPUT"
    LIMIT = "LIMIT"
    TIMEOUT = "TIMEOUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INTERNAL = "INTERNAL"


class Problem(msgspec.Struct, frozen=True):
    """A catalogue entry."""

    number: str
    code: ProblemCode
    message: Text
    remedy: Text


_ALL: dict[str, Problem] = {}


def entry(number: str, code: ProblemCode, message: tuple[str, str], remedy: tuple[str, str]) -> Problem:
    """A new entry, its texts in Chinese and English; raises ValueError for a number that is taken."""
    if number in _ALL:
        raise ValueError(number)
    _ALL[number] = problem = Problem(number, code, Text(*message), Text(*remedy))
    return problem


def catalogue() -> tuple[Problem, ...]:
    """Every entry, ordered by number."""
    return tuple(_ALL[number] for number in sorted(_ALL))


def find_problem(number: str) -> Problem:
    """The entry of this number; raises KeyError for one that was never given."""
    return _ALL[number]
