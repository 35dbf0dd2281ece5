"""Examining the signatures and seals of a PDF.

1. Each signature's dictionary and value can be read.
2. What it covers has the digest that was signed.
3. It covers the file from its beginning to the end of its revision, but its own value.
6. The signature's value is of the key of the certificate that the signature itself names.
7. The certificate's chain ends at a trust anchor.
8. Nothing of the chain was revoked.
9. The time that counts lies in the certificate's validity, and times do not contradict each other.
10. A timestamp proves its time.
11. What was added to the file later is nothing but signatures and data for their verification, and no signature in it
    was taken away.

The steps of a seal (4, 5) are OFD's: a PDF holds no more of a seal than its picture.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.examination import Check, Examination, SignatureExamination, Step, combine, unsigned
from certs.pdf.changes import examine_changes
from certs.pdf.coverage import CoverageBroken
from certs.pdf.document import Document, FieldObject, opened, translated
from certs.pdf.errors import PdfUnreadable
from certs.pdf.form import SIGNATURE
from certs.pdf.judging import Judge
from certs.pdf.removed import removed_signatures
from certs.pdf.stored import read_stored
from certs.pdf.values import SignatureUnread, SignatureValue, read_value
from certs.x509 import Certificate, Evidence, TrustStore
from gateway.core.text import Text

MOST_SIGNATURES: Final = 100

_READ: Final = Text("签名字典和签名值结构正确", "the signature's dictionary and value are well formed")
_HYBRID: Final = Text(
    "文件使用混合交叉引用，不同阅读器看到的内容可能不同",
    "the file has two kinds of cross-references: readers may see different contents",
)
_COVERED: Final = Text(
    "签名覆盖其修订版本的全部内容，仅签名值本身除外",
    "the signature covers all of its revision but its own value",
)
_TOO_MANY: Final = Text("签名数量过多", "there are too many signatures")


def examine_pdf(
    source: bytes | Path,
    trust: TrustStore,
    at: datetime,
    *,
    evidence: Evidence | None = None,
    intermediates: Sequence[Certificate] = (),
) -> Examination:
    """Examine every signature in a document.

    Args:
        source: the document.
        trust: whose chains are believed.
        at: the present time.
        evidence: lists and answers by which revocation is judged, beside those in the document.
        intermediates: certificates of issuers, beside those in the document.

    Raises:
        PdfUnreadable: it is no PDF, is damaged or encrypted: there is nothing to examine.
    """
    with opened(source) as stream:
        document = Document(stream)
        with translated():
            fields = document.fields()
            signed = [field for field in fields if field.kind == SIGNATURE and field.value is not None]
            stored, kept = read_stored(document)
            hybrid = bool(document.reader.xrefs.hybrid_xrefs_present)
            removed = removed_signatures(document, signed)
        own = [] if removed is None else [removed]
        if not signed:
            return combine([], own) if own else unsigned()
        if len(signed) > MOST_SIGNATURES:
            raise PdfUnreadable(_TOO_MANY)
        values = [_value(document, field) for field in signed]
        judge = Judge(trust, at, (*stored, *intermediates), kept + (evidence or Evidence()), document.reader.stream)
        judge.learn_times([value for value in values if isinstance(value, SignatureValue)])
        found = [_examined(document, field, value, fields, judge) for field, value in zip(signed, values, strict=True)]
        return combine(found, [*own, Check.STRUCTURE.unsupported(_HYBRID)] if hybrid else own)


def _value(document: Document, field: FieldObject) -> SignatureValue | Step:
    """The signature in a field, or the step that says why it cannot be examined."""
    try:
        with translated():
            return read_value(document, field)
    except SignatureUnread as error:
        return error.step
    except PdfUnreadable as error:
        return Check.STRUCTURE.invalid(error.reason)


def _examined(
    document: Document,
    field: FieldObject,
    value: SignatureValue | Step,
    fields: Sequence[FieldObject],
    judge: Judge,
) -> SignatureExamination:
    if isinstance(value, Step):
        return SignatureExamination(label=field.name, kind="signature", steps=(value,))
    steps = [Check.STRUCTURE.valid(_READ)]
    try:
        with translated():
            changes = examine_changes(document, field, value.coverage.end, fields)
        steps += [Check.COVERAGE.valid(_COVERED), changes]
    except CoverageBroken as error:
        steps.append(Check.COVERAGE.invalid(error.reason))
    except PdfUnreadable as error:
        steps += [Check.COVERAGE.valid(_COVERED), Check.CHANGES.invalid(error.reason)]
    judged = judge.judge(value)
    ordered = tuple(sorted([*steps, *judged.steps], key=lambda step: step.number))
    return SignatureExamination(
        label=field.name, kind=judged.kind, steps=ordered, signer=judged.signer, signed_at=judged.signed_at
    )
