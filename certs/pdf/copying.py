"""Copies a page of one document so that it can be drawn in another."""

import zlib
from collections.abc import Sequence
from typing import Final

from pyhanko.pdf_utils import generic

from certs.pdf.document import PageObject
from certs.pdf.errors import SealPictureUnusable
from certs.pdf.geometry import Page
from certs.pdf.update import numbers, written
from gateway.core.text import Text

Part = bytes | int
"""Bytes of an object, or the place in the copy of another object to which it refers."""

_MOST_OBJECTS: Final = 500
_DEEPEST: Final = 32
_MOST_BYTES: Final = 16_777_216


def copied_page(page: PageObject) -> Sequence[Sequence[Part]]:
    """The objects of a page: first a form that fills the unit square, then all to which it refers.

    Raises:
        SealPictureUnusable: there are too many of them.
    """
    copier = _Copier()
    left, bottom, right, top = box = Page.of(page).box
    width, height = right - left, top - bottom
    contents = page.entries["/Contents"]
    streams = [one.get_object() for one in contents] if isinstance(contents, generic.ArrayObject) else [contents]
    drawn = zlib.compress(b"\n".join(one.data for one in streams), 9)
    matrix = numbers(1 / width, 0, 0, 1 / height, -left / width, -bottom / height)
    head = b"<</Type/XObject/Subtype/Form/BBox[%s]/Matrix[%s]/Filter/FlateDecode/Length %d/Resources "
    resources = copier.parts(page.get("/Resources") or generic.DictionaryObject(), 0)
    tail = b">>\nstream\n%s\nendstream" % drawn
    copier.objects[0] = [head % (numbers(*box), matrix, len(drawn)), *resources, tail]
    return copier.objects


class _Copier:
    """Copies objects with whatever they refer to."""

    def __init__(self) -> None:
        self.objects: list[list[Part]] = [[]]
        self._places: dict[generic.Reference, int] = {}
        self._bytes = 0

    def parts(self, value: generic.PdfObject, depth: int) -> list[Part]:
        """The parts of a value."""
        if depth > _DEEPEST or len(self.objects) > _MOST_OBJECTS or self._bytes > _MOST_BYTES:
            raise SealPictureUnusable(Text("印章图形过于复杂", "the seal's drawing has too many parts"))
        if isinstance(value, generic.IndirectObject):
            return [self._place(value.reference, depth)]
        if isinstance(value, generic.DictionaryObject):
            return self._dictionary(value, depth)
        if isinstance(value, generic.ArrayObject):
            items: list[Part] = []
            for place in range(len(value)):
                items += [*self.parts(value.raw_get(place), depth + 1), b" "]
            return [b"[", *items, b"]"]
        return [written(value)]

    def _place(self, reference: generic.Reference, depth: int) -> int:
        known = self._places.get(reference)
        if known is None:
            known = self._places[reference] = len(self.objects)
            self.objects.append([])
            self.objects[known] = self.parts(reference.get_object(), depth + 1)
        return known

    def _dictionary(self, value: generic.DictionaryObject, depth: int) -> list[Part]:
        entries: list[Part] = [b"<<"]
        for key in value:
            if key not in {"/Length", "/Parent"}:
                entries += [written(key), b" ", *self.parts(value.raw_get(key), depth + 1)]
        if not isinstance(value, generic.StreamObject):
            return [*entries, b">>"]
        content = value.encoded_data
        self._bytes += len(content)
        return [*entries, b"/Length %d>>\nstream\n%s\nendstream" % (len(content), content)]
