"""Where signatures show on pages."""

from collections.abc import Sequence

from pyhanko.pdf_utils import generic

from certs.pdf.document import FieldObject, PageObject, entry
from certs.pdf.form import SIGNATURE
from certs.pdf.geometry import Box


def signed_widgets(page: PageObject) -> Sequence[tuple[generic.Reference | None, Box]]:
    """The widgets of signatures on a page, each with its box; without those that show nothing.

    Use it inside ``with translated()``.
    """
    found = []
    annotations = entry(page.entries, "/Annots", generic.ArrayObject())
    for place in range(len(annotations)):
        raw = annotations.raw_get(place)
        widget = raw.get_object()
        field = widget if "/FT" in widget else entry(widget, "/Parent", {})
        if entry(field, "/FT") == SIGNATURE and "/V" in field and "/Rect" in widget:
            left, bottom, right, top = (float(side.get_object()) for side in widget["/Rect"])
            if left != right and bottom != top:
                box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
                found.append((raw.reference if isinstance(raw, generic.IndirectObject) else None, box))
    return found


def widgets_of(field: FieldObject) -> frozenset[generic.Reference]:
    """The objects that show a field: itself, and its kids."""
    kids = entry(field.entries, "/Kids", generic.ArrayObject())
    raw = (kids.raw_get(place) for place in range(len(kids)))
    return frozenset([field.reference, *(one.reference for one in raw if isinstance(one, generic.IndirectObject))])
