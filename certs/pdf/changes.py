"""What was done to a file after it was signed: pyHanko compares the revisions, object by object.

Further signatures, timestamps and data for their verification may be added. What was filled into other form fields is
told, and left to people. Everything else is a change: of pages, of what is reachable from the document, of existing
signatures; and so is a visible signature field without a signature, which can show anything.
"""

from collections.abc import Sequence
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, process_data_at_eof
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from certs.examination import Check, Step
from certs.pdf.coverage import CoverageBroken
from certs.pdf.document import MOST_VISITS, Document, FieldObject, entry
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
_MOST_NAMES: Final = 5
_MOST_REVISIONS: Final = 500


class _TooIntricate(Exception):
    """The ways to the objects of a document are more than are followed."""


class _Before(HistoricalResolver):
    """The document as it was signed. pyHanko follows every way to every object: their number is bounded here."""

    def __init__(self, document: Document, revision: int) -> None:
        super().__init__(document.reader, revision)
        self._document = document

    def __call__(self, ref: generic.Reference) -> generic.PdfObject:
        self._document.visits += 1
        if self._document.visits > MOST_VISITS:
            raise _TooIntricate
        found: generic.PdfObject = super().__call__(ref)
        return found


def examine_changes(document: Document, field: FieldObject, end: int, fields: Sequence[FieldObject]) -> Step:
    """What was done to the file behind ``end``, up to which the signature in ``field`` covers it.

    Use it inside ``with translated()``.

    Raises:
        CoverageBroken: the signature covers less than the revision that it belongs to.
    """
    if end == document.size:
        return Check.CHANGES.valid(_UNCHANGED)
    revision = signed_revision(document, field, end)
    if document.reader.xrefs.total_revisions - revision > _MOST_REVISIONS:
        return Check.CHANGES.unsupported(_INTRICATE)
    try:
        return _compared(_Before(document, revision), document, field, fields)
    except _TooIntricate:
        return Check.CHANGES.unsupported(_INTRICATE)


def _compared(before: _Before, document: Document, field: FieldObject, fields: Sequence[FieldObject]) -> Step:
    permission = _permission(field)
    result = DEFAULT_DIFF_POLICY.review_file(
        document.reader, before, field_mdp_spec=_locked_fields(field), doc_mdp=permission
    )
    if not isinstance(result, DiffResult) or result.modification_level is ModificationLevel.OTHER:
        return Check.CHANGES.invalid(_CHANGED)
    if permission is not None and result.modification_level.value > permission.value:
        return Check.CHANGES.invalid(_FORBIDDEN)
    if any(_shows_without_signature(one) and before.is_ref_unassignable(one.reference) for one in fields):
        return Check.CHANGES.invalid(_EMPTY_SHOWN)
    kinds = {one.name: one.kind for one in fields}
    filled = sorted(name for name in result.changed_form_fields if kinds.get(name) != SIGNATURE)
    if filled:
        return Check.CHANGES.undecided(_FILLED.format(names=", ".join(filled[:_MOST_NAMES])))
    return Check.CHANGES.valid(_EXTENDED)


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
