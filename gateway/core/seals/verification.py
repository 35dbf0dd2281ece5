"""What was found in a sealed document: numbered steps, each with a verdict in plain words."""

from enum import StrEnum

import msgspec

from gateway.core.text import Text


class Verdict(StrEnum):
    """VALID; INVALID: something is wrong; UNDECIDED: something is not known; UNSUPPORTED: it cannot be judged here."""

    VALID = "VALID"
    INVALID = "INVALID"
    UNDECIDED = "UNDECIDED"
    UNSUPPORTED = "UNSUPPORTED"


class VerificationStep(msgspec.Struct, frozen=True):
    """One step: its number and name are those of docs/reference/examination.md."""

    number: int
    name: Text
    verdict: Verdict
    message: Text


class Verification(msgspec.Struct, frozen=True):
    """The verdict is the worst of the steps'."""

    verdict: Verdict
    steps: tuple[VerificationStep, ...]
