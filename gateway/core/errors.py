"""The error tree.

    YiwangError
    ├── Refusal            what a caller can be told: a catalogued problem with field and remedy
    ├── SystemFailure      a call to a legacy system that gave no usable answer: outcome and culprit
    ├── ConfigurationInvalid   what operations must mend before the gateway can start
    ├── StoreUnavailable   the gateway's own records cannot be reached; the cause is kept
    ├── StoreConflict      a rule of the tables refused a row, such as a second one of the same key
    ├── BackupUnusable     a backup that cannot be written, or read to its end as it was written
    ├── KeyUnusable        a key that is none of its kind, does not fit its certificate, or cannot be reached
    │   ├── PinRefused     its device does not take the PIN
    │   └── SignatureWrong what signed it holds another key
    ├── PayloadUnreadable  a ciphertext that does not decrypt under the key
    ├── LeaseLost          a task that is another worker's by now (``tasks``)
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
        retry_after: seconds after which the system, or what guards it, asks to be tried again.
        passing: a moment later it may well be otherwise, so that a call that only reads is worth repeating.
        unsent: nothing of the request has left the gateway, so that the system cannot have acted on it.
    """

    def __init__(
        self,
        outcome: Outcome,
        fault: Fault,
        notice: str,
        *,
        code: str | None = None,
        message: str | None = None,
        retry_after: int | None = None,
        passing: bool = False,
        unsent: bool = False,
    ) -> None:
        self.outcome = outcome
        self.fault = fault
        self.notice = notice
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.passing = passing
        self.unsent = unsent
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


class StoreUnavailable(YiwangError):
    """The gateway's own records cannot be reached, or not in time. Whether a commit was carried out is not known.

    The text is for logs and holds no data; the cause is kept.
    """


class StoreConflict(YiwangError):
    """A rule of the tables refused a row, such as a second one of the same key. Nothing was written."""


class BackupUnusable(YiwangError):
    """A backup that cannot be written, or that is not what was written."""


class KeyUnusable(YiwangError):
    """No key of its kind, or one that cannot be used now; the caller adds which it is. Never shows a key or a PIN."""


class PinRefused(KeyUnusable):
    """A device that does not take the PIN: it is not tried again, for devices lock themselves after a few tries."""


class SignatureWrong(KeyUnusable):
    """Whoever holds the key gave a signature that does not verify under its certificate."""


class PayloadUnreadable(YiwangError):
    """A ciphertext that does not decrypt; why is not told."""
