"""The form of a document: which signatures and locks are in it, and how fields and widgets are added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyhanko.pdf_utils import generic

from certs.pdf.document import MOST_FIELDS, Document, FieldObject, PageObject, entry
from certs.pdf.errors import PdfLocked, PdfUnreadable, PlacementInvalid
from certs.pdf.update import Update, reference_to, text_string, written
from gateway.core.text import Text

SIGNATURE: Final = "/Sig"
_SIGNED_ONCE: Final = 3
"""Signatures exist, and the document is only to be appended to."""

_NO_CHANGES: Final = 1


@dataclass(frozen=True, slots=True)
class Locks:
    """What the signatures in a document forbid.

    Attributes:
        signed: whether there are any.
        certified: what the author's signature leaves open: 1 nothing, 2 forms and signatures, 3 comments too.
        fields: the names of fields that may not change; ``everything`` where all are meant.
    """

    signed: bool
    certified: int | None
    fields: frozenset[str]
    but: frozenset[str] | None

    def forbids(self, name: str) -> bool:
        """Whether the field may not change."""
        return name in self.fields or (self.but is not None and name not in self.but)


def read_locks(fields: Sequence[FieldObject]) -> Locks:
    """What the signatures in these fields forbid."""
    certified: int | None = None
    named: set[str] = set()
    but: set[str] | None = None
    values = [field.value for field in fields if field.kind == SIGNATURE and field.value is not None]
    for value in values:
        for listed_one in entry(value, "/Reference", ()):
            reference = listed_one.get_object()
            method, parameters = reference["/TransformMethod"], reference["/TransformParams"]
            if method == "/DocMDP":
                certified = min(certified or 3, int(entry(parameters, "/P", 2)))
            elif method == "/FieldMDP":
                listed = _names(parameters)
                if parameters["/Action"] == "/Include":
                    named |= listed
                else:
                    but = listed if but is None else but & listed
    return Locks(bool(values), certified, frozenset(named), None if but is None else frozenset(but))


def check_open(locks: Locks, *, shown: bool, existing: str | None, final: bool) -> None:
    """Nothing that was signed before forbids a further signature.

    Args:
        locks: of the document.
        shown: whether the signature shows on a page.
        existing: the field that is there for it, if it gets no new one.
        final: whether it is to lock the document.

    Raises:
        PdfLocked: something does.
    """
    if locks.certified == _NO_CHANGES:
        raise PdfLocked(Text("文件已锁定，不允许再加盖印章", "the document is locked: no further seal may be added"))
    if locks.certified is not None and shown and existing is None:
        raise PdfLocked(
            Text(
                "文件已认证，只能在预留的签名域中盖章",
                "the document is certified: only in its own signature fields may it be sealed visibly",
            )
        )
    if existing is not None and locks.forbids(existing):
        raise PdfLocked(Text("该签名域已被先前的签名锁定", "an earlier signature has locked this signature field"))
    if final and locks.signed:
        raise PdfLocked(Text("只有第一个签名可以锁定文件", "only the first signature of a document can lock it"))


def find_field(fields: Sequence[FieldObject], name: str) -> FieldObject:
    """The unsigned signature field of this name.

    Raises:
        PlacementInvalid: there is none.
    """
    found = [field for field in fields if field.name == name and field.kind == SIGNATURE]
    if len(found) != 1:
        raise PlacementInvalid(Text("文件中没有该签名域", "the document has no signature field of this name"))
    if "/V" in found[0].entries:
        raise PlacementInvalid(Text("该签名域已有签名", "the signature field has been signed already"))
    if "/SV" in found[0].entries and int(entry(found[0].entries["/SV"], "/Ff", 0)):
        raise PlacementInvalid(
            Text("该签名域规定了签名方式，不受支持", "the field prescribes how it is to be signed: not supported")
        )
    return found[0]


def free_name(fields: Sequence[FieldObject], stem: str) -> str:
    """A name that no field has: ``Seal1``, then ``Seal2``, and so on."""
    taken = {field.name.partition(".")[0] for field in fields}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}{number}") not in taken)


def add_fields(document: Document, update: Update, added: Sequence[int], sealed: int | None = None) -> None:
    """Enter new fields in the form, which is made if there is none.

    Args:
        document: what is updated.
        update: what is appended to it.
        added: the objects of the new fields; may be none where an existing one was signed.
        sealed: the object of the signature that locks the document, if one does.
    """
    root = generic.DictionaryObject(document.root)
    form = document.form()
    changed_root = sealed is not None
    if sealed is not None:
        permissions = generic.DictionaryObject({"/DocMDP": _reference(sealed, document)})
        root["/Perms"] = permissions
    if form is None:
        fields = b" ".join(b"%d 0 R" % number for number in added)
        number = update.add(b"<</Fields[%s]/SigFlags %d>>" % (fields, _SIGNED_ONCE))
        root["/AcroForm"] = _reference(number, document)
        changed_root = True
    else:
        changed_root |= _change_form(document, update, form, added, root)
    if changed_root:
        update.replace(document.root_reference, root)


def _change_form(
    document: Document,
    update: Update,
    form: generic.DictionaryObject,
    added: Sequence[int],
    root: generic.DictionaryObject,
) -> bool:
    """Whether the root changed with the form."""
    changed = generic.DictionaryObject(form)
    fields = form.raw_get("/Fields") if "/Fields" in form else generic.ArrayObject()
    listed = generic.ArrayObject([*_raw_items(fields), *(_reference(number, document) for number in added)])
    if isinstance(fields, generic.IndirectObject):
        if added:
            update.replace(fields.reference, listed)
    else:
        changed["/Fields"] = listed
    flags = int(entry(form, "/SigFlags", 0))
    changed["/SigFlags"] = generic.NumberObject(flags | _SIGNED_ONCE)
    if changed == form:
        return False
    held = document.root.raw_get("/AcroForm")
    if isinstance(held, generic.IndirectObject):
        update.replace(held.reference, changed)
        return False
    root["/AcroForm"] = changed
    return True


def add_widgets(document: Document, update: Update, page: PageObject, widgets: Sequence[int]) -> None:
    """Enter widgets among the annotations of a page."""
    entries = page.entries
    held = entries.raw_get("/Annots") if "/Annots" in entries else generic.ArrayObject()
    listed = generic.ArrayObject([*_raw_items(held), *(_reference(widget, document) for widget in widgets)])
    if isinstance(held, generic.IndirectObject) and isinstance(held.get_object(), generic.ArrayObject):
        update.replace(held.reference, listed)
        return
    changed = generic.DictionaryObject(entries)
    changed["/Annots"] = listed
    update.replace(page.reference, changed)


def lock_reference(field: FieldObject | None, *, final: bool) -> bytes:
    """What a signature dictionary says on what may not change from then on."""
    lines = []
    if final:
        lines.append(_transform(b"/DocMDP", b"/P %d" % _NO_CHANGES))
    lock = entry(field.entries, "/Lock") if field is not None else None
    if lock is not None:
        names = b"/Fields[%s]" % b" ".join(text_string(name) for name in sorted(_names(lock)))
        lines.append(_transform(b"/FieldMDP", b"/Action%s%s" % (written(lock["/Action"]), names)))
    return b"/Reference[%s]" % b"".join(lines) if lines else b""


def _names(entries: generic.DictionaryObject) -> set[str]:
    listed = entry(entries, "/Fields", ())
    if len(listed) > MOST_FIELDS:
        raise PdfUnreadable(Text("签名锁定的域过多", "a signature locks too many fields"))
    return {str(one.get_object()) for one in listed}


def _transform(method: bytes, parameters: bytes) -> bytes:
    inside = b"<</Type/TransformParams/V/1.2%s>>" % parameters
    return b"<</Type/SigRef/TransformMethod%s/TransformParams%s>>" % (method, inside)


def changed_field(
    entries: generic.DictionaryObject,
    document: Document,
    *,
    signature: int | None = None,
    appearance: int | None = None,
) -> generic.DictionaryObject:
    """A field or widget with its signature, its appearance, or both."""
    changed = generic.DictionaryObject(entries)
    if signature is not None:
        changed["/V"] = _reference(signature, document)
    if appearance is not None:
        changed["/AP"] = generic.DictionaryObject({"/N": _reference(appearance, document)})
    return changed


def page_entry(page: PageObject) -> bytes:
    """The entry of a widget that names its page."""
    return b"/P " + reference_to(page.reference)


def _reference(number: int, document: Document) -> generic.IndirectObject:
    return generic.IndirectObject(number, 0, document.reader)


def _raw_items(value: generic.PdfObject) -> list[generic.PdfObject]:
    array = value.get_object()
    if not isinstance(array, generic.ArrayObject):
        return []
    return [array.raw_get(place) for place in range(len(array))]
