"""Examining documents of either format, by themselves or beside the one that was to be sealed."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from certs import ofd, pdf
from certs.documents.errors import FormatUnknown
from certs.documents.formats import DocumentFormat, format_of
from certs.documents.opening import Opened, count_pages, opened
from certs.documents.trust import Trust
from certs.examination import Addition, Check, Examination, Verdict, combine
from certs.ofd import OfdError, PageDrawing, compare_ofd, examine_ofd
from certs.pdf import PdfError, PdfUnreadable, compare_pdf, examine_pdf
from certs.seals import Seal, read_seal
from gateway.core.text import Text

LARGEST_DRAWN: Final = 256 << 20
"""Bytes of a PDF of which a page is drawn: it is read whole."""

_TOO_LARGE: Final = Text("文件过大，无法绘制页面", "the document is too large for a page of it to be drawn")
_NOTHING: Final = Text("没有返回文件", "no document came back")
_NO_DOCUMENT: Final = Text("返回的既不是 OFD 也不是 PDF", "what came back is neither OFD nor PDF")
_OTHER_FORMAT: Final = Text("返回的文件格式与原文件不同", "what came back is of another format than the document")
_UNREADABLE: Final = Text("返回的文件无法读取：{reason}", "what came back cannot be read: {reason}")


def examine_document(source: Path | Opened, trust: Trust, now: datetime) -> Examination:
    """Every signature of a document.

    Raises:
        FormatUnknown: it is neither OFD nor PDF.
        OfdInvalid, PdfUnreadable: it cannot be read: there is nothing to examine.
        OSError: as above.
    """
    evidence, between = trust.evidence, trust.between
    with opened(source) as document:
        if document.package is None:
            return examine_pdf(document.file, trust.anchors, now, evidence=evidence, intermediates=between)
        return examine_ofd(document.package, trust.anchors, now, evidence=evidence, intermediates=between)


def draw_page(file: Path, number: int, verdicts: Mapping[str, Verdict] = MappingProxyType({})) -> PageDrawing:
    """A page of a document as PNG, with a frame around each seal, and what of the page could not be drawn.

    Args:
        file: the document, of at most 256 MB if it is a PDF.
        number: of the page, from 1.
        verdicts: what was found of its signatures, by their labels: frames are green, amber or red.

    Raises:
        FormatUnknown: it is neither OFD nor PDF.
        PlacementInvalid: there is no such page.
        OfdInvalid, PdfUnreadable: it cannot be read, or the page not be drawn.
        OSError: as above.
    """
    if format_of(file) is DocumentFormat.OFD:
        return ofd.draw_page(file, number, verdicts)
    if file.stat().st_size > LARGEST_DRAWN:
        raise PdfUnreadable(_TOO_LARGE)
    return PageDrawing(pdf.draw_page(file.read_bytes(), number, verdicts))


def compare_documents(original: Path | Opened, sealed: Path, seal: bytes, trust: Trust, now: datetime) -> Examination:
    """Whether ``sealed`` is ``original`` with one more seal, and that seal is good.

    The steps are those of the new signature alone, and a twelfth: nothing but this seal was added. What others signed
    before is as good or bad as it was, and has to be there unchanged.

    Args:
        original: the document that was to be sealed.
        sealed: what came back; if that is no document, or none is there, the twelfth step says so.
        seal: what it was to be sealed with, DER.
        trust: what is believed.
        now: the present time.

    Raises:
        FormatUnknown, OfdInvalid, PdfUnreadable: the original cannot be read.
        SealError: the seal cannot be read.
        OSError: a file that is there cannot be read.
    """
    wanted = read_seal(seal)
    with opened(original) as document:
        count_pages(document)  # whatever is wrong from here on is wrong with what came back
        return _judged(document, sealed, wanted, trust, now)


def _judged(original: Opened, sealed: Path, wanted: Seal, trust: Trust, now: datetime) -> Examination:
    try:
        with opened(sealed) as document:
            return _compared(original, document, wanted, trust, now)
    except FileNotFoundError:
        return _refused(_NOTHING)
    except FormatUnknown:
        return _refused(_NO_DOCUMENT if sealed.stat().st_size else _NOTHING)
    except (OfdError, PdfError) as error:
        reason = error.reason
        return _refused(Text(_UNREADABLE.zh.format(reason=reason.zh), _UNREADABLE.en.format(reason=reason.en)))


def _compared(original: Opened, sealed: Opened, seal: Seal, trust: Trust, now: datetime) -> Examination:
    if sealed.form is not original.form:
        return _refused(_OTHER_FORMAT)
    found = _addition(original, sealed, seal)
    if found.label is None:
        return Examination(found.steps)
    examined = examine_document(sealed, trust, now)
    signatures = [one for one in examined.signatures if one.label == found.label]
    assert signatures  # the comparison has found it
    return combine(signatures, found.steps)


def _addition(original: Opened, sealed: Opened, seal: Seal) -> Addition:
    if original.package is None or sealed.package is None:
        return compare_pdf(original.file, sealed.file, seal)
    return compare_ofd(original.package, sealed.package, seal)


def _refused(reason: Text) -> Examination:
    return Examination((Check.ADDITION.invalid(reason),))
