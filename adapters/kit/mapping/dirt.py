"""What can be wrong with one value, in words that never hold the value itself."""

from enum import StrEnum


class Dirt(StrEnum):
    """Reasons of a warning."""

    SEVERAL = "several-values"
    NOT_TEXT = "not-a-text"
    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    NOT_A_DATE = "not-a-date"
    NOT_A_NUMBER = "not-a-number"
    IMPOSSIBLE_DATE = "impossible-date"
    UNKNOWN_CODE = "unknown-code"
    UNEQUAL_PARTS = "unequal-parts"
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    NAME_MISSING = "name-missing"


class DirtyValue(Exception):
    """A value that cannot be taken as it came: the reasons, and what stands instead of it."""

    def __init__(self, *reasons: Dirt, instead: object = None) -> None:
        self.reasons = reasons
        self.instead = instead
        super().__init__(*reasons)
