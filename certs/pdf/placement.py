"""Where a seal goes in a PDF: what every document has, and signature fields."""

import msgspec

from certs.placement import AcrossPages, AtKeyword, AtPoint, Edge, LowerRight

__all__ = ["AcrossPages", "AtField", "AtKeyword", "AtPoint", "Edge", "LowerRight", "Placement", "Unseen"]


class AtField(msgspec.Struct, frozen=True):
    """In a signature field that the document holds ready, filling its box.

    Attributes:
        name: the field's full name, with dots.
    """

    name: str


class Unseen(msgspec.Struct, frozen=True):
    """A signature that does not show on any page."""


Placement = AtPoint | LowerRight | AtKeyword | AtField | AcrossPages | Unseen
