"""The whole of an examination: the steps of every signature, and those of the document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from certs.examination.catalogue import Check
from certs.examination.steps import Step, Verdict, worst, worst_step
from gateway.core.text import Language, Text

NOT_SIGNED: Final = Text("文件没有签章，也没有数字签名", "the document bears neither a seal nor a signature")


class SignatureExamination(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one signature.

    Attributes:
        label: which one, as the document names it.
        kind: ``seal``, ``signature`` or ``timestamp``.
        steps: what was examined, by number; at least one.
        signer: the subject of the signer's certificate, if it was read.
        seal_name: the name of the seal, if there is one and it was read.
        signed_at: the time that the signature states or a timestamp proves.
    """

    label: str
    kind: str
    steps: tuple[Step, ...]
    signer: str | None = None
    seal_name: str | None = None
    signed_at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of its steps."""
        return worst(step.verdict for step in self.steps)


class Examination(msgspec.Struct, frozen=True):
    """What was found in a document.

    Attributes:
        steps: one for each check that was made: the worst among the document's and its signatures'.
        signatures: each signature by itself, in the document's order.
    """

    steps: tuple[Step, ...]
    signatures: tuple[SignatureExamination, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of all steps."""
        return worst(step.verdict for step in self.steps)

    def step(self, check: Check) -> Step | None:
        """The step of this check, if it was made."""
        return next((step for step in self.steps if step.number == check), None)

    def to_json(self, language: Language = Language.ZH) -> Mapping[str, object]:
        """What programs and the command print: ``{verdict, steps: [{number, name, verdict, message}], signatures}``."""
        return {
            "verdict": self.verdict.value,
            "steps": _steps(self.steps, language),
            "signatures": [
                {
                    "label": signature.label,
                    "kind": signature.kind,
                    "verdict": signature.verdict.value,
                    "signer": signature.signer,
                    "sealName": signature.seal_name,
                    "signedAt": signature.signed_at.isoformat() if signature.signed_at else None,
                    "steps": _steps(signature.steps, language),
                }
                for signature in self.signatures
            ],
        }


class Addition(msgspec.Struct, frozen=True):
    """What a document has that another one has not.

    Attributes:
        steps: of ``Check.ADDITION``, and what the comparison shows besides.
        label: which signature of the document is the only thing that was added; None if that is not so.
    """

    steps: tuple[Step, ...]
    label: str | None = None


def combine(signatures: Sequence[SignatureExamination], document: Sequence[Step] = ()) -> Examination:
    """The examination of a document with these signatures and these steps of its own.

    Raises:
        ValueError: there is neither a signature nor a step.
    """
    found = list(document)
    for signature in signatures:
        found += signature.steps if len(signatures) == 1 else (_labelled(signature, step) for step in signature.steps)
    if not found:
        raise ValueError("nothing was examined")
    numbers = sorted({step.number for step in found})
    steps = tuple(worst_step(step for step in found if step.number == number) for number in numbers)
    return Examination(steps, tuple(signatures))


def unsigned() -> Examination:
    """The examination of a document that nobody signed: there is nothing to decide about."""
    return Examination((Check.STRUCTURE.undecided(NOT_SIGNED),))


def _labelled(signature: SignatureExamination, step: Step) -> Step:
    said = step.message
    return msgspec.structs.replace(step, message=Text(f"{signature.label}：{said.zh}", f"{signature.label}: {said.en}"))


def _steps(steps: Sequence[Step], language: Language) -> list[Mapping[str, object]]:
    return [
        {
            "number": step.number,
            "name": step.name,
            "verdict": step.verdict.value,
            "message": step.message.zh if language is Language.ZH else step.message.en,
        }
        for step in steps
    ]
