"""Whether a document is another one with one more seal, and nothing else.

It begins with the other one, byte for byte. Of what follows, the two revisions are compared as they are after a
signature (``certs.pdf.changes``): nothing may differ but what one new signature, timestamps, and data for their
verification bring. The seal shows, and nowhere larger than it is, so that it hides nothing else. A PDF holds no more of
a seal than its picture: whose it is, the signer's certificate says, which has to be on the seal's list.
"""

from collections.abc import Sequence
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO, Final

from pyhanko.pdf_utils import generic

from certs.examination import Addition, Check, Step
from certs.pdf.changes import TooIntricate, changed_fields
from certs.pdf.document import Document, FieldObject, entry, opened, translated
from certs.pdf.errors import PdfError
from certs.pdf.form import SIGNATURE
from certs.pdf.geometry import Page
from certs.pdf.values import Form, SignatureUnread, read_value
from certs.pdf.widgets import signed_widgets, widgets_of
from certs.seals import Seal, examine_signer
from gateway.core.text import Text

_PIECE: Final = 1 << 20
_ACTIONS: Final = ("/A", "/AA")
_ROOM: Final = 1.0
"""Millimetres by which a place may be larger than the seal."""

_ONLY_SEAL: Final = Text(
    "文件以原文件开头，其后只增加了一个签章", "it begins with the document, and only one seal was added to it"
)
_OTHER: Final = Text("文件不是以原文件开头", "it does not begin with the document")
_UNSIGNED: Final = Text("文件未加盖新的印章", "no seal was added to the document")
_SEVERAL: Final = Text("文件增加了 {count} 个签名，应恰有一个", "{count} signatures were added instead of one")
_CHANGED: Final = Text(
    "除签章外还改动了页面、表单域或其他对象", "more was changed than the seal: pages, form fields or other objects"
)
_HYBRID: Final = Text(
    "文件使用混合交叉引用，不同阅读器看到的内容可能不同",
    "the file has two kinds of cross-references: readers may see different contents",
)
_NO_CERTIFICATE: Final = Text("签名中没有签名者的证书", "the signer's certificate is not in the signature")
_NOT_SHOWN: Final = Text("印章没有显示在任何页面上", "the seal shows on no page")
_ACTS: Final = Text("签章带有动作（脚本、跳转等）", "the signature does something when it is pointed at")
_TOO_LARGE: Final = Text(
    "签章显示的范围大于印章，可能遮盖内容",
    "the signature shows in more room than the seal needs: it may hide something",
)


class _Differs(PdfError):
    """What came back is not the document with one more seal."""


def compare_pdf(original: Path, sealed: Path, seal: Seal) -> Addition:
    """Compare a sealed document with the one that was to be sealed.

    Raises:
        PdfUnreadable: one of them cannot be read.
        OSError: likewise.
    """
    with opened(original) as one, opened(sealed) as other:
        try:
            _check_beginning(one, other)
            before, after = Document(one), Document(other)
            with translated():
                if after.reader.xrefs.hybrid_xrefs_present:
                    return Addition((Check.ADDITION.unsupported(_HYBRID),))
                field = _only_new(before, after)
                _check_places(after, field, seal)
                signer = _signer(after, field, seal)
        except TooIntricate as error:
            return Addition((Check.ADDITION.unsupported(error.reason),))
        except (SignatureUnread, _Differs) as error:
            return Addition((Check.ADDITION.invalid(error.reason),))
    return Addition((signer, Check.ADDITION.valid(_ONLY_SEAL)), field.name)


def _check_beginning(original: BinaryIO, sealed: BinaryIO) -> None:
    length = original.seek(0, SEEK_END)
    if sealed.seek(0, SEEK_END) < length:
        raise _Differs(_OTHER)
    original.seek(0)
    sealed.seek(0)
    while piece := original.read(_PIECE):
        if sealed.read(len(piece)) != piece:
            raise _Differs(_OTHER)
    if not sealed.read(1):
        raise _Differs(_UNSIGNED)


def _only_new(before: Document, after: Document) -> FieldObject:
    """The field of the only signature that was added, where nothing else was."""
    xrefs, revisions = after.reader.xrefs, before.reader.xrefs.total_revisions
    follows = xrefs.total_revisions > revisions
    if not follows or xrefs.get_startxref_for_revision(revisions - 1) != before.reader.last_startxref:
        raise _Differs(_OTHER)
    fields, known = after.fields(), {_number(field): field for field in before.fields()}
    signed = {number for number, field in known.items() if _is_signed(field)}
    added = [field for field in fields if _is_signed(field) and _number(field) not in signed]
    seals = [field for field in added if str(entry(field.value or {}, "/SubFilter")) != Form.TIMESTAMP]
    if len(seals) != 1:
        raise _Differs(_SEVERAL.format(count=len(seals)) if seals else _UNSIGNED)
    empty = [field for field in fields if not _is_signed(field) and _number(field) not in known]
    changed = changed_fields(after, revisions - 1)
    if changed is None or changed - {field.name for field in added} or empty:
        raise _Differs(_CHANGED)
    if any(_acts(field) for field in added):
        raise _Differs(_ACTS)
    _check_hidden(after, [field for field in added if field is not seals[0]])
    return seals[0]


def _number(field: FieldObject) -> tuple[int, int]:
    return field.reference.idnum, field.reference.generation


def _is_signed(field: FieldObject) -> bool:
    return field.kind == SIGNATURE and field.value is not None


def _acts(field: FieldObject) -> bool:
    """Whether something happens when somebody points at the field."""
    for one in widgets_of(field):
        widget = one.get_object()
        assert isinstance(widget, generic.DictionaryObject)
        if any(key in widget for key in _ACTIONS):
            return True
    return False


def _check_hidden(document: Document, timestamps: Sequence[FieldObject]) -> None:
    """Timestamps show nothing, or they could show anything."""
    hidden = frozenset[generic.Reference]().union(*(widgets_of(field) for field in timestamps))
    if any(reference in hidden for page in document.pages() for reference, _ in signed_widgets(page)):
        raise _Differs(_CHANGED)


def _check_places(document: Document, field: FieldObject, seal: Seal) -> None:
    """The signature shows, and nowhere in more room than the seal needs."""
    width, height = seal.picture.width + _ROOM, seal.picture.height + _ROOM
    own, shown = widgets_of(field), False
    for page in document.pages():
        scale = Page.of(page).scale
        for reference, (left, bottom, right, top) in signed_widgets(page):
            if reference in own:
                shown = True
                sides = sorted(((right - left) / scale, (top - bottom) / scale))
                if sides[0] > min(width, height) or sides[1] > max(width, height):
                    raise _Differs(_TOO_LARGE)
    if not shown:
        raise _Differs(_NOT_SHOWN)


def _signer(document: Document, field: FieldObject, seal: Seal) -> Step:
    """Whether the seal's list allows who signed."""
    value = read_value(document, field)
    certificate = value.signed.certificate_of(value.signer, ())
    if certificate is None:
        return Check.SIGNER.undecided(_NO_CERTIFICATE)
    return examine_signer(seal, certificate.der)
