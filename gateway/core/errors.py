"""The error tree.

    YiwangError
    ├── Refusal            what a caller can be told: a catalogued problem with field and remedy
    ├── SystemFailure      a call to a legacy system that gave no usable answer: outcome and culprit
    ├── ConfigurationInvalid   what operations must mend before the gateway can start
    ├── KeyUnusable        a setting whose text is no key of the kind that is needed
    ├── PayloadUnreadable  a ciphertext that does not decrypt under the key
    └── IdentifierInvalid  text that is no identifier of its kind (``identifiers.invalid``); also a ValueError

Everything else that escapes is a defect and reaches the caller as INTERNAL without detail.
"""

from gateway.core.outcome import Fault, Outcome
from gateway.core.problems import Problem
from gateway.core.text import Language, Text


class YiwangError(Exception):
    """Base of every error that this project raises on purpose."""


class Refusal(YiwangError):
    """A request that is not carried out, for a reason from the catalogue.

    Args:
        problem: the catalogue entry.
        field: path of the input at fault, in the caller's spelling (``holder.document.number``).
        values: what fills the entry's placeholders, a Text in the reader's language; never personal data.
    """

    def __init__(self, problem: Problem, field: str | None = None, **values: object) -> None:
        self.problem = problem
        self.field = field
        self.values = values
        super().__init__(self.message(Language.EN))

    def message(self, language: Language) -> str:
        """What is wrong."""
        return self.problem.message.render(language, **self._rendered(language))

    def remedy(self, language: Language) -> str:
        """How to mend it."""
        return self.problem.remedy.render(language, **self._rendered(language))

    def _rendered(self, language: Language) -> dict[str, object]:
        return {
            name: value.render(language) if isinstance(value, Text) else value for name, value in self.values.items()
        }


class SystemFailure(YiwangError):
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


class ConfigurationInvalid(YiwangError):
    """A setting, file or environment that the gateway cannot start with.

    Args:
        what: what is wrong and where; no secret.
        remedy: what to do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}; {remedy}")


class KeyUnusable(YiwangError):
    """Text that is no key of its kind; the caller adds which setting it came from. Never shows the text."""


class PayloadUnreadable(YiwangError):
    """A ciphertext that does not decrypt; why is not told."""
