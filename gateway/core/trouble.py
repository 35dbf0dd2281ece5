"""Why something that goes on by itself did not come to its end, kept until somebody looks."""

import msgspec

from gateway.core.errors import Refusal
from gateway.core.problems import find_problem
from gateway.core.text import Text


class Trouble(msgspec.Struct, frozen=True):
    """The number of a problem of the catalogue, and what fills its placeholders."""

    number: str
    values: dict[str, Text | str | int | float] = {}

    @classmethod
    def of(cls, refusal: Refusal) -> "Trouble":
        """What can be kept of a refusal."""
        values = {
            name: value if isinstance(value, Text | str | int | float) else str(value)
            for name, value in refusal.values.items()
        }
        return cls(refusal.problem.number, values)

    def refusal(self) -> Refusal:
        """The refusal that it was."""
        return Refusal(find_problem(self.number), None, **self.values)
