"""The error tree.

    YiwangError
    ├── Refusal            what a caller can be told: a catalogued problem with field and remedy
    └── SystemFailure      a call to a legacy system that gave no usable answer: outcome and culprit

Everything else that escapes is a defect and reaches the caller as INTERNAL without detail.
"""

from gateway.core.outcome import Fault, Outcome
from gateway.core.problems import Problem
from gateway.core.text import Language


class YiwangError(Exception):
    """Base of every error that this project raises on purpose."""


class Refusal(YiwangError):  # noqa: N818 - the glossary's word: the gateway refuses, nothing is broken
    """A request that is not carried out, for a reason from the catalogue.

    Args:
        problem: the catalogue entry.
        field: path of the input at fault, in the caller's spelling (``holder.document.number``).
        values: what fills the entry's placeholders; never personal data.
    """

    def __init__(self, problem: Problem, field: str | None = None, **values: object) -> None:
        self.problem = problem
        self.field = field
        self.values = values
        super().__init__(self.message(Language.EN))

    def message(self, language: Language) -> str:
        """What is wrong."""
        return self.problem.message.render(language, **self.values)

    def remedy(self, language: Language) -> str:
        """How to mend it."""
        return self.problem.remedy.render(language, **self.values)


class SystemFailure(YiwangError):  # noqa: N818 - an answer that did not come, reported as an outcome
    """A call that ended without a usable answer.

    Args:
        outcome: how it ended.
        fault: who has to mend it.
        notice: the explanation for reports and logs; no personal data, no secret, none of the reply's content.
        code: the system's own code, if it gave one.
        message: the system's own text, if it gave one.
    """

    def __init__(
        self,
        outcome: Outcome,
        fault: Fault,
        notice: str,
        *,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        self.outcome = outcome
        self.fault = fault
        self.notice = notice
        self.code = code
        self.message = message
        super().__init__(notice)
