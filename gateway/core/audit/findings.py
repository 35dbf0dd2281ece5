"""What an examination found: a verdict and a message for each step, and how a step says that something is wrong."""

from enum import StrEnum

import msgspec

from gateway.core.text import Text


class Verdict(StrEnum):
    """VALID: proven; INVALID: disproven; UNDECIDED: not reached, or what is there is not enough."""

    VALID = "VALID"
    INVALID = "INVALID"
    UNDECIDED = "UNDECIDED"


class Step(msgspec.Struct, frozen=True):
    """What one step found."""

    number: int
    name: str
    verdict: Verdict
    message: Text


class Report(msgspec.Struct, frozen=True):
    """The verdict over all steps, and each of them."""

    verdict: Verdict
    steps: tuple[Step, ...]


class Invalid(Exception):
    """Something in an export is not as it should be."""

    def __init__(self, zh: str, en: str) -> None:
        self.message = Text(zh, en)
        super().__init__(en)


class Undecided(Invalid):
    """What is there is not enough."""
