"""One revision of a document that holds a signature or document timestamp: everything but its CMS."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pyhanko.pdf_utils import generic

from certs.pdf.appearance import Shown
from certs.pdf.details import Details
from certs.pdf.document import Document, FieldObject, PageObject, entry, translated
from certs.pdf.errors import PdfError, PlacementInvalid
from certs.pdf.form import (
    add_fields,
    add_widgets,
    changed_field,
    check_open,
    free_name,
    lock_reference,
    page_entry,
    read_locks,
)
from certs.pdf.geometry import Page
from certs.pdf.picture import SealPicture
from certs.pdf.placement import AtField, Placement, Unseen
from certs.pdf.placing import Place, field_of, places
from certs.pdf.update import Update, numbers, text_string
from gateway.core.text import Text

_RANGE: Final = b"/ByteRange["
_RANGE_SPACE: Final = 36
_PRINTED_AND_LOCKED: Final = 132
_SIGNATURE: Final = b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
_TIMESTAMP: Final = b"/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"


@dataclass(frozen=True, slots=True)
class Revision:
    """A section that is to follow a document, with a gap for a CMS.

    Attributes:
        section: all of it, zeros in the gap.
        gap: where the gap's digits begin and end in the section.
        field: the name of the signature's field.
        pages: the numbers of the pages on which it shows, from 1.
    """

    section: bytes
    gap: tuple[int, int]
    field: str
    pages: tuple[int, ...]

    @property
    def before(self) -> bytes:
        """What is covered before the gap, which includes its brackets."""
        return self.section[: self.gap[0] - 1]

    @property
    def after(self) -> bytes:
        """What is covered behind the gap."""
        return self.section[self.gap[1] + 1 :]

    def filled(self, cms: bytes) -> bytes:
        """The section with the CMS in its gap, zeros behind it.

        Raises:
            PdfError: the CMS is longer than the gap.
        """
        start, end = self.gap
        digits = cms.hex().encode()
        if len(digits) > end - start:
            raise PdfError(Text("签名值或时间戳过长", "the signature or its timestamp is longer than the place for it"))
        return b"".join((self.section[:start], digits.ljust(end - start, b"0"), self.section[end:]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a signature is to be like.

    Attributes:
        placement: where.
        picture: what it shows there.
        details: what it says.
        at: the time that it states.
        final: whether it locks the document.
    """

    placement: Placement
    picture: SealPicture | None
    details: Details
    at: datetime
    final: bool


def prepare(document: Document, source: bytes | Path, wanted: Wanted, reserved: int) -> Revision:
    """The revision of a signature with ``reserved`` bytes for its CMS.

    Raises:
        PdfLocked: a signature in the document forbids it.
        PlacementInvalid: it cannot be put there.
        PdfUnreadable: the document's pages or form are broken.
    """
    with translated():
        fields = document.fields()
        existing = field_of(fields, wanted.placement)
        picture, shown = wanted.picture, not isinstance(wanted.placement, Unseen | AtField)
        if shown and picture is None:
            raise PlacementInvalid(Text("可见签章需要印章图片", "a seal that shows needs a picture"))
        name = existing.name if existing is not None else None
        check_open(read_locks(fields), shown=shown, existing=name, final=wanted.final)
        found = places(document, source, wanted.placement, (picture.width, picture.height) if picture else (0, 0))
        update = Update(document)
        signature = update.reserve()
        if existing is not None:
            _sign_existing(document, update, existing, signature, picture)
            added: Sequence[int] = ()
        else:
            name = free_name(fields, "Seal")
            added = [_new_field(document, update, name, signature, found, picture)]
        add_fields(document, update, added, signature if wanted.final else None)
        said = b"/M(D:%s+00'00')%s%s" % (
            wanted.at.strftime("%Y%m%d%H%M%S").encode(),
            wanted.details.entries(),
            lock_reference(existing, final=wanted.final),
        )
        return _with_gap(document, update, signature, _SIGNATURE + said, reserved, name or "", found)


def prepare_timestamp(document: Document, reserved: int) -> Revision:
    """The revision of a document timestamp with ``reserved`` bytes for its token."""
    with translated():
        update = Update(document)
        signature = update.reserve()
        name = free_name(document.fields(), "Timestamp")
        add_fields(document, update, [_new_field(document, update, name, signature, [], None)])
        return _with_gap(document, update, signature, _TIMESTAMP, reserved, name, [])


def _with_gap(
    document: Document, update: Update, number: int, head: bytes, reserved: int, name: str, found: Sequence[Place]
) -> Revision:
    start = len(b"<<" + head + _RANGE)
    gap = start + _RANGE_SPACE + len(b"]/Contents<")
    body = b"<<%s%s%s]/Contents<%s>>>" % (head, _RANGE, b" " * _RANGE_SPACE, b"0" * (2 * reserved))
    update.put(number, body)
    section = update.section()
    place = update.place_of(number)
    first, last = place + gap, place + gap + 2 * reserved
    behind = document.size + last + 1
    text = b"0 %d %d %d" % (document.size + first - 1, behind, document.size + len(section) - behind)
    range_at = place + start
    section = section[:range_at] + text.ljust(_RANGE_SPACE) + section[range_at + _RANGE_SPACE :]
    return Revision(section, (first, last), name, tuple(one.number for one in found))


def _new_field(
    document: Document,
    update: Update,
    name: str,
    signature: int,
    found: Sequence[Place],
    picture: SealPicture | None,
) -> int:
    """A field with a widget for each place, or one that is not seen; the field's object."""
    own = b"/FT/Sig/T%s/V %d 0 R" % (text_string(name), signature)
    widget = b"/Type/Annot/Subtype/Widget/F %d" % _PRINTED_AND_LOCKED
    if picture is None or not found:
        page = document.pages()[0]
        number = update.add(b"<<%s%s/Rect[0 0 0 0]%s>>" % (own, widget, page_entry(page)))
        add_widgets(document, update, page, [number])
        return number
    shown = Shown(update, picture)
    size = (picture.width, picture.height)
    field = update.reserve()
    kids: dict[PageObject, list[int]] = {}
    for place in found:
        appearance = shown.slice(place.shown, size, place.left, place.width)
        box = b"/Rect[%s]/AP<</N %d 0 R>>%s" % (numbers(*place.box), appearance, page_entry(place.page))
        number = field if len(found) == 1 else update.reserve()
        # Poppler takes every kid for a field of its own: it finds the signature only if the kid names it too.
        kid = own if number == field else b"/Parent %d 0 R/V %d 0 R" % (field, signature)
        update.put(number, b"<<%s%s%s>>" % (kid, widget, box))
        kids.setdefault(place.page, []).append(number)
    for page, widgets in kids.items():
        add_widgets(document, update, page, widgets)
    if len(found) > 1:
        listed = b" ".join(b"%d 0 R" % kid for widgets in kids.values() for kid in widgets)
        update.put(field, b"<<%s/Kids[%s]>>" % (own, listed))
    return field


def _sign_existing(
    document: Document, update: Update, field: FieldObject, signature: int, picture: SealPicture | None
) -> None:
    """Fill an existing field; the picture fills the widget's box, if there is one and it is seen."""
    kids = entry(field.entries, "/Kids", ())
    if len(kids) > 1:
        raise PlacementInvalid(Text("该签名域有多个显示位置", "the signature field shows in several places"))
    reference = kids.raw_get(0).reference if kids else field.reference
    widget = reference.get_object()
    assert isinstance(widget, generic.DictionaryObject)
    appearance = _filling(document, update, reference, widget, picture) if picture is not None else None
    if kids:
        update.replace(field.reference, changed_field(field.entries, document, signature=signature))
        if appearance is not None:
            update.replace(reference, changed_field(widget, document, appearance=appearance))
    else:
        update.replace(reference, changed_field(widget, document, signature=signature, appearance=appearance))


def _filling(
    document: Document,
    update: Update,
    reference: generic.Reference,
    widget: generic.DictionaryObject,
    picture: SealPicture,
) -> int | None:
    """An appearance that fills the widget's box, unless the widget is not seen; its object."""
    box = [float(one.get_object()) for one in entry(widget, "/Rect", ())] or [0.0] * 4
    width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
    if not width or not height:
        return None
    page = Page.of(_page_of(document, reference))
    sides = (width / page.scale, height / page.scale)
    upright = sides if page.rotation in {0, 180} else (sides[1], sides[0])
    return Shown(update, picture).slice(page, upright, 0, upright[0])


def _page_of(document: Document, widget: generic.Reference) -> PageObject:
    pages = document.pages()
    for page in pages:
        if "/Annots" in page.entries and any(
            isinstance(one, generic.IndirectObject) and one.reference == widget for one in page.entries["/Annots"]
        ):
            return page
    raise PlacementInvalid(Text("该签名域不在任何页面上", "the signature field is on no page"))
