"""A signature's dictionary and value, read from a document."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pyhanko.pdf_utils import generic

from certs.cms import CmsInvalid, CmsUnsupported, SignedData, SignerInfo, read_signed_data
from certs.examination import Check, Step
from certs.pdf.coverage import Coverage, CoverageBroken, read_coverage
from certs.pdf.document import Document, FieldObject, entry
from certs.pdf.errors import PdfUnreadable
from gateway.core.text import Text

_DATE: Final = re.compile(r"D:(\d{14})(?:Z(?:00'?00'?)?|([+-])(\d\d)'?(\d\d)'?)?")
_NOT_READ: Final = Text("签名字典不完整或结构有误", "the signature's dictionary is incomplete or broken")
_DIRECT: Final = Text("签名字典不是独立对象", "the signature's dictionary is not an object of its own")
_FORM_UNKNOWN: Final = Text("签名格式（{form}）不受支持", "signatures of the form {form} are not known here")
_ONE_SIGNER: Final = Text("签名值须恰有一个签名者", "the signature's value has to be of exactly one signer")
_DIGEST_MISSING: Final = Text(
    "签名值未列出签名者所用的摘要算法", "the signature's value does not list the digest that its signer used"
)
_INSIDE: Final = Text("签名值内含内容，而非分离签名", "the signature's value holds content: it is not detached")


class Form(StrEnum):
    """What stands in a signature's value."""

    PADES = "/ETSI.CAdES.detached"
    DETACHED = "/adbe.pkcs7.detached"
    TIMESTAMP = "/ETSI.RFC3161"


@dataclass(frozen=True, slots=True)
class SignatureValue:
    """A signature as it was read.

    Attributes:
        form: what it is.
        coverage: what of the file it covers.
        signed: its value.
        claimed: the time that it states.
    """

    form: Form
    coverage: Coverage
    signed: SignedData
    claimed: datetime | None

    @property
    def signer(self) -> SignerInfo:
        """The only one."""
        return self.signed.signers[0]


class SignatureUnread(PdfUnreadable):
    """A signature that cannot be examined.

    Args:
        step: what is wrong with it.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        super().__init__(step.message)


def read_value(document: Document, field: FieldObject) -> SignatureValue:
    """The signature in a field. Use it inside ``with translated()``.

    Raises:
        SignatureUnread: it is not known here, broken, or does not cover what it should.
        PdfUnreadable: its dictionary is broken.
    """
    held = field.entries.raw_get("/V")
    if not isinstance(held, generic.IndirectObject):
        raise SignatureUnread(Check.STRUCTURE.unsupported(_DIRECT))
    entries = held.get_object()
    named = str(entry(entries, "/SubFilter", "?"))
    if named not in set(Form):
        raise SignatureUnread(Check.STRUCTURE.unsupported(_FORM_UNKNOWN.format(form=named.lstrip("/")[:40])))
    contents = entries.raw_get("/Contents")
    if not isinstance(contents, generic.ByteStringObject | generic.TextStringObject):
        raise PdfUnreadable(_NOT_READ)
    place = document.reader.xrefs[held.reference]
    try:
        coverage = read_coverage(
            document.reader.stream,
            list(entry(entries, "/ByteRange", ())),
            contents.original_bytes,
            place if isinstance(place, int) else 0,
        )
    except CoverageBroken as error:
        raise SignatureUnread(Check.COVERAGE.invalid(error.reason)) from None
    signed = _signed_data(Form(named), coverage.value)
    return SignatureValue(Form(named), coverage, signed, _date(str(entry(entries, "/M"))))


def _signed_data(form: Form, value: bytes) -> SignedData:
    try:
        signed = read_signed_data(value)
    except CmsUnsupported as error:
        raise SignatureUnread(Check.STRUCTURE.unsupported(error.reason)) from None
    except CmsInvalid as error:
        raise SignatureUnread(Check.STRUCTURE.invalid(error.reason)) from None
    if len(signed.signers) != 1:
        raise SignatureUnread(Check.STRUCTURE.unsupported(_ONE_SIGNER))
    if signed.signers[0].hash_oid not in signed.digests:
        raise SignatureUnread(Check.STRUCTURE.invalid(_DIGEST_MISSING))
    if form is not Form.TIMESTAMP and signed.content is not None:
        raise SignatureUnread(Check.STRUCTURE.unsupported(_INSIDE))
    return signed


def _date(text: str) -> datetime | None:
    """A PDF date; None if it is none."""
    read = _DATE.fullmatch(text)
    if read is None:
        return None
    offset = timedelta(hours=int(read[3] or 0), minutes=int(read[4] or 0))
    try:
        moment = datetime.strptime(read[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return moment + offset if read[2] == "-" else moment - offset
    except (ValueError, OverflowError):
        return None
