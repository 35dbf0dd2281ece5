"""What was done to a file after it was signed: pyHanko compares the revisions, object by object.

Further signatures, timestamps and data for their verification may be added. What was filled into other form fields is
told, and left to people. Everything else is a change: of pages, of what is reachable from the document, of existing
signatures; and so is a visible signature field without a signature, which can show anything.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, process_data_at_eof
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from certs.examination import Check, Step
from certs.pdf.coverage import CoverageBroken
from certs.pdf.document import MOST_VISITS, Document, FieldObject, entry
from certs.pdf.errors import PdfError
from certs.pdf.form import SIGNATURE
from gateway.core.text import Text

_UNCHANGED: Final = Text("签章后文件未被改动", "nothing was changed after sealing")
_EXTENDED: Final = Text(
    "签章后只追加了签名或验证数据，内容未被改动",
    "only signatures or data for their verification were added after sealing: the content is unchanged",
)
_CHANGED: Final = Text(
    "签章后文件内容被改动：页面或其他对象与签章时不同",
    "the document was changed after sealing: pages or other objects are not as they were sealed",
)
_FILLED: Final = Text(
    "签章后填写了表单域（{names}），请人工判断是否允许",
    "form fields were filled in after sealing ({names}): a person has to judge whether that was meant to be",
)
_FORBIDDEN: Final = Text(
    "签章后的改动超出签名所允许的范围", "what was done after sealing is more than the signature allows"
)
_EMPTY_SHOWN: Final = Text(
    "签章后增加了可见但未签名的签名域",
    "a signature field that shows something but holds no signature was added after sealing",
)
_INTRICATE: Final = Text(
    "文件对象之间的引用或修订版本过多，无法比较",
    "the objects of the file refer to each other in too many ways, or there are too many revisions, to be compared",
)
_DESCRIBED: Final = Text(
    "签章后改写了文档信息或元数据（标题、作者、日期等，不在页面上），页面内容未被改动",
    "information on the document (title, author, dates: nothing on its pages) was written after sealing;"
    " the content is unchanged",
)
_STRAY: Final = Text(
    "文件末尾有 {count} 字节不属于任何修订版本、也不受签名保护，请人工判断其来历",
    "{count} bytes at the file's end belong to no revision, and no signature covers them:"
    " a person has to judge where they come from",
)
_CLOSING: Final = re.compile(rb"startxref\s{1,8}\d{1,12}\s{1,8}%%EOF")
_LONGEST_CLOSING: Final = 65_536
_BLANK: Final = b"\0\t\n\f\r "
_LONG_STREAM: Final = 65_536
_MOST_NAMES: Final = 5
_FORM: Final = "/AcroForm"
_FLAGS: Final = "/SigFlags"
_MOST_REVISIONS: Final = 500


class TooIntricate(PdfError):
    """The ways to the objects of a document, or its revisions, are more than are followed."""

    def __init__(self) -> None:
        super().__init__(_INTRICATE)


class _Before(HistoricalResolver):
    """The document as it was signed.

    pyHanko follows every way to every object: their number is bounded here. It also keeps every object that it met: of
    long streams only digests are kept, as what they hold is of no matter to what refers to what.
    """

    def __init__(self, document: Document, revision: int) -> None:
        super().__init__(document.reader, revision)
        self._document = document

    def __call__(self, ref: generic.Reference) -> generic.PdfObject:
        self._document.visits += 1
        if self._document.visits > MOST_VISITS:
            raise TooIntricate
        found: generic.PdfObject = super().__call__(ref)
        return found

    def get_object(self, ref: generic.Reference, as_metadata_stream: bool = False) -> generic.PdfObject:  # noqa: FBT001, FBT002 # pyHanko's
        """An object as it was."""
        found: generic.PdfObject = super().get_object(ref, as_metadata_stream)
        if not isinstance(found, generic.StreamObject) or len(found.encoded_data) <= _LONG_STREAM:
            return found
        digest = hashlib.sha256(found.encoded_data).digest()
        self.cache[ref] = short = generic.StreamObject(dict(found.items()), encoded_data=digest)
        short.container_ref = found.container_ref
        self.reader.resolved_objects.pop((ref.generation, ref.idnum), None)
        return short


class _Unsigned(_Before):
    """A document as it was before a signature brought it a form, or the first one to the form that it had.

    pyHanko compares forms that are there and know of signatures; so the old form, if need be an empty one, is seen with
    what a first signature sets in it.
    """

    def __init__(self, document: Document, revision: int) -> None:
        super().__init__(document, revision)
        held = self.root.raw_get(_FORM) if _FORM in self.root else generic.DictionaryObject()
        form = generic.DictionaryObject(held.get_object())
        if "/Fields" not in form:
            form["/Fields"] = generic.ArrayObject()
        now = document.form()
        if now is not None and _FLAGS in now:
            form[generic.NameObject(_FLAGS)] = now[_FLAGS]
        if isinstance(held, generic.IndirectObject):
            self._see(held.reference, form)
        else:
            root = generic.DictionaryObject(self.root)
            root[_FORM] = form
            self._see(self.root_ref, root)

    def _see(self, reference: generic.Reference, instead: generic.DictionaryObject) -> None:
        instead.container_ref = self(reference).container_ref
        self.cache[reference] = instead


def examine_changes(document: Document, field: FieldObject, end: int, fields: Sequence[FieldObject]) -> Step:
    """What was done to the file behind ``end``, up to which the signature in ``field`` covers it.

    Use it inside ``with translated()``.

    Raises:
        CoverageBroken: the signature covers less than the revision that it belongs to.
    """
    if end == document.size:
        return Check.CHANGES.valid(_UNCHANGED)
    before = _Before(document, signed_revision(document, field, end))
    if stray := _stray(document, before.revision, end):
        return Check.CHANGES.undecided(_STRAY.format(count=stray))
    if before.revision == document.reader.xrefs.total_revisions - 1:
        return Check.CHANGES.valid(_UNCHANGED)
    try:
        return _compared(before, document, field, fields)
    except TooIntricate:
        return Check.CHANGES.unsupported(_INTRICATE)


def changed_fields(document: Document, revision: int) -> frozenset[str] | None:
    """The names of the form fields that were signed, filled in or added after a revision; None if more was changed.

    Use it inside ``with translated()``.

    Raises:
        TooIntricate: nobody can tell.
    """
    result = _reviewed(_Unsigned(document, revision), document)
    return None if result is None else frozenset(result.changed_form_fields)


def _reviewed(
    before: _Before, document: Document, locked: FieldMDPSpec | None = None, permission: MDPPerm | None = None
) -> DiffResult | None:
    """What was changed, of what may be changed after a signature at all; None if it is more."""
    if document.reader.xrefs.total_revisions - before.revision > _MOST_REVISIONS:
        raise TooIntricate
    result = DEFAULT_DIFF_POLICY.review_file(document.reader, before, field_mdp_spec=locked, doc_mdp=permission)
    if not isinstance(result, DiffResult) or result.modification_level is ModificationLevel.OTHER:
        return None
    return result


def _compared(before: _Before, document: Document, field: FieldObject, fields: Sequence[FieldObject]) -> Step:
    permission = _permission(field)
    result = _reviewed(before, document, _locked_fields(field), permission)
    if result is None:
        return Check.CHANGES.invalid(_CHANGED)
    if permission is not None and result.modification_level.value > permission.value:
        return Check.CHANGES.invalid(_FORBIDDEN)
    if any(_shows_without_signature(one) and before.is_ref_unassignable(one.reference) for one in fields):
        return Check.CHANGES.invalid(_EMPTY_SHOWN)
    kinds = {one.name: one.kind for one in fields}
    filled = sorted(name for name in result.changed_form_fields if kinds.get(name) != SIGNATURE)
    if filled:
        return Check.CHANGES.undecided(_FILLED.format(names=", ".join(filled[:_MOST_NAMES])))
    if _metadata_written(before, document):
        return Check.CHANGES.valid(_DESCRIBED)
    return Check.CHANGES.valid(_EXTENDED)


def _metadata_written(before: _Before, document: Document) -> bool:
    """Whether what the document says of itself was written after a revision; no page shows it."""
    metadata = document.root.raw_get("/Metadata") if "/Metadata" in document.root else None
    return any(
        document.reader.xrefs.get_last_change(one.reference) > before.revision
        for one in (document.info, metadata)
        if isinstance(one, generic.IndirectObject)
    )


def _stray(document: Document, revision: int, end: int) -> int:
    """How many bytes from the first to the last that says something stand behind the last revision."""
    xrefs, stream = document.reader.xrefs, document.reader.stream
    last = int(xrefs.total_revisions) - 1
    if last > revision:
        start = max(end, int(xrefs.get_xref_container_info(last).end_location))
        stream.seek(start)
        closing = _CLOSING.search(stream.read(_LONGEST_CLOSING))
        end = end if closing is None else start + closing.end()
    stream.seek(end)
    # Mail and file transfers leave such bytes behind.
    return len(stream.read().strip(_BLANK))


def signed_revision(document: Document, field: FieldObject, end: int) -> int:
    """The revision that the signature in ``field`` belongs to; it has to end where the signature's cover ends.

    Raises:
        CoverageBroken: it does not.
    """
    xrefs = document.reader.xrefs
    revision = xrefs.get_last_change(field.entries.raw_get("/V").reference)
    stream = document.reader.stream
    stream.seek(end)
    whole = process_data_at_eof(stream) == xrefs.get_startxref_for_revision(revision)
    if not whole or any(xrefs.get_xref_container_info(one).end_location > end for one in range(revision + 1)):
        raise CoverageBroken(
            Text("签名未覆盖其所属的整个修订版本", "the signature does not cover all of the revision it belongs to")
        )
    return int(revision)


def _shows_without_signature(field: FieldObject) -> bool:
    if field.kind != SIGNATURE or "/V" in field.entries:
        return False
    widgets = [field.entries, *(kid.get_object() for kid in entry(field.entries, "/Kids", ()))]
    return any("/AP" in widget for widget in widgets)


def _transform(field: FieldObject, method: str) -> generic.DictionaryObject | None:
    value = field.entries["/V"]
    for one in entry(value, "/Reference", ()):
        reference = one.get_object()
        if reference["/TransformMethod"] == method:
            found: generic.DictionaryObject = reference["/TransformParams"]
            return found
    return None


def _permission(field: FieldObject) -> MDPPerm | None:
    parameters = _transform(field, "/DocMDP")
    if parameters is not None:
        return MDPPerm(entry(parameters, "/P", MDPPerm.FILL_FORMS))
    lock = entry(field.entries, "/Lock", {})
    return MDPPerm(lock["/P"]) if "/P" in lock else None


def _locked_fields(field: FieldObject) -> FieldMDPSpec | None:
    parameters = _transform(field, "/FieldMDP")
    return None if parameters is None else FieldMDPSpec.from_pdf_object(parameters)
